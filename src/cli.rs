//! The command line: what was typed is turned once into what is needed, and every end into a documented exit code.

pub mod args;
pub mod exit;
