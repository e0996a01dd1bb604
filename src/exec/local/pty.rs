//! A terminal of this machine for a step: a pseudo-terminal (pty(7)) whose one side the step has.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::net::unix::pipe::{Receiver, Sender};

use crate::exec::terminal::Size;

/// A terminal that nothing runs in yet. When nobody holds our side any more, the step is hung up.
pub(super) struct Pty {
    /// What is said.
    pub(super) said: Receiver,
    /// What is typed.
    pub(super) typed: Sender,
    /// For its size.
    pub(super) size: OwnedFd,
    /// The step's side.
    pub(super) step: OwnedFd,
}

/// Opens a terminal.
pub(super) fn open(size: Size) -> io::Result<Pty> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let step = rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::ioctl_fionbio(&master, true)?;
    resize(&master, size)?;
    let master = File::from(master);
    let size = OwnedFd::from(master.try_clone()?);
    // A terminal is waited for as a pipe is.
    let said = Receiver::from_file_unchecked(master.try_clone()?)?;
    Ok(Pty { said, typed: Sender::from_file_unchecked(master)?, size, step })
}

/// Gives a terminal another size, and tells what runs in it.
pub(super) fn resize(terminal: impl AsFd, Size { columns, rows }: Size) -> Result<(), Errno> {
    tcsetwinsize(terminal, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })
}
