//! Tests of the core: scenario files and properties.

mod properties;
mod scenarios;
mod words;
