//! Why a log is not opened, in words that say what to do.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Why a log cannot be opened or made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What lies there is not a log that this program may write or read; nothing was changed.
    #[error("{}: {why}{}", .path.display(), .seen.map_or(String::new(), |seen| format!(" ({seen})")))]
    Refused {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        why: Refusal,
        /// Its owner and mode, if it is there.
        seen: Option<Seen>,
    },
    /// There is none.
    #[error(
        "{}: there is no log yet. `gonogo run RUNBOOK` begins one, and so does `gonogo log init`; \
         --log or GONOGO_LOG name another one",
        .0.display()
    )]
    None(PathBuf),
    /// Another process kept the log's turn or lock for too long.
    #[error("{}: another process holds the log and does not let go; waited {seconds} s", .path.display())]
    Busy {
        /// The log.
        path: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The system refused something.
    #[error("{}: cannot {doing}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// SQLite refused something.
    #[error("{}: cannot {doing}: {source}", .path.display())]
    Sqlite {
        /// The log.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// Owner and mode of what was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The owner's user id.
    pub uid: u32,
    /// The permission bits.
    pub mode: u32,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "owner uid {}, mode {:04o}", self.uid, self.mode)
    }
}

/// What is wrong with the file, its directory or a file beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The directory is missing and cannot be made.
    #[error("the log's directory cannot be made: {0}")]
    NoDirectory(String),
    /// The parent is something else.
    #[error("the log's directory is not a directory")]
    ParentNotDirectory,
    /// It cannot be written to.
    #[error("the log's directory is read-only, and the log needs files beside it")]
    DirectoryReadOnly,
    /// Others could replace the log in it.
    #[error("others may write to the log's directory; use one of mode 0700")]
    DirectoryOpen,
    /// Its file system does not lock and map files as SQLite needs.
    #[error(
        "it lies on a network file system ({0}); a log lives on a local one of the machine it is written on"
    )]
    Network(&'static str),
    /// The name is that of a directory.
    #[error("it is a directory, not a log")]
    Directory,
    /// The name is that of a pipe, socket or device.
    #[error("it is a {0}, not a regular file")]
    Special(&'static str),
    /// The name is that of a symbolic link.
    #[error("it is a symbolic link; name the log itself")]
    Symlink,
    /// There are other names for the same file.
    #[error("it has {0} names (hard links); a log has one")]
    HardLinks(u64),
    /// It belongs to somebody else.
    #[error("it belongs to another user, not to uid {0}")]
    Owner(u32),
    /// Its owner may not write to it.
    #[error("it is read-only; if that is not on purpose, chmod 600")]
    ReadOnly,
    /// Others may read or write it.
    #[error("others may read or write it; if nobody did, chmod 600")]
    OpenToOthers,
    /// The process may not read it.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It has no bytes.
    #[error("it is empty; a log never is: move it away, or restore it from a copy")]
    Empty,
    /// It is not SQLite's.
    #[error("it is not a log: it is not an SQLite file")]
    NotSqlite,
    /// It is SQLite's but another program's.
    #[error("it is an SQLite file of another program (application id {0:#010x})")]
    Foreign(u32),
    /// Its schema is not the one that this version knows.
    #[error("it is of schema version {0}, and this gonogo knows version 1 alone; use the one that made it")]
    Version(u32),
    /// Its end is missing.
    #[error("it is truncated: {size} bytes where its header says {expected}; restore it from a copy")]
    Truncated {
        /// Its size in bytes.
        size: u64,
        /// What its header says.
        expected: u64,
    },
    /// Its tables or triggers are not those of a log.
    #[error("its tables are not those of a log: {0}")]
    Schema(String),
    /// SQLite cannot read it.
    #[error("it is damaged: {0}; `gonogo verify` says more")]
    Damaged(String),
    /// The end of its chain does not hold.
    #[error("its last events do not verify: {0}; `gonogo verify` says more")]
    Tail(String),
    /// The log is gone but what SQLite had not yet moved into it is still there.
    #[error("the log is missing but its -wal file is still there; put the log back, or move that file away")]
    Orphan,
    /// A file of a group's log is another group's.
    #[error(
        "it belongs to the group {is}, and its directory to the group {directory}: everything in it has to be that group's"
    )]
    TeamGroup {
        /// Its group's number.
        is: u32,
        /// That of the directory.
        directory: u32,
    },
    /// A file of a group's log is not as open, or not as closed, as it has to be.
    #[error("it lies in a group's directory and has not the mode 0660; whoever owns it: chmod 660")]
    TeamMode,
    /// A group's log is not of whoever owns its directory.
    #[error("it does not belong to uid {0}, who owns its directory: was another log put in its place?")]
    TeamOwner(u32),
    /// A group's log lies elsewhere than in a directory of its group.
    #[error(
        "it is the log of the group {group} (gid {gid}), and does not lie in a directory of that group with mode 2770; a copy of it is only read"
    )]
    TeamDirectory {
        /// The group.
        group: String,
        /// Its number.
        gid: u32,
    },
    /// A directory is a group's, and its log is none.
    #[error(
        "it lies in a group's directory, and was not made for a group: make one with `gonogo log init --group`"
    )]
    NotATeams,
    /// A directory is a group's, and has no log.
    #[error("there is no log in this group's directory: make one with `gonogo log init --group`")]
    NoTeamLog,
    /// A directory that is to become a group's is in use.
    #[error("it is not a new directory of yours: name one that is not there yet, for the log alone")]
    DirectoryTaken,
    /// Whoever makes a group's log is not in the group.
    #[error("you are not in the group {0}: log in again if you were just added to it")]
    NotMember(String),
    /// It goes on elsewhere.
    #[error("it was moved, and goes on in {0}: use --log with that")]
    Moved(String),
    /// It has ended.
    #[error(
        "it was rotated: nothing is added to it any more; the log that goes on from it stands beside it. If there is none, `gonogo log rotate` makes it"
    )]
    Rotated,
    /// A setting did not take.
    #[error("the setting {0} did not take")]
    Setting(&'static str),
}

impl OpenError {
    pub(crate) fn refused(path: &Path, seen: Option<&Metadata>, why: Refusal) -> Self {
        let seen = seen.map(|meta| Seen { uid: meta.uid(), mode: meta.mode() & 0o7777 });
        Self::Refused { path: path.to_owned(), why, seen }
    }

    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, doing, source }
    }

    pub(crate) fn sqlite(path: &Path, doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Sqlite { path, doing, source }
    }

    /// Returns why the log was refused, if that is what happened.
    #[must_use]
    pub const fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { why, .. } => Some(why),
            _ => None,
        }
    }
}
