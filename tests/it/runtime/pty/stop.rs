//! Ctrl-Z under a shell with job control.

use std::ffi::OsString;

use crate::support::pty::CTRL_Z;
use crate::support::pty::desk::{Desk, EXE};

use super::small::LONG;

/// A shell that tells when its job stops, and takes it up again when a line comes.
const SHELL: &str = r#"set -m
"$0" demo --as layla
echo "stopped with $?"
read -r line
fg > /dev/null
echo "ended with $?""#;

#[test]
fn it_stops_and_comes_back() {
    let desk = Desk::with_runbook(LONG);
    let mut pty = desk.start(["sh", "-c", SHELL, EXE].map(OsString::from).to_vec());
    let shown = |seen: &crate::support::pty::Seen| seen.taken() && seen.last().contains("q leave");
    pty.wait("the first screen", shown);
    pty.send(CTRL_Z);
    pty.wait("the shell", |seen| seen.has("stopped with 14"));
    pty.assert_given_back();
    pty.resize(100, 30);
    pty.send("\r");
    pty.wait("the screen again, in the new size", |seen| shown(seen) && seen.rows().len() == 30);
    pty.wait("raw input", |_| !pty.cooked());
    pty.send("q");
    pty.wait_for("ended with 0");
    pty.assert_given_back();
}
