//! What the log's thread is asked for, and what it shares with those who ask.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::draft::{Draft, Unless};
use super::fault::{Health, Status, WriteError};
use crate::clock::Stamp;
use crate::run::fact::{Entry, Recorded};

/// What is called with an answer, once.
pub type Done<T> = Box<dyn FnOnce(Result<T, WriteError>) + Send>;

/// One thing to do.
pub(super) enum Job {
    Append { run: Option<String>, entries: Vec<Entry>, at: Stamp, done: Done<Vec<Recorded>> },
    Drafts { drafts: Vec<Draft>, unless: Option<Unless>, at: Stamp, done: Done<Vec<Recorded>> },
    Retry { at: Stamp, done: Done<Health> },
    Close { how: String, at: Stamp, done: Done<()> },
}

fn bytes(entries: &[Entry]) -> usize {
    entries.iter().filter_map(|entry| entry.chunk.as_ref()).map(Vec::len).sum()
}

/// What both sides see.
#[derive(Debug)]
pub(super) struct Shared {
    status: Mutex<Status>,
    waiting: AtomicUsize,
}

impl Shared {
    pub(super) fn new(status: Status) -> Self {
        Self { status: Mutex::new(status), waiting: AtomicUsize::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        self.lock().clone()
    }

    pub(super) fn set(&self, status: &Status) {
        self.lock().clone_from(status);
    }

    /// Counts the chunks' bytes of an append that begins to wait.
    pub(super) fn waiting(&self, entries: &[Entry]) {
        self.waiting.fetch_add(bytes(entries), Ordering::Relaxed);
    }

    /// Counts them off again, and returns how many still wait behind it.
    pub(super) fn taken(&self, entries: &[Entry]) -> usize {
        let bytes = bytes(entries);
        self.waiting.fetch_sub(bytes, Ordering::Relaxed).saturating_sub(bytes)
    }

    /// Answers a job that the thread cannot take.
    pub(super) fn refuse(&self, job: Job, why: WriteError) {
        match job {
            Job::Append { entries, done, .. } => {
                self.taken(&entries);
                done(Err(why));
            }
            Job::Drafts { done, .. } => done(Err(why)),
            Job::Retry { done, .. } => done(Err(why)),
            Job::Close { done, .. } => done(Err(why)),
        }
    }
}
