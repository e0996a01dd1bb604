//! Saying things: a reader that went away is never a reason to stop a run.

use std::io::Write as _;

/// Writes a line to standard output.
pub fn out(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()).unwrap_or_default();
}

/// Writes a line for a person to standard error, with the program's name.
pub fn err(line: &str) {
    plain_err(&format!("gonogo: {line}\n"));
}

/// Writes `text` to standard error as it is.
pub fn plain_err(text: &str) {
    std::io::stderr().lock().write_all(text.as_bytes()).unwrap_or_default();
}
