//! What all who look at a run would share: the open runs, their output, what happened, and how the log is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::clock::Stamp;
use crate::report::changes::Disk;
use crate::run::driver::Driver;
use crate::run::event::Event;
use crate::run::fact::{Entry, HostKeyRefused, Recorded, RunbookChanged};
use crate::run::state::Run;
use crate::tui::feed::{self, Happened};
use crate::tui::output::Window;
use crate::tui::summary::Owed;
use crate::tui::term::Term;

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
    /// The open runs.
    pub runs: Runs,
    /// How the log is.
    pub log: Log,
    /// How many of its events nothing witnesses yet outside the log.
    pub unwitnessed: u64,
    /// Since when a key is waited for that signs what is to be recorded.
    pub signing: Option<Stamp>,
    /// A child run that waits for its parent's fact to be durable.
    pub child: Option<Box<Run>>,
}

/// The open runs, parent first; the last one is driven. There is always one.
#[derive(Debug)]
pub struct Runs {
    parents: Vec<Driven>,
    last: Box<Driven>,
}

impl Runs {
    /// Returns the stack of these runs, none if there are none.
    #[must_use]
    pub fn new(mut runs: Vec<Driven>) -> Option<Self> {
        let last = Box::new(runs.pop()?);
        Some(Self { parents: runs, last })
    }

    /// Returns the driven run.
    #[must_use]
    pub fn last(&self) -> &Driven {
        &self.last
    }

    /// Returns the driven run, to be changed.
    pub fn last_mut(&mut self) -> &mut Driven {
        &mut self.last
    }

    /// Returns the run that opened the driven one.
    #[must_use]
    pub fn parent(&self) -> Option<&Driven> {
        self.parents.last()
    }

    /// Returns all runs, parent first.
    pub fn iter(&self) -> impl Iterator<Item = &Driven> {
        self.parents.iter().chain(std::iter::once(&*self.last))
    }

    /// Returns all runs, parent first, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Driven> {
        self.parents.iter_mut().chain(std::iter::once(&mut *self.last))
    }

    /// Returns the run called `id`, to be changed.
    pub fn find_mut(&mut self, id: &str) -> Option<&mut Driven> {
        self.iter_mut().find(|d| d.run().id == id)
    }

    /// Puts a child run on top.
    pub fn push(&mut self, child: Driven) {
        let parent = std::mem::replace(&mut *self.last, child);
        self.parents.push(parent);
    }

    /// Takes the child run off, if the driven run is one whose parent is here.
    pub fn pop(&mut self) -> Option<Driven> {
        let parent = self.parents.pop()?;
        Some(std::mem::replace(&mut *self.last, parent))
    }
}

/// A run with what the screen keeps about it.
#[derive(Debug)]
pub struct Driven {
    /// The run and what is under way.
    pub driver: Driver,
    /// What happened, oldest first.
    pub feed: Vec<Happened>,
    /// Output by attempt; that of shells by a number of their own.
    pub outputs: BTreeMap<u32, Window>,
    /// The screens of steps and shells that run in a terminal now.
    pub terms: BTreeMap<u32, Term>,
    /// How many lines were typed for the person into a shell.
    pub lines: BTreeMap<u32, usize>,
    /// The newest refusal of a host's key, by host.
    pub refused: BTreeMap<String, HostKeyRefused>,
    /// Facts that wait until nothing else is on its way to the log.
    pub notes: VecDeque<Entry>,
    /// What child runs that have closed still owe.
    pub owed: Vec<Owed>,
    /// What the runbook's file holds now, when it is not the text that the run keeps.
    pub disk: Option<Disk>,
    /// Texts of the file that are on the record already.
    pub told: BTreeSet<String>,
    /// Where the record of the closed run was written, in the words that said so.
    pub exported: Option<String>,
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

impl Shared {
    /// Returns how the log is, in a few letters: with the number of events that are not witnessed yet.
    #[must_use]
    pub fn log_words(&self) -> String {
        let left = if self.unwitnessed == 0 { String::new() } else { format!(" +{}", self.unwitnessed) };
        match &self.log {
            Log::Ok => format!("log ok{left}"),
            Log::Slow(ms) => format!("log {ms} ms{left}"),
            Log::Stopped { .. } => "LOG STOPPED".to_owned(),
        }
    }
}

impl Driven {
    /// Returns a run with nothing under way.
    #[must_use]
    pub fn new(opened: Opened) -> Self {
        let mut driven = Self {
            driver: Driver::new(opened.run),
            feed: Vec::new(),
            outputs: BTreeMap::new(),
            terms: BTreeMap::new(),
            lines: BTreeMap::new(),
            refused: BTreeMap::new(),
            notes: VecDeque::new(),
            owed: Vec::new(),
            disk: None,
            told: BTreeSet::new(),
            exported: None,
        };
        let run = driven.driver.run();
        if !opened.facts.iter().any(|f| matches!(f.event, Event::RunOpened(_))) {
            let (who, words) = (run.opened.who.name.clone(), run.opened.runbook.clone());
            driven.feed.push(Happened { at: run.opened_at, who, what: "opened the run".to_owned(), words });
        }
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

    /// Takes what the runbook's file holds now. Each new text goes on the record once.
    pub fn see(&mut self, disk: Option<Disk>) {
        if let Some(disk) =
            disk.as_ref().filter(|d| self.run().closed.is_none() && !self.told.contains(&d.now))
        {
            let event = Event::RunbookChanged(RunbookChanged { now: disk.now.clone() });
            self.told.insert(disk.now.clone());
            self.notes.push_back(Entry { event, chunk: None });
        }
        self.disk = disk;
    }

    /// Notes a durable fact for the screen; the run itself is the driver's.
    pub fn saw(&mut self, fact: &Recorded) {
        if let Event::HostKeyRefused(e) = &fact.event {
            self.refused.insert(e.host.clone(), e.clone());
        }
        if let Event::RunbookChanged(e) = &fact.event {
            self.told.insert(e.now.clone());
        }
        if let Event::HostConnected(e) = &fact.event {
            self.refused.remove(&e.host);
        }
        if let Event::HostKeyAccepted(e) = &fact.event {
            self.refused.remove(&e.host);
        }
        if let Some(line) = feed::happened(self.driver.run(), fact) {
            self.feed.push(line);
        }
    }
}
