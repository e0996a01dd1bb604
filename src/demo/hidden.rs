//! The hidden sub-commands: what the program is when it starts itself. None is for people; each refuses a call that is not the program's own.

use std::ffi::OsString;
use std::process::ExitCode;

use super::{guard, launcher, standin};

/// Runs the hidden sub-command named by the first argument.
///
/// `args` are the arguments without the program's name. Returns `None` when they name none, so that the ordinary command line is read.
/// To be called before anything else starts a thread or changes the process.
pub fn hidden(args: &[OsString]) -> Option<ExitCode> {
    let (name, rest) = args.split_first()?;
    match name.to_str()? {
        launcher::ARGUMENT => Some(launcher::main(rest)),
        guard::ARGUMENT => Some(with_text(rest, guard::main)),
        "__stand-in" => Some(with_text(rest, standin::main)),
        _ => None,
    }
}

/// Runs `main` with `args` as text; refuses arguments that are none.
fn with_text(args: &[OsString], main: impl FnOnce(&[String]) -> ExitCode) -> ExitCode {
    match args.iter().map(|arg| arg.to_str().map(str::to_owned)).collect::<Option<Vec<_>>>() {
        Some(args) => main(&args),
        None => {
            eprintln!("the arguments are not UTF-8");
            ExitCode::from(2)
        }
    }
}
