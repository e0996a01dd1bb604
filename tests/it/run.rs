//! Tests of the core: scenario files and properties.

mod blanks;
mod keys;
mod proof;
mod properties;
mod scenarios;
mod words;
