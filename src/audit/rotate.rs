//! Rotation: a log ends, is kept under another name, and a new one that names its last hash takes its place.
//!
//! Nobody else has the log open meanwhile. Whatever moment the process ends at, there is one log under the name, and
//! rotating again finishes what was begun: until the new log has the name, the old one has it, and says itself that it
//! has ended.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use super::chunk::Effort;
use super::heads::{self, Seen};
use super::insert::{self, Author, Prepared};
use super::paths::Paths;
use super::query;
use super::session;
use super::store::connect::{self, Db, damaged};
use super::store::refuse::{OpenError, Refusal};
use super::store::tail::{self, Head};
use super::store::{self, create, side};
use super::writer::Opening;
use super::{codec, flock, ids, modes};
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::{Entry, LogOpened, LogRotated, Segment, SessionClosed, SessionOpened};

/// Why a log was not rotated. It stands as before, unless it says itself that it has ended; then rotating again
/// finishes it.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// It cannot be opened, read or written.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Runs are open, whose records would be in two files.
    #[error("{}: not rotated: runs are open, and their records stay together: {}; close them first", .path.display(), .runs.join(", "))]
    Runs {
        /// The log.
        path: PathBuf,
        /// The first of them.
        runs: Vec<String>,
    },
    /// Somebody has it open.
    #[error("{}: not rotated: {what}", .path.display())]
    Busy {
        /// The log.
        path: PathBuf,
        /// Who, as far as it is known.
        what: &'static str,
    },
}

/// How many open runs are named when a log is not rotated.
const NAMED: usize = 9;

/// A log that was rotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The old one, as the new one names it.
    pub before: Segment,
    /// Where it is kept.
    pub kept: PathBuf,
    /// The new one's id.
    pub log: String,
    /// The new one's head.
    pub head: Head,
}

/// Ends the log and begins a new one in its place.
///
/// # Errors
/// [`RotateError`].
pub fn rotate(opening: &Opening) -> Result<Rotated, RotateError> {
    let paths = side::resolve_to_write(&opening.path)?;
    // The lock's file would be made beside a log that is not there.
    fs::symlink_metadata(&paths.log).map_err(OpenError::io(&paths.log, "look at the log"))?;
    let turn = store::take_turn(&paths, opening.tuning.busy)?;
    let done = in_turn(opening, &paths);
    flock::release(&turn).map_err(OpenError::io(&paths.turn, "give the writers' lock back"))?;
    done
}

fn in_turn(opening: &Opening, paths: &Paths) -> Result<Rotated, RotateError> {
    let io = |doing| OpenError::io(&paths.log, doing);
    take_back(paths).map_err(io("take back half a rotation"))?;
    if !store::inspect(paths)? {
        return Err(io("look at the log")(ErrorKind::NotFound.into()).into());
    }
    let team = modes::team(&paths.log);
    let (me, own) = (rustix::process::geteuid(), team.as_ref().map(MetadataExt::uid));
    if own.is_some_and(|own| own != me.as_raw()) && !me.is_root() {
        return Err(OpenError::refused(&paths.log, None, Refusal::Owner(me.as_raw())).into());
    }
    let busy = |what| RotateError::Busy { path: paths.log.clone(), what };
    if session::any_lives(&paths.locks).map_err(io("look for sessions"))? {
        return Err(busy("another process has it open to write; wait until it has ended"));
    }
    let db = Db::read_write(&paths.log)?;
    let sqlite = |error| damaged(&paths.log, error);
    connect::identify(&db.conn, &paths.log)?;
    let opened = store::opened(&db.conn).map_err(sqlite)?;
    let opened =
        opened.ok_or_else(|| OpenError::refused(&paths.log, None, Refusal::Damaged("event 1".to_owned())))?;
    let tail = || {
        let refused = |error: tail::TailError| Refusal::Tail(error.to_string());
        tail::verify(&db.conn).map_err(|error| OpenError::refused(&paths.log, None, refused(error)))
    };
    tail()?;
    let before = match store::rotated(&db.conn).map_err(sqlite)? {
        Some(rotated) => {
            single_file(paths, &db.conn)?;
            rotated
        }
        None => end(opening, paths, &db)?,
    };
    let head = tail()?;
    let old = store::log_id(&db, &paths.log)?;
    let Db { conn, .. } = db;
    conn.close().map_err(|(_, error)| sqlite(error))?;
    let before_log = Segment { log: old, size: head.size, head: head.hash, file: before.file.clone() };
    replace(paths, &before, &before_log, opened, opening.at)
}

/// Puts the end of the log on its own record, as a single file without a write-ahead log.
fn end(opening: &Opening, paths: &Paths, db: &Db) -> Result<LogRotated, RotateError> {
    let sqlite = |error| damaged(&paths.log, error);
    let mut runs = query::open_runs(&db.conn).map_err(sqlite)?;
    runs.truncate(NAMED);
    if !runs.is_empty() {
        return Err(RotateError::Runs { path: paths.log.clone(), runs });
    }
    let random = |error| OpenError::io(&paths.log, "make a name for the new log")(error);
    let rotated = LogRotated {
        next: ids::fresh().map_err(random)?,
        file: free_name(paths).map_err(OpenError::io(&paths.log, "find a name for the old log"))?,
    };
    // Nobody else has the file. What is written then goes through a write-ahead log as ever: a process that ended in the
    // middle of a rollback journal would leave a file that nobody may read before somebody wrote to it.
    single_file(paths, &db.conn)?;
    connect::durable(&db.conn, &paths.log)?;
    let author = Author { log: store::log_id(db, &paths.log)?, session: ids::fresh().map_err(random)? };
    write_end(db, &author, opening.session.clone(), rotated.clone(), opening.at)
        .map_err(|error| OpenError::io(&paths.log, "record the rotation")(io::Error::other(error)))?;
    single_file(paths, &db.conn)?;
    Ok(rotated)
}

/// Leaves the write-ahead log, which only whoever has the file alone can do. The file's header changes by one write within
/// one sector, so that the journal for it need not be a file.
fn single_file(paths: &Paths, conn: &Connection) -> Result<(), RotateError> {
    let busy = || RotateError::Busy {
        path: paths.log.clone(),
        what: "another process reads it; wait until it has ended",
    };
    match conn.query_row("PRAGMA journal_mode=MEMORY", [], |row| row.get::<_, String>(0)) {
        Ok(mode) if mode.eq_ignore_ascii_case("memory") => Ok(()),
        Ok(_) => Err(busy()),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Err(busy()),
            _ => Err(damaged(&paths.log, error).into()),
        },
    }
}

fn write_end(
    db: &Db,
    author: &Author,
    session: SessionOpened,
    rotated: LogRotated,
    at: Stamp,
) -> Result<(), String> {
    let closed = SessionClosed { how: "rotated".to_owned() };
    let events = [Event::SessionOpened(session), Event::LogRotated(rotated), Event::SessionClosed(closed)];
    let words = |error: rusqlite::Error| error.to_string();
    let transaction = db.conn.unchecked_transaction().map_err(words)?;
    let mut head = insert::head(&transaction).map_err(words)?;
    for event in events {
        let fact = Prepared::new(author, None, Entry { event, chunk: None }, at, Effort::Full)
            .map_err(|error| error.to_string())?;
        head = insert::insert(&transaction, &fact, &head).map_err(words)?;
    }
    transaction.commit().map_err(words)
}

/// Makes the new log, keeps the old one under its other name, and gives the new one the name.
fn replace(
    paths: &Paths,
    rotated: &LogRotated,
    before: &Segment,
    opened: LogOpened,
    at: Stamp,
) -> Result<Rotated, RotateError> {
    let io = |doing| OpenError::io(&paths.log, doing);
    let session = ids::fresh().map_err(io("make a name for the session"))?;
    let author = Author { log: rotated.next.clone(), session };
    let opened = LogOpened { after: Some(before.clone()), ..opened };
    create::prepare(paths, &author, opened, at)?;
    if let Some(directory) = modes::team(&paths.log) {
        // Only root makes it for somebody else.
        chown(&paths.new, Some(directory.uid()), None).map_err(io("give the new log to its owner"))?;
    }
    let kept = paths.log.with_file_name(&rotated.file);
    let end = Head { size: before.size, hash: before.head.clone() };
    let seen = Seen { log: before.log.clone(), head: end, at: at.wall, run: codec::NO_RUN.to_owned() };
    heads::add(&paths.heads, &seen).map_err(OpenError::io(&paths.heads, "leave the old log's head"))?;
    // A link never replaces a file, and the rename leaves no moment without a log.
    fs::hard_link(&paths.log, &kept).map_err(OpenError::io(&kept, "keep the old log"))?;
    fs::rename(&paths.new, &paths.log).map_err(io("name the new log"))?;
    create::sync_directory(&paths.log)?;
    let mode = fs::metadata(&kept).map(|meta| meta.mode() & 0o440);
    mode.and_then(|mode| fs::set_permissions(&kept, fs::Permissions::from_mode(mode)))
        .map_err(OpenError::io(&kept, "make the old log read-only"))?;
    let db = Db::read_only(&paths.log)?;
    let head = insert::head(&db.conn).map_err(|error| damaged(&paths.log, error))?;
    Ok(Rotated { before: before.clone(), kept, log: rotated.next.clone(), head })
}

/// Removes the second name of a log whose rotation ended between the two.
fn take_back(paths: &Paths) -> io::Result<()> {
    let here = fs::symlink_metadata(&paths.log)?;
    if !here.is_file() || here.nlink() != 2 {
        return Ok(());
    }
    for number in 1..=MOST {
        let name = numbered(&paths.log, number);
        match fs::symlink_metadata(&name) {
            Ok(there) if (there.dev(), there.ino()) == (here.dev(), here.ino()) => {
                return fs::remove_file(&name);
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Most segments of one log.
const MOST: u32 = 9999;

/// Returns the name of the log's segment with this number: `log.db.1` and so on.
fn numbered(log: &Path, number: u32) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

fn free_name(paths: &Paths) -> io::Result<String> {
    for number in 1..=MOST {
        let path = numbered(&paths.log, number);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let name = path.file_name().and_then(|name| name.to_str());
                return name.map(str::to_owned).ok_or_else(|| io::Error::other("the name is no text"));
            }
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    Err(io::Error::other("there are too many segments"))
}
