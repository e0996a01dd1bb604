//! Drills: which runbooks with a cadence are due, and what their last runs measured. A fold over runs and the present.
//!
//! - A run belongs to a drill when its runbook's file is the drill's, or has the same name and the same title. So it
//!   survives a move, and edits of the text; the listing says when the text has changed since.
//! - It *passed* when it is of the kind drill and completed, each step that is not merely offered passed or did not apply,
//!   and it held every target, those of its own text and those that the runbook has now. A step that a person waived did
//!   not pass. Boxes without steps may be waived, and what is owed later (`due=`) does not count.
//! - The next one is due a cadence after the day of the last pass, by the calendar of the environment's time zone (else
//!   UTC); months end early where they must: three months after 30 November is 28 or 29 February. On that day it is
//!   *due*, from the next day on *overdue*. It is also called due a while before: a quarter of the cadence, at most 14 days.

mod shape;
mod verdict;
mod words;

use std::time::Duration;

use chrono::{DateTime, Days, Months, NaiveDate, Utc};

use crate::clock::{Stamp, Zone};
use crate::report::targets::{Measured, against};
use crate::run::fact::{RunKind, Who};
use crate::run::state::Run;
use crate::runbook::model::Cadence;

pub use shape::MeasuredJson;
pub use shape::json;
pub use verdict::against as why_not;
pub use words::{cadence, listing};

/// A runbook that is to be run as a drill from time to time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its file, as runs of it name it.
    pub file: String,
    /// Its title.
    pub title: String,
    /// Lower-case hex SHA-256 of its text.
    pub sha256: String,
    /// How often.
    pub cadence: Cadence,
    /// Its targets.
    pub targets: Vec<(String, Duration)>,
    /// Whether the file is gone, so that this is what its last run was opened with.
    pub gone: bool,
}

/// How a drill stands; the order is that of the listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Its day is over.
    Overdue,
    /// It was run, and never passed.
    NeverPassed,
    /// It was never run.
    NeverRun,
    /// Its day has come, or is near.
    Due,
    /// Its day is not near.
    UpToDate,
}

impl Standing {
    /// Returns the words that people read.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Overdue => "OVERDUE",
            Self::NeverPassed => "NEVER PASSED",
            Self::NeverRun => "NEVER RUN",
            Self::Due => "due",
            Self::UpToDate => "up to date",
        }
    }

    /// Returns whether `gonogo drills --check` ends with a code of its own.
    #[must_use]
    pub const fn wanting(self) -> bool {
        matches!(self, Self::Overdue | Self::NeverPassed | Self::NeverRun)
    }
}

/// A run of a drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The run.
    pub run: String,
    /// How it ended, or `open`.
    pub state: &'static str,
    /// When it ended; of an open one, when something last happened.
    pub at: DateTime<Utc>,
    /// That day, by the calendar of the drill.
    pub day: NaiveDate,
    /// Who drove it.
    pub by: Who,
    /// The environment.
    pub environment: Option<String>,
    /// Whether the runbook's text was another one than now.
    pub other_text: bool,
    /// Why it does not count as passed; empty when it does.
    pub against: Vec<String>,
    /// What it measured against the targets that the runbook has now.
    pub measured: Vec<Measured>,
}

impl Ran {
    /// Returns whether it passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.against.is_empty()
    }
}

/// A drill and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drill {
    /// The runbook.
    pub plan: Plan,
    /// How it stands.
    pub standing: Standing,
    /// The day it is due; none if it never passed.
    pub next: Option<NaiveDate>,
    /// Days from today to that day, negative when it is over.
    pub days: Option<i64>,
    /// The time zone whose calendar counts.
    pub zone: Zone,
    /// The newest run that passed.
    pub passed: Option<Ran>,
    /// The newest run after that one, or of all if none passed.
    pub since: Option<Ran>,
}

/// Returns how each of `plans` stands at `now` after `runs`, the most wanting first.
#[must_use]
pub fn drills(plans: &[Plan], runs: &[Run], now: DateTime<Utc>) -> Vec<Drill> {
    let mut found: Vec<Drill> = plans.iter().map(|plan| drill(plan, runs, now)).collect();
    found.sort_by(|a, b| {
        let key = |d: &Drill| (d.standing, d.next);
        key(a).cmp(&key(b)).then_with(|| a.plan.title.cmp(&b.plan.title))
    });
    found
}

fn drill(plan: &Plan, runs: &[Run], now: DateTime<Utc>) -> Drill {
    let mut own: Vec<&Run> =
        runs.iter().filter(|run| run.opened.run_kind == RunKind::Drill && belongs(plan, run)).collect();
    own.sort_by_key(|run| (end(run).wall, run.last_seq));
    let last_pass = own.iter().rposition(|run| verdict::against(run, &plan.targets).is_empty());
    let zone = zone(last_pass.and_then(|i| own.get(i)).or(own.last()).copied());
    let ran = |run: &&Run| ran(plan, run, zone);
    let passed = last_pass.and_then(|i| own.get(i)).map(ran);
    let since = own.last().filter(|_| last_pass.is_none_or(|i| i + 1 < own.len())).map(ran);
    let today = zone.date(now);
    let next = passed.as_ref().and_then(|p| after(p.day, plan.cadence));
    let days = next.map(|next| next.signed_duration_since(today).num_days());
    let standing = match (&passed, &since, days) {
        (None, None, _) => Standing::NeverRun,
        (None, Some(_), _) => Standing::NeverPassed,
        (_, _, Some(days)) if days < 0 => Standing::Overdue,
        (_, _, Some(days)) if days <= near(plan.cadence) => Standing::Due,
        _ => Standing::UpToDate,
    };
    Drill { plan: plan.clone(), standing, next, days, zone, passed, since }
}

fn ran(plan: &Plan, run: &Run, zone: Zone) -> Ran {
    let at = end(run).wall;
    Ran {
        run: run.id.clone(),
        state: run.closed.as_ref().map_or("open", |(e, _)| e.outcome.words()),
        at,
        day: zone.date(at),
        by: run.captain.clone(),
        environment: run.opened.environment.as_ref().map(|e| e.name.clone()),
        other_text: run.opened.text_sha != plan.sha256,
        against: verdict::against(run, &plan.targets),
        measured: plan.targets.iter().map(|(name, target)| against(run, name, Some(*target))).collect(),
    }
}

/// Returns whether a run of `file` with `title` is one of `plan`'s.
#[must_use]
pub fn same(plan: &Plan, file: &str, title: &str) -> bool {
    let name = |file: &str| file.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    plan.file == file || (name(&plan.file) == name(file) && plan.title == title)
}

fn belongs(plan: &Plan, run: &Run) -> bool {
    same(plan, &run.opened.runbook, &run.opened.title)
}

/// Returns when the run ended; of an open one, when something last happened.
fn end(run: &Run) -> Stamp {
    run.closed.as_ref().map_or(run.last_at, |(_, at)| *at)
}

fn zone(run: Option<&Run>) -> Zone {
    let name = run.and_then(|r| r.opened.environment.as_ref()).and_then(|e| e.timezone.as_deref());
    name.and_then(Zone::named).unwrap_or_default()
}

/// Returns the day a cadence after `day`; none beyond the calendar.
#[must_use]
pub fn after(day: NaiveDate, cadence: Cadence) -> Option<NaiveDate> {
    match cadence {
        Cadence::Days(days) => day.checked_add_days(Days::new(u64::from(days))),
        Cadence::Months(months) => day.checked_add_months(Months::new(months)),
    }
}

/// Returns how many days before its day a drill is called due.
fn near(cadence: Cadence) -> i64 {
    let days = match cadence {
        Cadence::Days(days) => i64::from(days),
        Cadence::Months(months) => i64::from(months).saturating_mul(30),
    };
    (days / 4).min(14)
}
