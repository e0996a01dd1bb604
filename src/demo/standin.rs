//! Honest stand-ins for the programs of a server: nothing yet.

use std::process::ExitCode;

/// Runs the stand-in named by the first of `args` with the rest as its arguments, and returns its exit code.
pub fn main(_: &[String]) -> ExitCode {
    ExitCode::from(127)
}
