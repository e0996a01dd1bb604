//! The heads file: how long the log was, and what its last hash was, each time a run ended.
//!
//! One line a head, in plain text, so that a copy elsewhere can witness it: `gonogo-head v1 LOG SIZE HASH TIME RUN`.
//! Lines are only ever added. May import `clock`.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::chain::is_hash;
use super::store::tail::Head;
use crate::clock::rfc3339;

/// A head as it was seen at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The log's id.
    pub log: String,
    /// Its size and last hash.
    pub head: Head,
    /// When.
    pub at: DateTime<Utc>,
    /// The run that had just ended.
    pub run: String,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { log, head, at, run } = self;
        write!(f, "gonogo-head v1 {log} {} {} {} {run}", head.size, head.hash, rfc3339(*at))
    }
}

impl Seen {
    /// Reads a line; none if it is not one.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let ["gonogo-head", "v1", log, size, hash, at, run] = words.as_slice() else { return None };
        Some(Self {
            log: (*log).to_owned(),
            head: Head { size: size.parse().ok()?, hash: is_hash(hash).then(|| (*hash).to_owned())? },
            at: DateTime::parse_from_rfc3339(at).ok()?.with_timezone(&Utc),
            run: (*run).to_owned(),
        })
    }
}

/// Adds a line to the heads file and makes it durable.
///
/// # Errors
/// If it cannot be written.
pub fn add(path: &Path, seen: &Seen) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
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
    let text = match fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(text.lines().rev().filter_map(Seen::parse).find(|seen| seen.log == log))
}
