//! Tests of the core: scenario files and properties.

mod blanks;
mod keys;
mod others;
mod people;
mod proof;
mod properties;
mod scenarios;
mod words;
