//! Writing: one thread owns the connection; whoever appends waits for its answer without holding anything up.
//!
//! An answer comes only after the facts are committed with `synchronous=FULL`. All facts of one append are in one
//! transaction. When writing fails, nothing new is taken: the disk full, only what ends things in flight; any other
//! failure, nothing, until the log was opened anew and its end verified.

mod append;
mod draft;
mod fault;
mod job;
mod oneshot;
mod open;
mod reserve;
mod state;
mod thread;
mod turn;

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::JoinHandle;

pub use self::draft::{Draft, Unless};
pub use self::fault::{Health, Status, WriteError, ends_something};
pub use self::job::Done;
use self::job::{Job, Shared};
pub use self::oneshot::Answer;
pub use self::open::{Opened, Opening, Tuning};
use super::chunk::Effort;
use super::insert::{Author, Prepared};
use super::store::refuse::OpenError;
use crate::clock::Stamp;
use crate::run::fact::{Entry, Recorded};

/// How many appends may wait. Callers await their answers, so more waiting than this means that somebody does not.
const QUEUE: usize = 1024;

/// The way to the log's one thread. Copies lead to the same thread, which ends with the last of them.
#[derive(Debug, Clone)]
pub struct LogWriter {
    jobs: SyncSender<Job>,
    shared: Arc<Shared>,
    author: Arc<Author>,
}

/// The thread itself, to wait for its end.
#[derive(Debug)]
pub struct Ended(JoinHandle<()>);

impl Ended {
    /// Waits until the thread has ended: after [`LogWriter::close`], or when no writer is left.
    pub fn wait(self) {
        // A thread that panicked has nothing to say here; its callers got `WriteError::Gone`.
        drop(self.0.join());
    }
}

impl LogWriter {
    /// Opens the log, making it if it is missing, and appends `session.opened`. Blocks; call it off the event loop.
    ///
    /// # Errors
    /// If what lies there is no log of this user's and version, or cannot be made, locked or written; nothing is
    /// changed then.
    pub fn open(opening: Opening) -> Result<(Self, Opened, Ended), OpenError> {
        let path = opening.path.clone();
        let (state, opened) = open::open(opening)?;
        let shared = Arc::new(Shared::new(state.status.clone()));
        let author = Arc::new(state.author.clone());
        let (jobs, waiting) = std::sync::mpsc::sync_channel(QUEUE);
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("audit-writer".to_owned())
            .spawn(move || thread::run(state, &waiting, &theirs))
            .map_err(OpenError::io(&path, "start the writer"))?;
        Ok((Self { jobs, shared, author }, opened, Ended(thread)))
    }

    /// Appends `entries` to `run`, or to the log itself, all or none, stamped `at`; the answer comes when they are
    /// durable. Never blocks.
    pub fn append(&self, run: Option<&str>, entries: Vec<Entry>, at: Stamp) -> Answer<Vec<Recorded>> {
        let (done, answer) = oneshot::pair();
        self.append_then(run, entries, at, done);
        answer
    }

    /// Appends like [`Self::append`] and calls `done` from the log's thread, or at once if the thread cannot take it.
    pub fn append_then(&self, run: Option<&str>, entries: Vec<Entry>, at: Stamp, done: Done<Vec<Recorded>>) {
        self.shared.waiting(&entries);
        self.send(Job::Append { run: run.map(str::to_owned), entries, at, done });
    }

    /// Returns the log's id.
    #[must_use]
    pub fn log(&self) -> &str {
        &self.author.log
    }

    /// Returns the session's id.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.author.session
    }

    /// Makes the bodies of `entries`, stamped `at`, so that they can be signed; the log is not touched.
    ///
    /// # Errors
    /// [`WriteError::Unfit`].
    pub fn draft(&self, run: Option<&str>, entries: Vec<Entry>, at: Stamp) -> Result<Vec<Draft>, WriteError> {
        let draft = |entry| {
            let prepared = Prepared::new(&self.author, run, entry, at, Effort::Full)?;
            Ok(Draft::new(run.map(str::to_owned), prepared))
        };
        entries.into_iter().map(draft).collect()
    }

    /// Appends drafts of one run, all or none, unless something newer stands in their way; the answer comes when they
    /// are durable. Never blocks.
    pub fn append_drafts(
        &self,
        drafts: Vec<Draft>,
        unless: Option<Unless>,
        at: Stamp,
    ) -> Answer<Vec<Recorded>> {
        let (done, answer) = oneshot::pair();
        self.send(Job::Drafts { drafts, unless, at, done });
        answer
    }

    /// Tries to write again after a failure, and answers with the log's health.
    pub fn retry(&self, at: Stamp) -> Answer<Health> {
        let (done, answer) = oneshot::pair();
        self.send(Job::Retry { at, done });
        answer
    }

    /// Appends `session.closed` and ends the thread; later appends are answered with [`WriteError::Gone`].
    pub fn close(&self, how: &str, at: Stamp) -> Answer<()> {
        let (done, answer) = oneshot::pair();
        self.send(Job::Close { how: how.to_owned(), at, done });
        answer
    }

    /// Returns how the log stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    fn send(&self, job: Job) {
        match self.jobs.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(job)) => self.shared.refuse(job, WriteError::Backlog),
            Err(TrySendError::Disconnected(job)) => self.shared.refuse(job, WriteError::Gone),
        }
    }
}
