//! Tests of text: hazards made visible, cutting, wrapping, and terminal bytes turned into lines.

mod lines;
pub mod redact;
mod sanitize;
mod shape;
