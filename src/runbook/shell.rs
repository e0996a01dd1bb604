//! Code blocks as shell scripts: which are, what of them runs, and why some are refused; pure.
//!
//! This is no shell: it knows words, quotes, comments, constructs, here-documents and what feeds what, well enough to
//! find prompts, variables, steps and the signs that a script destroys, waits for a person or never ends.

pub mod calls;
pub mod danger;
mod endless;
pub mod judge;
pub mod known;
pub mod language;
mod lex;
pub mod prompt;
pub mod refuse;
mod rows;
pub mod scan;
pub mod split;
mod terminal;
pub mod variables;
