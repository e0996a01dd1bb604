//! The closed vocabularies of facts: how a name was proven, how things end, what a host answers.

use serde::{Deserialize, Serialize};

/// How a name was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Somebody typed it.
    Typed,
    /// It is the operating system's account.
    OsUser,
    /// A signature by an SSH key.
    SshKey,
    /// The record says an SSH key, and no signature shows it to this reader. The log never holds it.
    #[serde(skip_deserializing)]
    Claimed,
}

impl Proof {
    /// Returns the word that stands beside every name on screen and in exports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::OsUser => "os-user",
            Self::SshKey => "key",
            Self::Claimed => "claimed",
        }
    }
}

/// By which way a command came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// A person at the terminal.
    Keyboard,
    /// An answers file, by its lower-case hex SHA-256.
    Answers(String),
}

/// Live or drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// It counts.
    Live,
    /// It is practice.
    Drill,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Every box is settled.
    Completed,
    /// A rollback completed.
    RolledBack,
    /// Somebody stopped it on purpose.
    Aborted,
    /// Nobody will finish it.
    Abandoned,
}

impl RunOutcome {
    /// Returns the words that people read.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::RolledBack => "rolled back",
            Self::Aborted => "aborted",
            Self::Abandoned => "abandoned",
        }
    }
}

/// How an attempt of a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// With an exit status.
    Exited(i32),
    /// By a signal, by its name without `SIG`.
    Signalled(String),
    /// Its time limit ran out and it was ended.
    TimedOut,
    /// It was ended because somebody asked.
    Cancelled,
    /// It never started, and why.
    NotStarted(String),
    /// Nobody knows, and why.
    Unknown(String),
}

/// How the end of an attempt came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// The connection reported it.
    Line,
    /// The line was cut; the exit file on the host says so.
    Marker,
}

/// A person's word on what became of an unknown step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It did its work.
    Passed,
    /// It did not, or only in part.
    Failed,
    /// Somebody stopped it on the host.
    Stopped,
}

/// How far a step came that did not do its work, by a person's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// It never ran: nothing was done.
    NotRun,
    /// It ran, and failed in whole or in part.
    Partly,
}

impl Verdict {
    /// Returns the word that people read; with how far it came, if that was said.
    #[must_use]
    pub const fn words(self, extent: Option<Extent>) -> &'static str {
        match (self, extent) {
            (Self::Passed, _) => "passed",
            (Self::Failed, Some(Extent::NotRun)) => "did not run",
            (Self::Failed, Some(Extent::Partly)) => "failed in whole or part",
            (Self::Failed, None) => "failed",
            (Self::Stopped, _) => "stopped",
        }
    }
}

/// A voice at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vote {
    /// Go.
    Go,
    /// No-go.
    NoGo,
}

impl Vote {
    /// Returns the word that people read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::NoGo => "no-go",
        }
    }
}

/// One of a step's two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a host answers when it is asked about an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// The run's directory is missing there.
    Gone,
    /// The attempt never reached it.
    Never,
    /// It was refused before it started.
    NeverStarted,
    /// It was about to start.
    Starting,
    /// It runs, by process and group.
    Running(u32, u32),
    /// It ended with this status.
    Ended(i32),
    /// Its process is gone and left no status.
    Died,
    /// The host was started again since, or is another host.
    OtherBoot,
    /// The host could not be asked.
    Unreachable(String),
}
