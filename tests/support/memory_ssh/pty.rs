//! What runs on a terminal of the host in memory: a program whose controlling terminal it is.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

use tokio::process::{Child, Command};

/// Starts `shell` with `args` on `terminal`, in a session that it leads; `ready` adds the environment.
pub fn spawn(
    terminal: OwnedFd,
    shell: &Path,
    args: &[&str],
    ready: impl FnOnce(&mut Command),
) -> io::Result<Child> {
    let mut command = Command::new("setsid");
    command.arg("-c").arg(shell).args(args);
    ready(&mut command);
    let copy = || terminal.try_clone().map(Stdio::from);
    command.stdin(copy()?).stdout(copy()?).stderr(copy()?).kill_on_drop(true).spawn()
}
