//! Runs for tests: opened from a built runbook, with a log that answers in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use gonogo::clock::Stamp;
use gonogo::run::command::{Action, Command};
use gonogo::run::conclude::{Ended, Report};
use gonogo::run::driver::{Driver, Effect};
use gonogo::run::event::{Event, RunOpened};
use gonogo::run::fact::{
    BoxSigned, Entry, EnvironmentPin, HostPin, Outcome, Parent, Proof, Recorded, RunKind, Seen,
    StreamSummary, Via, WayPin, Who,
};
use gonogo::run::proof::lower;
use gonogo::run::refusal::Refusal;
use gonogo::run::state::Run;
use gonogo::runbook::ids::BoxId;
use gonogo::runbook::model::Runbook;

/// 2026-11-21 01:00:00 UTC, when the runs of the tests begin.
pub const BEGIN: i64 = 1_795_222_800;

/// Returns a person whose name was typed at the keyboard.
pub fn who(name: &str) -> Who {
    Who { name: name.to_owned(), proof: Proof::Typed, via: Via::Keyboard, seat: None }
}

/// Returns the sign-off of the box `id` by `who`.
pub fn signed(who: Who, id: &str) -> Event {
    Event::BoxSigned(BoxSigned {
        who,
        id: BoxId(id.to_owned()),
        statement: "what was shown".to_owned(),
        note: None,
        value: None,
        evidence: Vec::new(),
        out_of_order: Vec::new(),
        seen: 1,
        seen_head: None,
    })
}

/// Returns the host `name` of `role`. Hosts of the same name have the same address.
pub fn host(role: &str, name: &str) -> HostPin {
    HostPin {
        role: role.to_owned(),
        name: name.to_owned(),
        user: "deploy".to_owned(),
        address: format!("{name}.example.net"),
        port: 22,
        identity: None,
        known_hosts: None,
        way: WayPin::default(),
    }
}

/// Returns the environment called `name`.
pub fn environment(name: &str) -> EnvironmentPin {
    EnvironmentPin {
        name: name.to_owned(),
        colour: None,
        file_sha: "ab".repeat(32),
        timezone: None,
        window: None,
        witness: None,
    }
}

/// Returns the fact that opens a run of `book` on `hosts`.
pub fn opened(book: &Runbook, hosts: Vec<HostPin>, env: Option<&str>, vars: &[(&str, &str)]) -> RunOpened {
    RunOpened {
        who: who("layla"),
        title: book.title.clone(),
        runbook: "release.md".to_owned(),
        text_sha: book.sha256.clone(),
        commit: None,
        dirty: false,
        run_kind: RunKind::Live,
        environment: env.map(environment),
        hosts,
        vars: vars.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        seed: "0123456789abcdef".repeat(2),
        parent: None,
        beside: Vec::new(),
        secrets: Vec::new(),
        seen: None,
    }
}

/// Returns the end of an attempt with `outcome` that printed `text`.
pub fn ended(outcome: Outcome, text: &str) -> Ended {
    let stdout = StreamSummary {
        bytes: text.len() as u64,
        sha256: "00".repeat(32),
        head: text.len() as u64,
        tail: 0,
        dropped: 0,
    };
    Ended {
        outcome,
        carried: true,
        cwd: None,
        stdout,
        stderr: StreamSummary::default(),
        text: text.to_owned(),
        seen: Seen::Line,
        remarks: Vec::new(),
        output: Vec::new(),
        begun: None,
    }
}

/// How the log of a test answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// At once.
    AtOnce,
    /// When the test says so.
    WhenTold,
}

/// A driver, its log in memory and what it asked for.
pub struct Table {
    /// The driver.
    pub driver: Driver,
    /// All recorded facts, the opening first.
    pub log: Vec<Recorded>,
    /// Each recorded fact and each effect in the order in which they happened, since the last [`Table::happened`].
    pub news: Vec<News>,
    /// What is on its way to the log.
    pub pending: Option<Vec<Entry>>,
    /// The time, which only the test moves.
    pub now: Stamp,
    /// How the log answers.
    pub answers: Answers,
    /// The place of the next event.
    pub seq: u64,
    /// How many batches were recorded.
    pub batches: usize,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A fact became durable.
    Fact(Recorded),
    /// The driver asked for something else than a record.
    Effect(Effect),
}

impl Table {
    /// Opens a run and takes it up.
    pub fn open(book: Arc<Runbook>, opened: RunOpened) -> Self {
        Self::open_at("r-test", book, opened, 1, Stamp::at_unix(BEGIN))
    }

    /// Opens the run `id` at the place `seq` of a log that holds others too.
    pub fn open_at(id: &str, book: Arc<Runbook>, opened: RunOpened, seq: u64, now: Stamp) -> Self {
        let first =
            Recorded { seq, at: now, hash: hash(seq), event: Event::RunOpened(Box::new(opened.clone())) };
        let run = Run::new(id.to_owned(), book, opened, seq, now);
        let mut table = Self {
            driver: Driver::new(run),
            log: vec![first],
            news: Vec::new(),
            pending: None,
            now,
            answers: Answers::AtOnce,
            batches: 0,
            seq: seq + 1,
        };
        let effects = table.driver.take_up("the driver was ended");
        table.take(effects);
        table
    }

    /// Returns the run as its driver sees it.
    pub fn run(&self) -> &Run {
        self.driver.run()
    }

    /// Gives a command.
    ///
    /// # Errors
    /// The refusal.
    pub fn command(&mut self, name: &str, action: Action) -> Result<(), Refusal> {
        self.command_by(who(name), action)
    }

    /// Gives a command of somebody whose name was proven in whatever way.
    ///
    /// # Errors
    /// The refusal.
    pub fn command_by(&mut self, who: Who, action: Action) -> Result<(), Refusal> {
        let effects = self.driver.submit(&Command { who, at: self.now, action })?;
        self.take(effects);
        Ok(())
    }

    /// Lets another process do what somebody asks: it decides on what the log says and records it, and the driver learns
    /// of it afterwards.
    ///
    /// # Errors
    /// The refusal.
    pub fn elsewhere(&mut self, mut who: Who, action: Action) -> Result<(), Refusal> {
        // Whoever signs sees their own proof; the driver may not.
        let unseen = who.proof == Proof::Claimed;
        if unseen {
            who.proof = Proof::SshKey;
        }
        let mut events = self.replayed().decide(&Command { who, at: self.now, action })?;
        events.iter_mut().filter(|_| unseen).for_each(|event| lower(event, Proof::Claimed));
        let facts: Vec<Recorded> = events.into_iter().map(|event| self.store(event)).collect();
        let effects = self.driver.others(&facts);
        self.take(effects);
        Ok(())
    }

    fn store(&mut self, event: Event) -> Recorded {
        let seq = self.seq;
        self.seq += 1;
        let fact = Recorded { seq, at: self.now, hash: hash(seq), event };
        self.log.push(fact.clone());
        self.news.push(News::Fact(fact.clone()));
        fact
    }

    /// Reports something from outside.
    pub fn report(&mut self, report: Report) {
        let effects = self.driver.report(report, self.now);
        self.take(effects);
    }

    /// Tells the driver the time.
    pub fn tick(&mut self) {
        let effects = self.driver.tick(self.now);
        self.take(effects);
    }

    /// Takes effects; records are answered as [`Table::answers`] says.
    pub fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Record { entries, .. } => {
                    assert!(self.pending.is_none(), "two batches in flight");
                    self.pending = Some(entries);
                }
                other => self.news.push(News::Effect(other)),
            }
        }
        if self.answers == Answers::AtOnce {
            self.acknowledge();
        }
    }

    /// Makes what is on its way durable and answers.
    pub fn acknowledge(&mut self) {
        let Some(entries) = self.pending.take() else { return };
        self.batches += 1;
        let facts = entries.into_iter().map(|entry| self.store(entry.event)).collect();
        let effects = self.driver.recorded(Ok(facts));
        self.take(effects);
    }

    /// Answers that what is on its way could not be written.
    pub fn fail(&mut self, why: &str) {
        if self.pending.take().is_some() {
            let effects = self.driver.recorded(Err(why.to_owned()));
            self.take(effects);
        }
    }

    /// Lets another process take the run up from its log.
    pub fn resume(&mut self) {
        self.pending = None;
        self.driver = Driver::new(self.replayed());
        let effects = self.driver.take_up("the driver was ended");
        self.take(effects);
    }

    /// Returns the run folded anew from its recorded facts.
    pub fn replayed(&self) -> Run {
        replay(&self.run().id, Arc::clone(&self.run().source), &self.log)
    }

    /// Returns what happened since the last call.
    pub fn happened(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }
}

/// Returns the run `id` that the facts `log` amount to.
pub fn replay(id: &str, book: Arc<Runbook>, log: &[Recorded]) -> Run {
    let (first, rest) = log.split_first().expect("the opening");
    let Event::RunOpened(opened) = &first.event else { panic!("the first fact is the opening") };
    let mut run = Run::new(id.to_owned(), book, (**opened).clone(), first.seq, first.at);
    rest.iter().for_each(|fact| run.evolve(fact));
    run
}

/// Returns a parent for a child run.
pub fn parent(rollback: bool) -> Parent {
    Parent { run: "r-parent".to_owned(), in_box: None, rollback }
}

/// Returns values as a map.
pub fn values(pairs: &[(String, String)]) -> BTreeMap<String, String> {
    pairs.iter().cloned().collect()
}

fn hash(seq: u64) -> String {
    format!("{seq:064x}")
}
