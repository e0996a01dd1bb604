//! The hidden sub-commands: what the program is when it starts itself. None is for people; each refuses a call that is not the program's own.

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the hidden sub-command named by the first argument.
///
/// `args` are the arguments without the program's name. Returns `None` when they name none, so that the ordinary command line is read.
pub fn hidden(args: &[OsString]) -> Option<ExitCode> {
    let (name, rest) = args.split_first()?;
    match name.to_str()? {
        "__stand-in" => Some(stand_in(rest)),
        _ => None,
    }
}

/// Forwards `NAME ARGS…` to the stand-ins.
fn stand_in(args: &[OsString]) -> ExitCode {
    let args: Option<Vec<String>> = args.iter().map(|arg| arg.to_str().map(str::to_owned)).collect();
    match args {
        Some(args) => super::standin::main(&args),
        None => {
            eprintln!("a stand-in reads UTF-8 arguments only");
            ExitCode::from(2)
        }
    }
}
