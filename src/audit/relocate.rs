//! Moving a log to another disk, when the one that it lies on takes nothing any more: a copy of it, whole and verified,
//! goes on there, and the old file is only read from then on.
//!
//! The copy is made of the files themselves and not by SQLite, which would want to write beside the log. Nobody has it
//! open meanwhile. The old log is closed before the new one has its name: whatever moment the process ends at, there are
//! never two that both go on.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::paths::Paths;
use super::store::connect::{self, Db, damaged};
use super::store::refuse::{OpenError, Refusal};
use super::store::tail::Head;
use super::store::{self, create, inode, side};
use super::verify::{Verdict, verify};
use super::writer::Opening;
use super::{flock, modes, session};

/// Why a log was not moved. It stands as before.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// One of the two places cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is a log at the new place.
    #[error("{}: there is something already, and it is not overwritten; name a new file", .0.display())]
    Exists(PathBuf),
    /// Somebody has the old one open.
    #[error("{}: not moved: another process has it open to write; leave the run there first", .0.display())]
    Busy(PathBuf),
    /// What was copied does not hold, so nothing may go on from it.
    #[error(
        "{}: not moved: it does not verify: {what}; begin a new log that names it with: gonogo --log NEW log init --after {}", .path.display(), .path.display()
    )]
    Broken {
        /// The log.
        path: PathBuf,
        /// The first flaw.
        what: String,
    },
}

/// A log that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where it was, with the directory's real name.
    pub from: PathBuf,
    /// Where it goes on.
    pub to: PathBuf,
    /// Its head, which the old file ends with.
    pub head: Head,
}

/// Moves the log of `opening` to the new file `target`. Who opens it there says so on the record.
///
/// # Errors
/// [`MoveError`].
pub fn relocate(opening: &Opening, target: &Path) -> Result<Moved, MoveError> {
    let old = side::resolve_to_write(&opening.path)?;
    let meta = fs::symlink_metadata(&old.log).map_err(OpenError::io(&old.log, "look at the log"))?;
    let new = side::resolve_to_write(target)?;
    if fs::symlink_metadata(&new.log).is_ok() {
        return Err(MoveError::Exists(new.log));
    }
    match moved_to(&old) {
        Some(to) if Path::new(&to).exists() => {
            return Err(OpenError::refused(&old.log, Some(&meta), Refusal::Moved(to)).into());
        }
        // It was closed, and nothing goes on from it yet.
        Some(_) => {}
        None => side::owned(&old.log, &meta)?,
    }
    let turn = store::take_turn(&old, opening.tuning.busy)?;
    let done = in_turn(&old, &new);
    flock::release(&turn).map_err(OpenError::io(&old.turn, "give the writers' lock back"))?;
    done
}

fn in_turn(old: &Paths, new: &Paths) -> Result<Moved, MoveError> {
    if session::any_lives(&old.locks).map_err(OpenError::io(&old.locks, "look for sessions"))? {
        return Err(MoveError::Busy(old.log.clone()));
    }
    create::sweep(&new.new)?;
    let copied = copy(old, new).inspect_err(|_| {
        // What is left of it has no log's name, and the next one that is made there sweeps it away.
        create::sweep(&new.new).unwrap_or_default();
    })?;
    close(old, new)?;
    create::rename(&new.new, &new.log).map_err(OpenError::io(&new.log, "name the log"))?;
    create::sync_directory(&new.log)?;
    Ok(Moved { from: old.log.clone(), to: new.log.clone(), head: copied })
}

/// Copies the log under the name of one that is being made, and verifies the copy.
fn copy(old: &Paths, new: &Paths) -> Result<Head, MoveError> {
    let part = Paths::of(&new.new);
    let meta = fs::symlink_metadata(&old.log).map_err(OpenError::io(&old.log, "look at the log"))?;
    // Closing the file would take the locks from a connection of this process.
    let files = inode::while_closed(inode::Inode::from(&meta), || {
        file(&old.log, &new.new)?;
        match fs::symlink_metadata(&old.wal) {
            Ok(wal) if wal.len() > 0 => file(&old.wal, &part.wal),
            _ => Ok(()),
        }
    });
    files.unwrap_or_else(|| Err(MoveError::Busy(old.log.clone())))?;
    let damage = |error| damaged(&new.new, error);
    {
        let db = Db::read_write(&new.new)?;
        connect::identify(&db.conn, &new.new)?;
        side::of_its_group(&db.conn, &new.new)?;
        if store::rotated(&db.conn).map_err(damage)?.is_some() {
            return Err(OpenError::refused(&old.log, None, Refusal::Rotated).into());
        }
        db.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(damage)?;
        db.conn.query_row("PRAGMA journal_mode=DELETE", [], |row| row.get::<_, String>(0)).map_err(damage)?;
    }
    File::open(&new.new)
        .and_then(|file| file.sync_all())
        .map_err(OpenError::io(&new.new, "make the copy durable"))?;
    let report = verify(&new.new)?;
    let broken = |what: String| MoveError::Broken { path: old.log.clone(), what };
    if report.chain() != Verdict::Holds {
        return Err(broken(report.flaws.first().map(ToString::to_string).unwrap_or_default()));
    }
    let head = report.head().ok_or_else(|| broken("it has no events".to_owned()))?;
    if let Ok(heads) = fs::read(&old.heads) {
        write(&new.heads, &heads).map_err(OpenError::io(&new.heads, "copy the heads"))?;
    }
    Ok(head)
}

fn file(from: &Path, to: &Path) -> Result<(), MoveError> {
    let mut source = File::open(from).map_err(OpenError::io(from, "read the log"))?;
    let make = || {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
        modes::give(&file, to)?;
        Ok::<_, io::Error>(file)
    };
    let mut target = make().map_err(OpenError::io(to, "make the copy"))?;
    io::copy(&mut source, &mut target).map_err(OpenError::io(to, "copy the log"))?;
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    modes::give(&file, path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Closes the old log for good: a file beside it says where it went on, and nobody may write it. On a full disk the
/// reserve makes room for that.
fn close(old: &Paths, new: &Paths) -> Result<(), MoveError> {
    match fs::remove_file(&old.reserve) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(OpenError::io(&old.reserve, "give the reserve back")(error).into());
        }
        _ => {}
    }
    let words = format!("{}\n", new.log.display());
    let said = match fs::remove_file(&old.moved) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => write(&old.moved, words.as_bytes()),
    };
    let shut = || {
        let meta = fs::metadata(&old.log)?;
        fs::set_permissions(&old.log, Permissions::from_mode(meta.mode() & 0o440))
    };
    // Either keeps it from being written on; a disk that takes neither takes no records of anybody either.
    match (said, shut()) {
        (Err(_), Err(error)) => Err(OpenError::io(&old.log, "make the old log read-only")(error).into()),
        _ => Ok(()),
    }
}

/// Returns where the log of `paths` went on, if it was moved.
pub(super) fn moved_to(paths: &Paths) -> Option<String> {
    let text = fs::read_to_string(&paths.moved).ok()?;
    Some(connect::plain(text.lines().next().unwrap_or_default()))
}

/// Returns where the log at `log` went on, if it was moved.
#[must_use]
pub fn moved(log: &Path) -> Option<String> {
    moved_to(&Paths::of(log))
}
