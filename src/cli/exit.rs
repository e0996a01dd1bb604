//! Exit codes. They are stable and stand in `gonogo help exit-codes` and in the README.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or left with the run open.
    Done = 0,
    /// A step failed and the run stays open, or the run was closed as rolled back, aborted or abandoned.
    NotCompleted = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A runbook, environment file or answers file is invalid or cannot be read.
    Invalid = 3,
    /// A host cannot be reached, did not accept the user, or its key is not trusted.
    Host = 4,
    /// The audit log cannot be opened or written.
    Log = 5,
    /// A verification failed.
    Unverified = 6,
    /// A human answer is missing, or a verdict on an unknown step (headless).
    AnswerMissing = 7,
    /// A drill is overdue, never passed or was never run (`drills --check`).
    Drill = 8,
    /// Stopped where the answers file said, waiting for a person.
    Stopped = 9,
    /// Another process drives the run, or holds the environment.
    Busy = 10,
    /// Ended by SIGINT; the run stays open.
    Interrupted = 130,
    /// Ended by SIGTERM; the run stays open.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
