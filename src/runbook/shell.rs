//! Code blocks as shell scripts: which are, what of them runs, and why some are refused; pure.
//!
//! This is no shell parser. It knows quotes, comments, continuations and here-documents well enough to find prompts,
//! variables and the plain signs that a block must not be run as one script.

pub mod language;
pub mod prompt;
pub mod refuse;
pub mod scan;
pub mod variables;
