//! Sessions: who has the log open, and who had it open and never closed it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::codec::{self, Fact};
use super::row::to_sql;
use super::{flock, heads, ids, insert, modes};
use crate::run::event::Event;

/// The file whose lock says that a session lives.
#[derive(Debug)]
pub(super) struct Alive {
    path: PathBuf,
    _file: File,
}

fn file_of(locks: &Path, session: &str) -> PathBuf {
    locks.join(format!("session-{session}"))
}

/// Makes the directory of the locks if it is missing.
pub(super) fn locks_directory(locks: &Path) -> io::Result<()> {
    modes::directory(locks)
}

impl Alive {
    /// Says from now on, to every process, that this session lives.
    pub(super) fn begin(locks: &Path, session: &str) -> io::Result<Self> {
        locks_directory(locks)?;
        let path = file_of(locks, session);
        let file = flock::open(&path)?;
        if flock::try_exclusive(&file)? {
            Ok(Self { path, _file: file })
        } else {
            Err(io::Error::other("the lock of a fresh session is taken"))
        }
    }

    /// Says that the session ended in order.
    pub(super) fn end(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// Returns whether a process holds the session; the file of one that nobody holds is removed.
fn lives(locks: &Path, session: &str) -> io::Result<bool> {
    if !ids::is_run(session) {
        return Ok(false);
    }
    let path = file_of(locks, session);
    let file = match File::options().read(true).write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if flock::try_exclusive(&file)? {
        fs::remove_file(&path)?;
        return Ok(false);
    }
    Ok(true)
}

/// Returns whether any session lives. Changes nothing.
pub(super) fn any_lives(locks: &Path) -> io::Result<bool> {
    Ok(living(locks)? > 0)
}

/// Returns how many sessions live. Changes nothing.
pub(super) fn living(locks: &Path) -> io::Result<usize> {
    let entries = match fs::read_dir(locks) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut count = 0;
    for entry in entries {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with("session-") {
            continue;
        }
        let file = match File::options().read(true).write(true).open(entry.path()) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            file => file?,
        };
        if flock::try_exclusive(&file)? {
            flock::release(&file)?;
        } else {
            count += 1;
        }
    }
    Ok(count)
}

/// What earlier sessions left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    /// What was found, in a sentence.
    pub(super) found: String,
    /// Sessions that never closed and live no more.
    pub(super) sessions: Vec<String>,
}

/// Returns what has to be said about earlier sessions and was not said yet, and the sessions that live.
pub(super) fn left(
    conn: &Connection,
    locks: &Path,
    heads: &Path,
    log: &str,
) -> Result<(Option<Left>, Vec<String>), LeftError> {
    let (mut sessions, mut living) = (Vec::new(), Vec::new());
    for session in open(conn)? {
        let lives = lives(locks, &session).map_err(LeftError::Locks)?;
        if lives { &mut living } else { &mut sessions }.push(session);
    }
    let mut found = Vec::new();
    if !sessions.is_empty() {
        found.push("earlier sessions ended without closing the log".to_owned());
    }
    if let Some(lost) = lost(conn, heads, log)?
        && !is_told(conn, &lost)?
    {
        found.push(lost);
    }
    let left = (!found.is_empty()).then(|| Left { found: found.join("; "), sessions });
    Ok((left, living))
}

/// Returns what the heads file knows and the log does not.
fn lost(conn: &Connection, heads: &Path, log: &str) -> Result<Option<String>, LeftError> {
    let Some(seen) = heads::last(heads, log).map_err(LeftError::Heads)? else { return Ok(None) };
    let have = insert::head(conn)?;
    if seen.head.size > have.size {
        let missing = seen.head.size - have.size;
        return Ok(Some(format!(
            "the heads file names {} events, {missing} more than the log had when it was opened",
            seen.head.size
        )));
    }
    let there: String =
        conn.query_row("SELECT hash FROM event WHERE seq = ?1", [to_sql(seen.head.size)], |row| row.get(0))?;
    Ok((there != seen.head.hash)
        .then(|| format!("event {} is not the one that the heads file names", seen.head.size)))
}

/// Why it cannot be known what earlier sessions left.
#[derive(Debug, thiserror::Error)]
pub(super) enum LeftError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("the locks of earlier sessions cannot be read: {0}")]
    Locks(io::Error),
    #[error("the heads file cannot be read: {0}")]
    Heads(io::Error),
}

/// Returns the sessions that have no end on record. What a session says of those beside it spares looking further back.
fn open(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare(
        "SELECT body FROM event WHERE run = '-' AND body IS NOT NULL
           AND kind IN ('session.opened', 'session.closed', 'log.recovered') ORDER BY seq DESC",
    )?;
    let mut rows = statement.query([])?;
    let (mut open, mut ended) = (Vec::new(), BTreeSet::new());
    while let Some(row) = rows.next()? {
        let body: String = row.get(0)?;
        // What cannot be read here is a matter of `verify`.
        let Ok((header, Fact::Known(event))) = codec::decode(&body) else { continue };
        match event {
            Event::SessionClosed(_) => ended.extend([header.session]),
            Event::LogRecovered(recovered) => ended.extend(recovered.sessions),
            Event::SessionOpened(opened) => {
                let all = opened.beside.is_some();
                let earlier = opened.beside.into_iter().flatten();
                open.extend(earlier.chain([header.session]).filter(|session| !ended.contains(session)));
                if all {
                    break;
                }
            }
            _ => {}
        }
    }
    Ok(open)
}

/// Returns whether the log says already that this was lost.
fn is_told(conn: &Connection, lost: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT body FROM event WHERE run = '-' AND body IS NOT NULL AND kind = 'log.recovered'";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let body: String = row.get(0)?;
        if let Ok((_, Fact::Known(Event::LogRecovered(recovered)))) = codec::decode(&body)
            && recovered.found.contains(lost)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
