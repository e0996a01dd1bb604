//! Where a log's files lie: the log, and beside it what its name is extended by. Touches no file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The files of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The log itself.
    pub log: PathBuf,
    /// SQLite's write-ahead log.
    pub wal: PathBuf,
    /// SQLite's index of it.
    pub shm: PathBuf,
    /// The file whose lock gives writers their turn.
    pub turn: PathBuf,
    /// Space that is given back when the disk is full, so that the last records fit.
    pub reserve: PathBuf,
    /// The heads that were witnessed on this machine, one a line.
    pub heads: PathBuf,
    /// The directory of the locks of runs, environments and sessions.
    pub locks: PathBuf,
    /// Where the log went on, if it was moved.
    pub moved: PathBuf,
    /// A log that is being made and has no name yet.
    pub new: PathBuf,
}

impl Paths {
    /// Returns the files of the log at `log`.
    #[must_use]
    pub fn of(log: &Path) -> Self {
        let with = |suffix: &str| {
            let mut name = OsString::from(log);
            name.push(suffix);
            PathBuf::from(name)
        };
        Self {
            log: log.to_owned(),
            wal: with("-wal"),
            shm: with("-shm"),
            turn: with(".lock"),
            reserve: with(".reserve"),
            heads: with(".heads"),
            locks: with(".locks"),
            moved: with(".moved"),
            new: with(".new"),
        }
    }

    /// Returns the files that may lie beside the log and must be its owner's alone.
    #[must_use]
    pub fn beside(&self) -> [&Path; 5] {
        [&self.wal, &self.shm, &self.turn, &self.reserve, &self.heads]
    }
}
