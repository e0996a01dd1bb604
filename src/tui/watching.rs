//! A watch in words: which round, how long it has held, the last number, when the next round is due.

use crate::clock::Stamp;
use crate::run::attempt::StepStatus;
use crate::run::state::Run;
use crate::run::watch::Watch;
use crate::runbook::model::{Repeat, Step};
use crate::text::clocks::{m_ss, words};

/// A watch on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watching {
    /// The number of the newest round.
    pub round: u32,
    /// How far it is, for example `held 6:00 of 30m`.
    pub lasted: String,
    /// The newest number, with what it must be.
    pub value: Option<String>,
    /// When the next round is due; none while one runs, and after the end.
    pub next: Option<String>,
    /// The newest numbers, oldest first.
    pub trail: Vec<String>,
    /// Why it failed.
    pub breach: Option<String>,
}

impl Watching {
    /// Returns the round and how far it is, for example `round 7, held 6:00 of 30m`.
    #[must_use]
    pub fn how_far(&self) -> String {
        format!("round {}, {}", self.round, self.lasted)
    }
}

/// Numbers that are shown at most.
const TRAIL: usize = 12;

/// Returns the watch of `step` on `host` at the time `now`; none if it never ran there or is no watch.
#[must_use]
pub fn watching(run: &Run, step: &Step, host: &str, now: &Stamp) -> Option<Watching> {
    let watch = run.watch(step, host)?;
    let last = watch.last()?;
    let running = run.host_status(step, host) == StepStatus::Running;
    let round = last.intent.round.map_or(1, |r| r.round);
    let until = if running { *now } else { last.finished.as_ref().map_or(last.at, |(_, at)| *at) };
    let lasted = m_ss(watch.lasted(until));
    let lasted = match watch.repeat {
        Repeat::Hold { lasting, .. } => format!("held {lasted} of {}", words(lasting)),
        Repeat::Until { limit: Some(limit), .. } => format!("{lasted} of {}", words(limit)),
        Repeat::Until { limit: None, .. } => format!("since {lasted}"),
    };
    let lasted = match watch.gaps {
        0 => lasted,
        1 => format!("{lasted}, counted anew after a gap"),
        n => format!("{lasted}, counted anew after {n} gaps"),
    };
    let next = (running && last.finished.is_some()).then(|| due(&watch, now));
    let value = watch.value().map(|(value, at)| {
        let older = if at == round { String::new() } else { format!(" in round {at}") };
        format!("{value}{}{older}", wanted(step))
    });
    let mut trail: Vec<String> =
        watch.rounds.iter().filter_map(|a| a.sample.as_ref()?.value.clone()).collect();
    trail.drain(..trail.len().saturating_sub(TRAIL));
    let breach = last.breached.as_ref().map(|b| b.why.clone());
    Some(Watching { round, lasted, value, next, trail, breach })
}

fn due(watch: &Watch<'_>, now: &Stamp) -> String {
    let begun = watch.last().map_or(*now, |a| a.at);
    match watch.due_after().saturating_sub(now.after(&begun)) {
        left if left.is_zero() => "next round due".to_owned(),
        left => format!("next round in {}", m_ss(left)),
    }
}

/// Returns what the number of `step` must be, for example ` (< 1.5)`.
#[must_use]
pub fn wanted(step: &Step) -> String {
    let Some(threshold) = step.metric.as_ref().and_then(|m| m.threshold) else { return String::new() };
    format!(" ({threshold})")
}

/// Returns how often `step` runs, in words.
#[must_use]
pub fn repeat(repeat: Repeat) -> String {
    match repeat {
        Repeat::Hold { every, lasting } => {
            format!("every {}, and has to hold {}", words(every), words(lasting))
        }
        Repeat::Until { every, limit: Some(limit) } => {
            format!("every {} until it passes, for {} at most", words(every), words(limit))
        }
        Repeat::Until { every, limit: None } => format!("every {} until it passes", words(every)),
    }
}
