//! What all who look at a run would share: the open runs, their output, what happened, and how the log is.

use std::collections::BTreeMap;

use crate::clock::Stamp;
use crate::run::driver::Driver;
use crate::run::event::Event;
use crate::run::fact::{HostKeyRefused, Recorded};
use crate::run::state::Run;
use crate::tui::feed::{self, Happened};
use crate::tui::output::Window;

/// A run as the app is given it.
#[derive(Debug)]
pub struct Opened {
    /// The run, folded from the facts so far.
    pub run: Run,
    /// Those facts, for the list of what happened; may be empty or only the newest.
    pub facts: Vec<Recorded>,
}

/// Shared state.
#[derive(Debug)]
pub struct Shared {
    /// The open runs, parent first; the last one is driven. Never empty.
    pub runs: Vec<Driven>,
    /// How the log is.
    pub log: Log,
}

/// A run with what the screen keeps about it.
#[derive(Debug)]
pub struct Driven {
    /// The run and what is under way.
    pub driver: Driver,
    /// What happened, oldest first.
    pub feed: Vec<Happened>,
    /// Output by attempt.
    pub outputs: BTreeMap<u32, Window>,
    /// The newest refusal of a host's key, by host.
    pub refused: BTreeMap<String, HostKeyRefused>,
}

/// How the log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Log {
    /// It answers.
    Ok,
    /// Its answers take that many milliseconds.
    Slow(u64),
    /// It cannot be written.
    Stopped {
        /// Why.
        why: String,
        /// Since when.
        since: Stamp,
        /// When it was tried last.
        tried: Stamp,
    },
}

impl Driven {
    /// Returns a run with nothing under way.
    #[must_use]
    pub fn new(opened: Opened) -> Self {
        let mut driven = Self {
            driver: Driver::new(opened.run),
            feed: Vec::new(),
            outputs: BTreeMap::new(),
            refused: BTreeMap::new(),
        };
        for fact in &opened.facts {
            driven.saw(fact);
        }
        driven
    }

    /// Returns the run.
    #[must_use]
    pub const fn run(&self) -> &Run {
        self.driver.run()
    }

    /// Notes a durable fact for the screen; the run itself is the driver's.
    pub fn saw(&mut self, fact: &Recorded) {
        if let Event::HostKeyRefused(e) = &fact.event {
            self.refused.insert(e.host.clone(), e.clone());
        }
        if let Event::HostConnected(e) = &fact.event {
            self.refused.remove(&e.host);
        }
        if let Some(line) = feed::happened(self.driver.run(), fact) {
            self.feed.push(line);
        }
    }
}
