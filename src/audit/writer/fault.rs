//! How the log stands, why an append failed, and what is still taken when the disk is full.

use crate::audit::insert::Unfit;
use crate::audit::store::tail::Head;
use crate::run::event::Event;

/// Whether the log takes facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It does.
    Healthy,
    /// The disk is full: only what ends things in flight is taken; see [`ends_something`].
    Degraded {
        /// What failed.
        why: String,
    },
    /// It takes nothing.
    Stopped {
        /// What failed.
        why: String,
    },
}

/// How the log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether it takes facts.
    pub health: Health,
    /// The head after this session's last append.
    pub head: Head,
    /// The place up to which others may have recorded; all from there to the head is this session's own.
    pub others: u64,
    /// How many events, but for checkpoints, came after the newest head that was left where it can witness later.
    pub unwitnessed: u64,
    /// Why the heads file could not be written, if so: the log is sound, but less is witnessed than should be.
    pub heads_file: Option<String>,
}

/// Why facts were not recorded.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// They could not be recorded on any disk; the log stands as before.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// They could not be written without the value of a secret; the log stands as before.
    #[error("{0}")]
    Secret(String),
    /// They were to be signed and are not; the log stands as before.
    #[error("not signed: {0}")]
    Unsigned(String),
    /// Somebody recorded something meanwhile that the signer had not seen; the log stands as before.
    #[error("not recorded: {what} came meanwhile (event {seq}); look again, then sign")]
    Newer {
        /// Its place.
        seq: u64,
        /// What it is.
        what: String,
    },
    /// Too many appends wait already; the log stands as before.
    #[error("too many records wait for the log")]
    Backlog,
    /// Other processes did not let go of the log; nothing was recorded, the log stands as before.
    #[error("another process holds the log and does not let go; waited {seconds} s")]
    Busy {
        /// How long it was waited for.
        seconds: u64,
    },
    /// There was no space; nothing of this append was recorded.
    #[error("the log's disk is full: {why}; nothing new starts until there is space")]
    Full {
        /// What SQLite said.
        why: String,
    },
    /// The disk was found full before, and this starts something new.
    #[error("the log takes nothing new: {why}")]
    Degraded {
        /// What failed then.
        why: String,
    },
    /// Writing failed, and the log could not be opened anew. Whether the facts of the append that failed are in the
    /// log is seen when it can be read again; those of later appends are not.
    #[error("the log cannot be written: {why}")]
    Stopped {
        /// What failed.
        why: String,
    },
    /// The log's thread has ended.
    #[error("the log is closed")]
    Gone,
}

/// Returns whether `event` is still taken when the disk is full: what ends something in flight, or tells how it
/// stands: a host may be reached again to ask it. Output is, up to a bound; the rest of it is counted by whoever reads
/// it.
#[must_use]
pub const fn ends_something(event: &Event) -> bool {
    matches!(
        event,
        Event::LogRecovered(_)
            | Event::LogDegraded(_)
            | Event::LogCheckpoint(_)
            | Event::ClockStepped(_)
            | Event::SessionClosed(_)
            | Event::RunPaused(_)
            | Event::RunClosed(_)
            | Event::StepStarted(_)
            | Event::StepOutput(_)
            | Event::StepCaptured(_)
            | Event::StepFinished(_)
            | Event::StepCancelRequested(_)
            | Event::StepUnknown(_)
            | Event::StepProbed(_)
            | Event::StepResolved(_)
            | Event::WaitEnded(_)
            | Event::HostConnected(_)
            | Event::HostKeyRefused(_)
            | Event::HostKeyAccepted(_)
            | Event::HostLost(_)
            | Event::ChildClosed(_)
            | Event::NoteAdded(_)
    )
}

/// What went wrong in one attempt to write.
#[derive(Debug)]
pub(super) enum Fault {
    /// Others hold the log.
    Busy { seconds: u64 },
    /// Something newer stands in the way.
    Newer { seq: u64, what: String },
    /// There is no space; the transaction was rolled back.
    Full(String),
    /// The connection is not to be used again.
    Broken(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full(error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}
