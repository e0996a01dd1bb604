//! The log's one thread: takes jobs in their order and answers each.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use super::fault::{Health, WriteError};
use super::job::{Job, Shared};
use super::reserve;
use super::state::State;
use crate::audit::flock;
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::{Entry, LogRecovered, SessionClosed};

/// How long readers are waited for when the log is closed.
const MOVING: Duration = Duration::from_millis(200);

/// Works until it is told to close, or until nobody is left who could ask.
pub(super) fn run(mut state: State, jobs: &Receiver<Job>, shared: &Shared) {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Append { run, entries, at, done } => {
                let waiting = shared.taken(&entries);
                let result = state.append(run.as_deref(), entries, at, waiting);
                // Who hears that a record failed must find the log's health changed already.
                shared.set(&state.status);
                done(result);
            }
            Job::Drafts { drafts, unless, at, done } => {
                let result = state.append_drafts(drafts, unless.as_ref(), at);
                shared.set(&state.status);
                done(result);
            }
            Job::Retry { at, done } => {
                state.retry(at);
                shared.set(&state.status);
                done(Ok(state.status.health.clone()));
            }
            Job::Close { how, at, done } => {
                let entry = Entry { event: Event::SessionClosed(SessionClosed { how }), chunk: None };
                let result = state.append(None, vec![entry], at, 0);
                shared.set(&state.status);
                let closed = result.and_then(|_| close(state));
                while let Ok(job) = jobs.try_recv() {
                    shared.refuse(job, WriteError::Gone);
                }
                return done(closed);
            }
        }
    }
}

fn close(state: State) -> Result<(), WriteError> {
    let State { db, alive, turn, .. } = state;
    let stopped = |why: String| WriteError::Stopped { why };
    if let Some(db) = db {
        if flock::try_exclusive(&turn).unwrap_or(false) {
            // Whoever still reads, in this process too, would keep the newest events in the write-ahead log, where a
            // copy of the file alone misses them. They are durable either way, so failing here is none.
            drop(db.conn.busy_timeout(MOVING));
            drop(db.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
            flock::release(&turn).unwrap_or_default();
        }
        db.conn.close().map_err(|(_, error)| stopped(error.to_string()))?;
    }
    alive.end().map_err(|error| stopped(format!("the session's lock cannot be removed: {error}")))
}

impl State {
    /// Comes back to health if what failed is repaired.
    fn retry(&mut self, at: Stamp) {
        let why = match &self.status.health {
            Health::Healthy => return,
            Health::Degraded { why } | Health::Stopped { why } => why.clone(),
        };
        let stopped = matches!(self.status.health, Health::Stopped { .. });
        if let Err(again) = if stopped { self.reopen() } else { Ok(()) } {
            return self.stop(again);
        }
        let ready = reserve::set_aside(&self.paths.reserve, self.tuning.reserve_bytes)
            .map_err(|error| format!("no space for the reserve: {error}"))
            .and_then(|()| self.limit_pages(0));
        if let Err(again) = ready {
            self.status.health = Health::Degraded { why: again };
            return;
        }
        self.status.health = Health::Healthy;
        let found = format!("writing works again; it had failed: {why}");
        let entry =
            Entry { event: Event::LogRecovered(LogRecovered { found, sessions: Vec::new() }), chunk: None };
        // A failure here has changed the health again, which is what the caller is told.
        drop(self.append(None, vec![entry], at, 0));
    }
}
