//! Pseudo-terminals of this machine (pty(7)): one side is a program's, the other is read and typed on. For steps with
//! `on=local` and for the demo's hosts. Imports no other room.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::net::unix::pipe::{Receiver, Sender};

/// Our side of a terminal. When nobody holds it any more, the program is hung up.
#[derive(Debug)]
pub struct Pty {
    /// What is said.
    pub said: Receiver,
    /// What is typed.
    pub typed: Sender,
    /// For its size.
    pub size: OwnedFd,
}

/// Opens a terminal of so many columns and rows that nothing runs in yet, and returns our side and the program's.
///
/// # Errors
/// When the system has no more terminals or descriptors. Outside a tokio runtime it panics, as a pipe of tokio's does.
pub fn open(size: (u16, u16)) -> io::Result<(Pty, OwnedFd)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let program = rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::ioctl_fionbio(&master, true)?;
    resize(&master, size)?;
    let master = File::from(master);
    let size = OwnedFd::from(master.try_clone()?);
    // A terminal is waited for as a pipe is.
    let said = Receiver::from_file_unchecked(master.try_clone()?)?;
    Ok((Pty { said, typed: Sender::from_file_unchecked(master)?, size }, program))
}

/// Gives a terminal so many columns and rows, and tells what runs in it.
///
/// # Errors
/// When `terminal` is none, or its other side is gone.
pub fn resize(terminal: impl AsFd, (ws_col, ws_row): (u16, u16)) -> Result<(), Errno> {
    tcsetwinsize(terminal, Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 })
}
