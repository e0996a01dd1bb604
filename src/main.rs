//! The `gonogo` program.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    // The demo's helpers come first: they must not start a thread or read a setting.
    if let Some(code) = gonogo::demo::hidden(args.get(1..).unwrap_or_default()) {
        return code;
    }
    gonogo::cli::main(args)
}
