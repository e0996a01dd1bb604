//! The `gonogo` program.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    // Helpers that the program starts itself come first: they must not start a thread or read a setting.
    let rest = args.get(1..).unwrap_or_default();
    if let Some(code) = gonogo::demo::hidden(rest).or_else(|| gonogo::exec::local::hidden(rest)) {
        return code;
    }
    gonogo::cli::main(args)
}
