//! A terminal of the host in memory: a real pseudo-terminal, whose other side is the command's controlling one.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::net::unix::pipe::{Receiver, Sender};
use tokio::process::{Child, Command};

/// The side of the one who types; what is said comes over the first, what is typed goes over the second.
pub fn open(columns: u16, rows: u16) -> (Receiver, Sender, OwnedFd) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
    grantpt(&master).expect("granted");
    unlockpt(&master).expect("unlocked");
    let name = ptsname(&master, Vec::new()).expect("a name");
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let slave = rustix::fs::open(&name, flags, rustix::fs::Mode::empty()).expect("its other side");
    rustix::io::ioctl_fionbio(&master, true).expect("no waiting");
    resize(&master, columns, rows);
    let master = File::from(master);
    // A terminal is waited for as a pipe is.
    let said = Receiver::from_file_unchecked(master.try_clone().expect("a copy")).expect("watched");
    (said, Sender::from_file_unchecked(master).expect("watched"), slave)
}

pub fn resize(master: impl AsFd, columns: u16, rows: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(master, size).expect("resized");
}

/// Starts `shell` with `args` on the terminal `slave`, in a session that it leads; `ready` adds the environment.
pub fn spawn(
    slave: OwnedFd,
    shell: &Path,
    args: &[&str],
    ready: impl FnOnce(&mut Command),
) -> io::Result<Child> {
    let mut command = Command::new("setsid");
    command.arg("-c").arg(shell).args(args);
    ready(&mut command);
    let copy = || slave.try_clone().map(Stdio::from);
    command.stdin(copy()?).stdout(copy()?).stderr(copy()?).kill_on_drop(true).spawn()
}
