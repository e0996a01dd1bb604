//! Runs: the list of them, and the events of one.

use std::collections::BTreeMap;

use super::{QueryError, Reader, openings};
use crate::audit::chain;
use crate::audit::codec::{self, ChunkRef, Fact, Header};
use crate::audit::judge;
use crate::audit::row::{COLUMNS, Row, to_sql};
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::{Counts, Parent, Proof, Recorded, RunKind, RunOutcome, Who};
use crate::run::proof;
use crate::sign::signers::AllowedSigners;

/// An event as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its place in the log.
    pub seq: u64,
    /// Its run, or `-`.
    pub run: String,
    /// When it was written down.
    pub at: Stamp,
    /// The session that wrote it.
    pub session: String,
    /// Its hash.
    pub hash: String,
    /// The chunk that it names.
    pub chunk: Option<ChunkRef>,
    /// The fact.
    pub fact: Fact,
}

impl Found {
    pub(super) fn new(row: Row<'_>, allowed: &AllowedSigners) -> Result<Self, QueryError> {
        let seq = row.seq;
        if !row.holds() {
            return Err(QueryError::Broken { seq, what: "its hashes do not hold".to_owned() });
        }
        let body = row.body.as_deref().ok_or(QueryError::Withheld(seq))?;
        let (header, mut fact) = codec::decode(body).map_err(QueryError::body(seq))?;
        if let Fact::Known(event) = &mut fact
            && judge::judge(body, row.sig.as_deref(), event, header.at, allowed).is_err()
        {
            proof::lower(event, Proof::Claimed);
        }
        let Header { run, kind, at, session, chunk, .. } = header;
        if run != row.run || kind != row.kind {
            return Err(QueryError::Broken { seq, what: "its run or kind is not its body's".to_owned() });
        }
        Ok(Self { seq, run, at, session, hash: row.hash.into_owned(), chunk, fact })
    }
}

/// An event of a kind that a newer version wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strange {
    /// Its place in the log.
    pub seq: u64,
    /// When it was written down.
    pub at: Stamp,
    /// Its kind.
    pub kind: String,
    /// Its fields, as JSON text.
    pub fields: String,
}

/// One run's events in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLog {
    /// The run's whole id.
    pub run: String,
    /// Those that this version knows.
    pub events: Vec<Recorded>,
    /// Those that it does not.
    pub strange: Vec<Strange>,
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// Its id.
    pub run: String,
    /// The runbook's title.
    pub title: String,
    /// The runbook's file as it was given.
    pub runbook: String,
    /// Live or drill.
    pub kind: RunKind,
    /// The environment's name.
    pub environment: Option<String>,
    /// Who drives it, or drove it last.
    pub captain: Who,
    /// The run that opened it.
    pub parent: Option<Parent>,
    /// When it was opened.
    pub opened: Stamp,
    /// When and how it was closed.
    pub closed: Option<(Stamp, RunOutcome)>,
    /// Boxes by state, known once it is closed.
    pub counts: Option<Counts>,
}

/// The kinds of events that a [`RunSummary`] is made of.
pub(super) const SUMMED: &str =
    "'run.opened', 'run.resumed', 'run.driver_changed', 'run.handed_over', 'run.closed'";

impl RunSummary {
    fn opened(found: &Found, event: &Event) -> Option<Self> {
        let Event::RunOpened(opened) = event else { return None };
        Some(Self {
            run: found.run.clone(),
            title: opened.title.clone(),
            runbook: opened.runbook.clone(),
            kind: opened.run_kind,
            environment: opened.environment.as_ref().map(|environment| environment.name.clone()),
            captain: opened.who.clone(),
            parent: opened.parent.clone(),
            opened: found.at,
            closed: None,
            counts: None,
        })
    }

    /// Takes in the next event of a run; what comes before its opening counts for nothing.
    pub(super) fn sum(summary: &mut Option<Self>, found: &Found) {
        let Fact::Known(event) = &found.fact else { return };
        match summary {
            Some(summary) => summary.fold(found, event),
            None => *summary = Self::opened(found, event),
        }
    }

    fn fold(&mut self, found: &Found, event: &Event) {
        match event {
            Event::RunHandedOver(handed) => self.captain = handed.who.clone(),
            Event::RunDriverChanged(changed) => self.captain = changed.who.clone(),
            Event::RunResumed(resumed) => self.captain = resumed.who.clone(),
            Event::RunClosed(closed) => {
                self.closed = Some((found.at, closed.outcome));
                self.counts = Some(closed.counts.clone());
            }
            _ => {}
        }
    }
}

impl Reader {
    /// Returns all runs in the order in which they were opened.
    ///
    /// # Errors
    /// If the log cannot be read, or one of the events that it takes does not hold.
    pub fn runs(&self) -> Result<Vec<RunSummary>, QueryError> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE kind IN ({SUMMED}) ORDER BY seq");
        let mut runs: Vec<Option<RunSummary>> = Vec::new();
        let mut places = BTreeMap::new();
        self.each(&sql, &[], |found| {
            let place = *places.entry(found.run.clone()).or_insert(runs.len());
            if place == runs.len() {
                runs.push(None);
            }
            if let Some(summary) = runs.get_mut(place) {
                RunSummary::sum(summary, &found);
            }
            Ok(())
        })?;
        Ok(runs.into_iter().flatten().collect())
    }

    /// Returns the runs that have events after place `seq`, in the order in which they came up there.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn runs_after(&self, seq: u64) -> Result<Vec<String>, QueryError> {
        let sql = "SELECT run FROM event WHERE seq > ?1 AND run <> '-' GROUP BY run ORDER BY min(seq)";
        let mut statement = self.db.conn.prepare(sql)?;
        let runs = statement.query_map([to_sql(seq)], |row| row.get(0))?;
        Ok(runs.collect::<Result<_, _>>()?)
    }

    /// Returns the values that people gave for the run with exactly this id, at its opening or later.
    ///
    /// # Errors
    /// If one of the events that it takes does not hold.
    pub fn given(&self, run: &str) -> Result<BTreeMap<String, String>, QueryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM event WHERE run = ?1 AND kind IN ('run.opened', 'value.set') ORDER BY seq"
        );
        let mut values = BTreeMap::new();
        self.each(&sql, &[&run], |found| {
            match found.fact {
                Fact::Known(Event::RunOpened(opened)) => values.extend(opened.vars),
                Fact::Known(Event::ValueSet(set)) => drop(values.insert(set.value.name, set.value.value)),
                _ => {}
            }
            Ok(())
        })?;
        Ok(values)
    }

    /// Returns the one run whose id is `prefix` or begins with it.
    ///
    /// # Errors
    /// If there is none, or several begin so and none is exactly so.
    pub fn find_run(&self, prefix: &str) -> Result<String, QueryError> {
        let none = || QueryError::NoRun(prefix.escape_default().to_string());
        if prefix.is_empty() {
            return Err(none());
        }
        // Whole ids are found without looking at all runs.
        let mut whole =
            self.db.conn.prepare_cached("SELECT 1 FROM event WHERE run = ?1 AND run <> '-' LIMIT 1")?;
        if whole.exists([prefix])? {
            return Ok(prefix.to_owned());
        }
        let runs = openings::beginning(&self.db.conn, prefix)?;
        match runs.as_slice() {
            [] => Err(none()),
            // The exact id sorts before all that only begin with it.
            [first, rest @ ..] if first == prefix || rest.is_empty() => Ok(first.clone()),
            _ => Err(QueryError::Ambiguous { prefix: prefix.to_owned(), runs }),
        }
    }

    /// Returns the events of the run whose id is `prefix` or begins with it, checked along the run's own chain.
    ///
    /// # Errors
    /// If there is no such run, or one of its events does not hold.
    pub fn load(&self, prefix: &str) -> Result<RunLog, QueryError> {
        let run = self.find_run(prefix)?;
        let mut log = RunLog { run, events: Vec::new(), strange: Vec::new() };
        for found in self.since(&log.run, 0)? {
            let Found { seq, at, hash, fact, .. } = found;
            match fact {
                Fact::Known(event) => log.events.push(Recorded { seq, at, hash, event }),
                Fact::Unknown { kind, fields } => log.strange.push(Strange { seq, at, kind, fields }),
            }
        }
        Ok(log)
    }

    /// Returns the events of the run with exactly this id after place `seq`, checked along the run's own chain.
    ///
    /// # Errors
    /// If one of them does not hold.
    pub fn since(&self, run: &str, seq: u64) -> Result<Vec<Found>, QueryError> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE run = ?1 AND seq > ?2 ORDER BY seq");
        let mut before = (seq == 0).then(|| chain::ZERO.to_owned());
        let mut out = Vec::new();
        let mut statement = self.db.conn.prepare_cached(&sql)?;
        let mut rows = statement.query(rusqlite::params![run, to_sql(seq)])?;
        while let Some(row) = rows.next()? {
            let row = Row::read(row)?;
            if before.as_ref().is_some_and(|before| *before != row.run_prev) {
                let what = "it does not follow the event before it in its run".to_owned();
                return Err(QueryError::Broken { seq: row.seq, what });
            }
            before = Some(row.hash.to_string());
            out.push(Found::new(row, &self.allowed)?);
        }
        Ok(out)
    }

    /// Returns every event of the log from place `from` on, at most `limit`; of all runs and of the log itself.
    ///
    /// # Errors
    /// If one of them does not hold.
    pub fn events(&self, from: u64, limit: u32) -> Result<Vec<Found>, QueryError> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE seq >= ?1 ORDER BY seq LIMIT ?2");
        let mut out = Vec::new();
        self.each(&sql, &[&to_sql(from), &limit], |found| {
            out.push(found);
            Ok(())
        })?;
        Ok(out)
    }

    pub(super) fn each(
        &self,
        sql: &str,
        params: &[&dyn rusqlite::ToSql],
        mut take: impl FnMut(Found) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let mut statement = self.db.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            take(Found::new(Row::read(row)?, &self.allowed)?)?;
        }
        Ok(())
    }
}
