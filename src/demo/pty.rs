//! A terminal of a demo host: a pseudo-terminal of this machine (pty(7)), of which the command has the one side and the
//! SSH channel the other. When the channel is gone the command is hung up, as sshd does it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::net::unix::pipe::{Receiver, Sender};

/// The channel's side.
pub(super) struct Master {
    /// What the command says.
    pub(super) said: Receiver,
    /// What is typed.
    pub(super) typed: Sender,
    /// For its size.
    pub(super) size: OwnedFd,
}

/// Opens a terminal of so many columns and rows, and returns both sides.
pub(super) fn open(size: (u16, u16)) -> io::Result<(Master, OwnedFd)> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let command = rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::ioctl_fionbio(&master, true)?;
    resize(&master, size)?;
    let master = File::from(master);
    let size = OwnedFd::from(master.try_clone()?);
    // A terminal is waited for as a pipe is.
    let said = Receiver::from_file_unchecked(master.try_clone()?)?;
    Ok((Master { said, typed: Sender::from_file_unchecked(master)?, size }, command))
}

/// Gives a terminal another size, and tells what runs in it.
pub(super) fn resize(
    master: impl std::os::fd::AsFd,
    (ws_col, ws_row): (u16, u16),
) -> Result<(), rustix::io::Errno> {
    tcsetwinsize(master, Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 })
}
