//! What was kept elsewhere, held against the log: heads, heads that signatures name, and the log that came before.
//!
//! A head binds all events up to it. So a log that has fewer events than a head says was **truncated**; one that has
//! another event in its place was **rewritten**; and when heads themselves belong to two histories, the log was
//! **forked**: it was copied, both went on, and both were shown.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::report::{Finding, Report, Verdict};
use super::{Scope, hash_in};
use crate::audit::heads::Seen;
use crate::audit::row::{Row, from_sql, to_sql};
use crate::audit::store::connect::plain;
use crate::audit::store::{opened, rotated};
use crate::clock::rfc3339;
use crate::run::event::Event;
use crate::run::fact::Segment;
use crate::run::proof;

/// Heads that a log is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads {
    /// The file that they were read from.
    pub file: PathBuf,
    /// Whether that is the log's own heads file: whoever can write the log can write it, too.
    pub own: bool,
    /// The heads.
    pub seen: Vec<Seen>,
}

/// What heads show of a log, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Breach {
    /// There are heads, and none is of this log or of one before it.
    #[serde(rename = "OTHER LOG")]
    OtherLog,
    /// Events that were there are missing at its end.
    Truncated,
    /// Events that were there are other ones now.
    Rewritten,
    /// It was copied, and both went on.
    Forked,
}

impl Breach {
    /// Returns its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OtherLog => "OTHER LOG",
            Self::Truncated => "TRUNCATED",
            Self::Rewritten => "REWRITTEN",
            Self::Forked => "FORKED",
        }
    }
}

/// The log that a log goes on from, as it is found now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Before {
    /// Where it is kept.
    pub path: PathBuf,
    /// Its id.
    pub log: String,
    /// How many events it had.
    pub size: u64,
    /// Its head.
    pub head: String,
    /// Whether the file that lies there has this head; nothing if none could be read.
    pub there: Option<bool>,
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = match self.there {
            Some(true) => "its head is there",
            Some(false) => "ITS HEAD IS NOT THERE",
            None => "it cannot be read",
        };
        write!(f, "{}, {} events, head {} ({found})", self.path.display(), self.size, self.head)
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Witnessed {
    /// The file that the heads were read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Whether that is the log's own heads file.
    pub own: bool,
    /// How many heads of this log agree with it.
    pub agree: u64,
    /// How many heads in the file are of other logs.
    pub other_logs: u64,
    /// How many events the newest head that agrees covers.
    pub covers: u64,
    /// How many events came after it, but for checkpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unwitnessed: Option<u64>,
    /// How many of them are of runs, where heads were at hand: what nobody has witnessed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tail: Option<u64>,
    /// How many heads that signed events name agree with the log.
    pub signed: u64,
    /// The worst that heads show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breach: Option<Breach>,
    /// What they show.
    pub against: Vec<Finding>,
    /// The log that this one goes on from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// The name that the log was given when it ended, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

/// How many findings are kept.
const KEPT: usize = 100;

impl Witnessed {
    /// Returns how many events of runs no head covers; none where no heads were at hand.
    pub(super) const fn tail(&self) -> u64 {
        match self.tail {
            Some(tail) => tail,
            None => 0,
        }
    }

    pub(super) const fn verdict(&self) -> Verdict {
        if self.breach.is_some() {
            Verdict::Fails
        } else if self.agree == 0 {
            Verdict::NoneYet
        } else if self.own {
            Verdict::Open
        } else {
            Verdict::Holds
        }
    }

    fn breaks(&mut self, breach: Breach, seq: Option<u64>, what: String) {
        self.breach = self.breach.max(Some(breach));
        if self.against.len() < KEPT {
            self.against.push(Finding { seq, flaw: None, what: format!("{}: {what}", breach.name()) });
        }
    }

    pub(super) fn words(&self) -> Option<String> {
        if let Some(breach) = self.breach {
            return Some(breach.name().to_owned());
        }
        let mut words = Vec::new();
        if let (Some(file), true) = (&self.file, self.agree > 0) {
            let heads =
                if self.agree == 1 { "1 head agrees" } else { &format!("{} heads agree", self.agree) };
            words.push(format!("{heads}, from {}", file.display()));
            if let Some(left) = self.unwitnessed {
                words.push(format!("{left} events after the newest"));
            }
            if self.own {
                words.push(
                    "they lie beside the log: compare some kept elsewhere with --heads FILE".to_owned(),
                );
            }
        }
        if let (Some(file), true) = (&self.file, self.agree == 0) {
            words.push(format!("no head in {} is of an event here", file.display()));
        }
        if self.signed > 0 {
            words.push(format!("{} named in signatures agree", self.signed));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// Returns the hash of the event at a place, as it stands in its row. With `run`, of that run's events alone.
pub(super) fn hash_at(conn: &Connection, place: u64, run: Option<&str>) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT CAST(hash AS TEXT) FROM event WHERE seq = ?1 AND (?2 IS NULL OR run = ?2)")?
        .query_row(rusqlite::params![to_sql(place), run], |row| row.get(0))
        .optional()
}

/// Holds the head that an event names, by its signature or as a checkpoint, against the log.
pub(super) fn named(
    conn: &Connection,
    row: &Row<'_>,
    event: &Event,
    report: &mut Report,
) -> rusqlite::Result<()> {
    let (place, head, what) = match (event, row.sig.as_ref().and_then(|_| proof::shown(event))) {
        (Event::LogCheckpoint(checkpoint), _) => {
            (checkpoint.size, checkpoint.head.as_str(), "the checkpoint in it".to_owned())
        }
        (_, Some((place, head))) => {
            let who = proof::who(event).map(|who| plain(&who.name)).unwrap_or_default();
            (place, head, format!("the signature of {who}"))
        }
        _ => return Ok(()),
    };
    let breaks = |report: &mut Report, found: &str| {
        let what = format!("{what} says that event {place} is {}, and here it {found}", plain(head));
        report.witness.breaks(Breach::Rewritten, Some(row.seq), what);
    };
    match hash_at(conn, place, None)? {
        _ if place >= row.seq => breaks(report, "does not come before it"),
        Some(found) if found == head => report.witness.signed += u64::from(row.sig.is_some()),
        Some(found) => breaks(report, &format!("is {}", plain(&found))),
        // In an export the events of other runs are not there.
        None => {}
    }
    Ok(())
}

/// Holds the heads of the scope against the log, or against the events of one run.
pub(super) fn judge(conn: &Connection, scope: &Scope, report: &mut Report) -> rusqlite::Result<()> {
    let (Some(heads), Some(log)) = (&scope.heads, report.log.clone()) else { return Ok(()) };
    let run = scope.run.as_deref();
    let own: Vec<&Seen> = heads.seen.iter().filter(|seen| seen.log == log).collect();
    report.witness.file = Some(heads.file.clone());
    report.witness.own = heads.own;
    report.witness.other_logs = (heads.seen.len() - own.len()) as u64;
    if own.is_empty() && !heads.seen.is_empty() && run.is_none() && !heads.own {
        other_log(conn, heads, report)?;
    }
    let last = last(conn, run)?;
    let mut differ: Vec<(&Seen, String)> = Vec::new();
    let mut beyond: Vec<&Seen> = Vec::new();
    let mut covers = 0;
    for seen in own.iter().copied() {
        match hash_at(conn, seen.head.size, run)? {
            Some(hash) if hash == seen.head.hash => {
                report.witness.agree += 1;
                covers = covers.max(seen.head.size);
            }
            Some(hash) => differ.push((seen, hash)),
            // Of other runs a run's own events say nothing.
            None if run.is_none_or(|run| run == seen.run) && seen.head.size > last => beyond.push(seen),
            None => {}
        }
    }
    report.witness.covers = report.witness.covers.max(covers);
    forks(&own, &differ, report);
    for (seen, here) in differ {
        let what = format!("it is {here}, and was {}", words(seen));
        report.witness.breaks(Breach::Rewritten, Some(seen.head.size), what);
    }
    if let Some(seen) = beyond.iter().max_by_key(|seen| seen.head.size) {
        let of = if run.is_some() { "the run's last event is" } else { "the last event is" };
        let what = format!("{of} {last}, and event {} was {}", seen.head.size, words(seen));
        report.witness.breaks(Breach::Truncated, None, what);
    }
    if run.is_none() && report.witness.agree > 0 {
        let sql = "SELECT count(*) FROM event WHERE seq > ?1 AND kind <> 'log.checkpoint'";
        let left: i64 = conn.query_row(sql, [to_sql(report.witness.covers)], |row| row.get(0))?;
        report.witness.unwitnessed = Some(from_sql(left));
    }
    let sql = "SELECT count(*) FROM event WHERE seq > ?1 AND run <> '-' AND (?2 IS NULL OR run = ?2)";
    let tail: i64 = conn.query_row(sql, rusqlite::params![to_sql(covers), run], |row| row.get(0))?;
    // A bundle of several runs is judged run by run.
    report.witness.tail = Some(report.witness.tail() + from_sql(tail));
    Ok(())
}

fn words(seen: &Seen) -> String {
    format!("{} when it was witnessed at {} for run {}", seen.head.hash, rfc3339(seen.at), plain(&seen.run))
}

fn last(conn: &Connection, run: Option<&str>) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(max(seq), 0) FROM event WHERE ?1 IS NULL OR run = ?1";
    conn.query_row(sql, [run], |row| row.get(0)).map(from_sql)
}

/// Finds heads that cannot be of one history, whatever the log says.
fn forks(own: &[&Seen], differ: &[(&Seen, String)], report: &mut Report) {
    let mut by_size: BTreeMap<u64, &Seen> = BTreeMap::new();
    for seen in own.iter().copied() {
        let first = by_size.entry(seen.head.size).or_insert(seen);
        if first.head.hash != seen.head.hash {
            let what = format!("event {} was {}; and it was {}", seen.head.size, words(first), words(seen));
            report.witness.breaks(Breach::Forked, Some(seen.head.size), what);
        }
    }
    // A later head that agrees binds all events before it: the other one was of another history.
    let covers = report.witness.covers;
    for (seen, _) in differ.iter().filter(|(seen, _)| seen.head.size < covers) {
        let what = format!(
            "event {} was {}, and a head of event {covers}, which agrees, says that it never was",
            seen.head.size,
            words(seen)
        );
        report.witness.breaks(Breach::Forked, Some(seen.head.size), what);
    }
}

/// Says that no head is of this log, unless they are of the log before it.
fn other_log(conn: &Connection, heads: &Heads, report: &mut Report) -> rusqlite::Result<()> {
    let before = opened(conn)?.and_then(|opened| opened.after);
    if before.is_some_and(|before| heads.seen.iter().any(|seen| seen.log == before.log)) {
        return Ok(());
    }
    let file = heads.file.display();
    let what = format!("none of the {} heads in {file} is of this log", heads.seen.len());
    report.witness.breaks(Breach::OtherLog, None, what);
    Ok(())
}

/// Says which logs come before and after this one, and looks at the one before.
pub(super) fn segments(conn: &Connection, report: &mut Report) -> rusqlite::Result<()> {
    report.witness.ended = rotated(conn)?.map(|rotated| plain(&rotated.file));
    let Some(before) = opened(conn)?.and_then(|opened| opened.after) else { return Ok(()) };
    let path = beside(&report.path, &before);
    let there = hash_in(&path, before.size).map(|hash| hash.as_deref() == Some(&*before.head));
    if there == Some(false) {
        let what = format!("the log before it, {}, has not the head that this one names", path.display());
        report.witness.breaks(Breach::Rewritten, Some(1), what);
    }
    let Segment { log, size, head, .. } = before;
    report.witness.before = Some(Before { path, log, size, head, there });
    Ok(())
}

/// Returns where the log before the one at `path` is kept.
pub(in crate::audit) fn beside(path: &Path, before: &Segment) -> PathBuf {
    path.with_file_name(&before.file)
}
