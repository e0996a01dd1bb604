//! Heads that were kept: how long the log was, and what its last hash was, each time a run began or ended.
//!
//! One line a head, in plain text, so that a copy elsewhere can witness it: `gonogo-head v1 LOG SIZE HASH TIME RUN`.
//! Lines are only ever added to the heads file. Where they were kept since, others may have put words around them: a
//! ticket, a mail, a system log.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use rusqlite::{Connection, OptionalExtension};

use super::chain::is_hash;
use super::codec::{self, Fact};
use super::modes;
use super::paths::Paths;
use super::row::{from_sql, to_sql};
use super::store::tail::Head;
use crate::clock::rfc3339;
use crate::run::event::Event;

/// A head as it was seen at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The log's id.
    pub log: String,
    /// Its size and last hash.
    pub head: Head,
    /// When.
    pub at: DateTime<Utc>,
    /// The run whose event it is, which had just begun or ended; `-` for the log as a whole.
    pub run: String,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { log, head, at, run } = self;
        write!(f, "gonogo-head v1 {log} {} {} {} {run}", head.size, head.hash, rfc3339(*at))
    }
}

impl Seen {
    /// Reads a line, wherever in it a head stands; none if none does.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (_, rest) = line.split_once("gonogo-head v1 ")?;
        let mut words = rest.split_whitespace();
        let log = words.next()?;
        let size = words.next()?.parse().ok()?;
        let hash = words.next().filter(|hash| is_hash(hash))?;
        let at = DateTime::parse_from_rfc3339(words.next()?).ok()?.with_timezone(&Utc);
        let run = words.next()?;
        let run = run.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
        Some(Self {
            log: log.to_owned(),
            head: Head { size, hash: hash.to_owned() },
            at,
            run: run.to_owned(),
        })
    }
}

/// The most that is read of a file of heads, in bytes.
const MOST: u64 = 64 * 1024 * 1024;

/// Returns every head in the file, in its order; lines without one are passed over.
///
/// # Errors
/// If the file cannot be read, or is longer than 64 MiB.
pub fn read(path: &Path) -> io::Result<Vec<Seen>> {
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(io::Error::other("it is longer than 64 MiB"));
    }
    Ok(String::from_utf8_lossy(&bytes).lines().filter_map(Seen::parse).collect())
}

/// Returns the heads file of the log at `log`, if there is one. A log that was rotated has none of its own: its heads
/// stand in the file of the log that goes on from it.
#[must_use]
pub fn beside(log: &Path) -> Option<PathBuf> {
    let log = fs::canonicalize(log).unwrap_or_else(|_| log.to_owned());
    let own = Paths::of(&log).heads;
    let number = log.extension().is_some_and(|n| n.as_encoded_bytes().iter().all(u8::is_ascii_digit));
    let whole = Paths::of(&log.with_extension("")).heads;
    [own].into_iter().chain(number.then_some(whole)).find(|file| file.is_file())
}

/// Adds a line to the heads file and makes it durable.
///
/// # Errors
/// If it cannot be written.
pub fn add(path: &Path, seen: &Seen) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    modes::give(&file, path)?;
    // One write, so that lines of several processes never mix.
    file.write_all(format!("{seen}\n").as_bytes())?;
    file.sync_data()
}

/// Returns the last head of `log` in the heads file; none if there is no such file or line. Lines that are none are
/// passed over.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn last(path: &Path, log: &str) -> io::Result<Option<Seen>> {
    let mut file = match fs::File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let end = file.seek(SeekFrom::End(0))?;
    let mut room = NEAR;
    loop {
        let start = end.saturating_sub(room);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        (&mut file).take(end - start).read_to_end(&mut bytes)?;
        // The first line may have begun before.
        let whole =
            if start == 0 { 0 } else { bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len()) };
        let text = String::from_utf8_lossy(bytes.get(whole..).unwrap_or_default());
        let found = text.lines().rev().filter_map(Seen::parse).find(|seen| seen.log == log);
        if found.is_some() || start == 0 {
            return Ok(found);
        }
        room = room.saturating_mul(8);
    }
}

/// How far from its end a heads file is read at first, in bytes: some hundred lines.
const NEAR: u64 = 64 * 1024;

/// Returns the newest head that a checkpoint of the log says was left somewhere.
///
/// # Errors
/// If the log cannot be read.
pub(super) fn left(conn: &Connection) -> rusqlite::Result<Option<Head>> {
    let sql = "SELECT body FROM event WHERE run = '-' AND kind = 'log.checkpoint' AND body IS NOT NULL
               ORDER BY seq DESC LIMIT 20";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let body: String = row.get(0)?;
        if let Ok((_, Fact::Known(Event::LogCheckpoint(checkpoint)))) = codec::decode(&body)
            && checkpoint.failed.is_none()
        {
            return Ok(Some(Head { size: checkpoint.size, hash: checkpoint.head }));
        }
    }
    Ok(None)
}

/// Returns whether the log has this head.
///
/// # Errors
/// If the log cannot be read.
pub(super) fn covers(conn: &Connection, head: &Head) -> rusqlite::Result<bool> {
    let found: Option<String> = conn
        .prepare_cached("SELECT hash FROM event WHERE seq = ?1")?
        .query_row([to_sql(head.size)], |row| row.get(0))
        .optional()?;
    Ok(found.as_deref() == Some(&*head.hash))
}

/// Returns how many events, but for checkpoints, came after place `seq`.
///
/// # Errors
/// If the log cannot be read.
pub(super) fn after(conn: &Connection, seq: u64) -> rusqlite::Result<u64> {
    conn.prepare_cached("SELECT count(*) FROM event WHERE seq > ?1 AND kind <> 'log.checkpoint'")?
        .query_row([to_sql(seq)], |row| row.get(0))
        .map(from_sql)
}
