//! One append: prepared, committed, and what follows when it cannot be.

use super::draft::{Draft, Unless};
use super::fault::{Fault, Health, WriteError, ends_something};
use super::state::State;
use super::turn;
use crate::audit::chunk::Effort;
use crate::audit::heads;
use crate::audit::insert::{self, Prepared};
use crate::audit::store::tail::Head;
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::{ClockStepped, Entry, LogDegraded, Recorded};

/// How many bytes of output are still taken after the disk was found full; the reserve has to hold them twice, in
/// the write-ahead log and in the file.
const OVERTIME: usize = 1024 * 1024;

/// How far the two clocks may drift apart between two appends: the wall clock may be slewed, a step is recorded.
const STEP_MS: i128 = 1000;

impl State {
    /// Appends `entries`, all or none.
    pub(super) fn append(
        &mut self,
        run: Option<&str>,
        entries: Vec<Entry>,
        at: Stamp,
        waiting: usize,
    ) -> Result<Vec<Recorded>, WriteError> {
        self.takes(entries.iter().map(|entry| &entry.event))?;
        let (facts, own) = self.prepare(run, entries, at, Effort::for_backlog(waiting))?;
        self.store(run, facts, own, None, at)
    }

    /// Appends facts whose bodies were made before, all or none, unless something newer stands in their way.
    pub(super) fn append_drafts(
        &mut self,
        drafts: Vec<Draft>,
        unless: Option<&Unless>,
        at: Stamp,
    ) -> Result<Vec<Recorded>, WriteError> {
        self.takes(drafts.iter().map(Draft::event))?;
        let run = drafts.first().and_then(|draft| draft.run.clone());
        let (mut facts, own) = self.prepare(run.as_deref(), Vec::new(), at, Effort::Full)?;
        facts.extend(drafts.into_iter().map(Draft::into_prepared));
        self.store(run.as_deref(), facts, own, unless, at)
    }

    /// Checks that the log takes these facts as it stands.
    fn takes<'a>(&self, mut events: impl Iterator<Item = &'a Event>) -> Result<(), WriteError> {
        match &self.status.health {
            Health::Stopped { why } => Err(WriteError::Stopped { why: why.clone() }),
            Health::Degraded { why } if !events.all(ends_something) => {
                Err(WriteError::Degraded { why: why.clone() })
            }
            Health::Degraded { .. } | Health::Healthy => Ok(()),
        }
    }

    /// Stores facts, of which the first `own` are the writer's.
    fn store(
        &mut self,
        run: Option<&str>,
        facts: Vec<Prepared>,
        own: usize,
        unless: Option<&Unless>,
        at: Stamp,
    ) -> Result<Vec<Recorded>, WriteError> {
        let ends = facts.iter().skip(own).all(|fact| ends_something(fact.event()));
        self.within_overtime(&facts)?;
        let heads = match self.commit(&facts, unless) {
            Ok(heads) => heads,
            Err(fault) => self.after_fault(&facts, unless, fault, ends, at)?,
        };
        self.last = Some(at);
        let recorded: Vec<Recorded> =
            facts.into_iter().zip(heads).skip(own).map(|(fact, head)| fact.into_recorded(head)).collect();
        self.witness(run, &recorded);
        Ok(recorded)
    }

    /// Returns the facts, before them those of the writer itself, and how many these are.
    fn prepare(
        &self,
        run: Option<&str>,
        entries: Vec<Entry>,
        at: Stamp,
        effort: Effort,
    ) -> Result<(Vec<Prepared>, usize), WriteError> {
        let stepped = self
            .last
            .and_then(|last| stepped(last, at))
            .map(|by_ms| Entry { event: Event::ClockStepped(ClockStepped { by_ms }), chunk: None });
        let own = usize::from(stepped.is_some());
        let mut facts = Vec::with_capacity(entries.len() + own);
        facts.extend(stepped.map(|entry| Prepared::new(&self.author, None, entry, at, effort)).transpose()?);
        for entry in entries {
            facts.push(Prepared::new(&self.author, run, entry, at, effort)?);
        }
        Ok((facts, own))
    }

    fn within_overtime(&mut self, facts: &[Prepared]) -> Result<(), WriteError> {
        let Health::Degraded { why } = &self.status.health else { return Ok(()) };
        let bytes: usize = facts.iter().map(Prepared::stored_len).sum();
        if bytes > 0 && self.overtime + bytes > OVERTIME {
            return Err(WriteError::Degraded { why: why.clone() });
        }
        self.overtime += bytes;
        Ok(())
    }

    /// Commits the facts; returns the head after each of them.
    pub(super) fn commit(&mut self, facts: &[Prepared], unless: Option<&Unless>) -> Result<Vec<Head>, Fault> {
        let session = self.author.session.clone();
        let (known, others) = (self.status.head.size, self.status.others);
        let heads = turn::transact(self, |transaction| {
            let mut head = insert::head(transaction)?;
            let others = if head.size > known { head.size } else { others };
            let newer = unless.map(|unless| unless.newer(transaction, &session, others)).transpose()?;
            if let Some(newer) = newer.flatten() {
                return Ok(Err(newer));
            }
            facts
                .iter()
                .map(|fact| {
                    head = insert::insert(transaction, fact, &head)?;
                    Ok(head.clone())
                })
                .collect::<rusqlite::Result<Vec<_>>>()
                .map(Ok)
        })?;
        let heads = heads.map_err(|(seq, what)| Fault::Newer { seq, what })?;
        let own = facts.iter().filter(|fact| !matches!(fact.event(), Event::LogCheckpoint(_))).count();
        let before = heads.first().map_or(known, |first| first.size - 1);
        let between = before > known;
        if between {
            self.status.others = before;
        }
        if self.wal.is_none() {
            self.wal = Self::wal_now(&self.paths);
        }
        if let Some(head) = heads.last() {
            self.status.head = head.clone();
        }
        let left = facts.iter().any(|fact| matches!(fact.event(), Event::LogCheckpoint(_)));
        if between || left {
            // What others recorded meanwhile may have been witnessed, too.
            self.recount();
        } else {
            self.status.unwitnessed += own as u64;
        }
        Ok(heads)
    }

    fn after_fault(
        &mut self,
        facts: &[Prepared],
        unless: Option<&Unless>,
        fault: Fault,
        ends: bool,
        at: Stamp,
    ) -> Result<Vec<Head>, WriteError> {
        match fault {
            Fault::Busy { seconds } => Err(WriteError::Busy { seconds }),
            Fault::Newer { seq, what } => Err(WriteError::Newer { seq, what }),
            Fault::Full(why) => {
                self.degrade(&why, at);
                if ends && matches!(self.status.health, Health::Degraded { .. }) {
                    self.commit(facts, unless).map_err(|fault| self.give_up(fault))
                } else {
                    Err(WriteError::Full { why })
                }
            }
            Fault::Broken(why) => self.recover(facts, unless, why),
        }
    }

    /// Opens the log anew; the facts may be there already, otherwise they are written once more, on the new handle.
    fn recover(
        &mut self,
        facts: &[Prepared],
        unless: Option<&Unless>,
        why: String,
    ) -> Result<Vec<Head>, WriteError> {
        let found = match self.reopen() {
            Ok(()) => self.find(facts),
            Err(again) => Err(format!("{why}; then: {again}")),
        };
        match found {
            Ok(Some(heads)) => Ok(heads),
            Ok(None) => self.commit(facts, unless).map_err(|fault| self.give_up(fault)),
            Err(why) => {
                self.stop(why.clone());
                Err(WriteError::Stopped { why })
            }
        }
    }

    fn give_up(&mut self, fault: Fault) -> WriteError {
        match fault {
            Fault::Busy { seconds } => WriteError::Busy { seconds },
            Fault::Newer { seq, what } => WriteError::Newer { seq, what },
            Fault::Full(why) | Fault::Broken(why) => {
                self.stop(why.clone());
                WriteError::Stopped { why }
            }
        }
    }

    /// Frees the reserve and says on the record that the disk is full.
    fn degrade(&mut self, why: &str, at: Stamp) {
        if !matches!(self.status.health, Health::Healthy) {
            return;
        }
        self.overtime = 0;
        let entry = Entry { event: Event::LogDegraded(LogDegraded { why: why.to_owned() }), chunk: None };
        let told = self
            .free_reserve()
            .and_then(|()| {
                Prepared::new(&self.author, None, entry, at, Effort::Full).map_err(|error| error.to_string())
            })
            .and_then(|fact| self.commit(&[fact], None).map_err(|fault| format!("{fault:?}")));
        match told {
            Ok(_) => self.status.health = Health::Degraded { why: why.to_owned() },
            Err(again) => self.stop(format!("{why}; then: {again}")),
        }
    }

    /// Leaves a line in the heads file when a run began or ended.
    fn witness(&mut self, run: Option<&str>, recorded: &[Recorded]) {
        let mark = |fact: &&Recorded| matches!(fact.event, Event::RunOpened(_) | Event::RunClosed(_));
        for fact in recorded.iter().filter(mark) {
            let seen = heads::Seen {
                log: self.author.log.clone(),
                head: Head { size: fact.seq, hash: fact.hash.clone() },
                at: fact.at.wall,
                run: run.unwrap_or(crate::audit::codec::NO_RUN).to_owned(),
            };
            let added = heads::add(&self.paths.heads, &seen);
            self.status.heads_file = added.err().map(|error| error.to_string());
            if self.status.heads_file.is_none() {
                self.recount();
            }
        }
    }
}

/// Returns by how many milliseconds the wall clock stepped against the monotonic one, if it did.
fn stepped(last: Stamp, at: Stamp) -> Option<i64> {
    let wall = i128::from((at.wall - last.wall).num_milliseconds());
    let mono = (i128::from(at.mono_ns) - i128::from(last.mono_ns)) / 1_000_000;
    let by = wall - mono;
    (by.abs() > STEP_MS).then(|| i64::try_from(by).unwrap_or(if by < 0 { i64::MIN } else { i64::MAX }))
}
