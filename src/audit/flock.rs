//! `flock(2)` on a side file: the kernel frees it when its holder dies, however it dies.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::modes;

/// Opens the side file at `path`, which is made if it is missing, for whom its directory is for, and is never a symbolic
/// link.
///
/// # Errors
/// If it cannot be opened or made.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits());
    let flags = flags.map_err(|_| io::Error::other("open flags"))?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags)
        .open(path)?;
    modes::give(&file, path)?;
    Ok(file)
}

/// Takes the lock if nobody has it; returns whether it was taken.
///
/// # Errors
/// If the file system has no such locks.
pub(super) fn try_exclusive(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Takes the lock, waiting for `limit` in all; returns whether it was taken. The wait is counted in naps, not read
/// from a clock.
///
/// # Errors
/// If the file system has no such locks.
pub(super) fn exclusive_within(file: &File, limit: Duration) -> io::Result<bool> {
    let mut nap = Duration::from_micros(100);
    let mut waited = Duration::ZERO;
    loop {
        if try_exclusive(file)? {
            return Ok(true);
        }
        if waited >= limit {
            return Ok(false);
        }
        std::thread::sleep(nap);
        waited += nap;
        nap = (nap * 2).min(Duration::from_millis(5));
    }
}

/// Gives the lock back. Closing the file does the same, so a failure here is one of the next taker's business; but a
/// child that was forked meanwhile and has not started its program yet has the file open, too, and closing keeps the
/// lock as long as it does (flock(2)).
pub(super) fn release(file: &File) -> io::Result<()> {
    flock(file, FlockOperation::Unlock).map_err(io::Error::from)
}

/// Returns whether `file` is still what lies at `path`.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}
