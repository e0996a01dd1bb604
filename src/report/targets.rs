//! Targets and what a run measured against them, such as the time to recover and the data that would be lost.
//!
//! How a target is measured: the target `rto` by the stopwatch of that name, from the first to the last signature of the
//! boxes that carry `mark=rto`. Each of them must be signed, unless it does not apply; where a signature was taken back
//! and given again, the latest stands. When no box carries the mark, by the variable of that name in capitals (`RPO`; a
//! `-` becomes `_`), read as a time: `95m`, `1h30m`, or a number of seconds. What was not measured was not held.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::clock::Stamp;
use crate::report::span;
use crate::run::state::{BoxState, Run};
use crate::text::clocks;

/// Where a measured time comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A stopwatch: boxes with its mark.
    Stopwatch,
    /// The variable of this name.
    Value(String),
}

/// A time that a run measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// The time in whole seconds, rounded up: what took longer than its target never looks as if it had not.
    pub seconds: u64,
    /// Whether the clocks disagreed on it, as across machines: then it is the wall clock's word.
    pub about: bool,
}

impl Time {
    /// Returns it as `48:12` or `≈ 1:02:03`.
    #[must_use]
    pub fn shown(self) -> String {
        let shown = span::clock(self.seconds);
        if self.about { format!("≈ {shown}") } else { shown }
    }
}

/// What a run measured under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The name of the target or stopwatch.
    pub name: String,
    /// What was to be held; none for a stopwatch without a target.
    pub target: Option<Duration>,
    /// Where the time comes from.
    pub source: Source,
    /// The time, or why there is none.
    pub time: Result<Time, String>,
}

impl Measured {
    /// Returns whether the target was held; none without one.
    #[must_use]
    pub fn held(&self) -> Option<bool> {
        let target = self.target?;
        Some(self.time.as_ref().is_ok_and(|time| time.seconds <= target.as_secs()))
    }

    /// Returns it in words, for example `rto 48:12 of 1h, held`.
    #[must_use]
    pub fn words(&self) -> String {
        let target = self.target.map(clocks::words);
        match (&self.time, target, self.held()) {
            (Ok(time), Some(target), Some(true)) => {
                format!("{} {} of {target}, held", self.name, time.shown())
            }
            (Ok(time), Some(target), _) => format!("{} {} of {target}, MISSED", self.name, time.shown()),
            (Ok(time), None, _) => format!("{} {}", self.name, time.shown()),
            (Err(why), Some(target), _) => {
                format!("{} of {target}, NOT MEASURED: {why}", self.name)
            }
            (Err(why), None, _) => format!("{} not measured: {why}", self.name),
        }
    }
}

/// Returns what `run` measured: the targets of its runbook in their order, then stopwatches without a target.
#[must_use]
pub fn measured(run: &Run) -> Vec<Measured> {
    let targets = &run.runbook.front.targets;
    let mut found: Vec<Measured> =
        targets.iter().map(|(name, target)| against(run, name, Some(*target))).collect();
    let walked = run.walked().filter_map(|i| run.runbook.boxes.get(i)?.mark.as_ref());
    let others: BTreeSet<&String> = walked.filter(|mark| !targets.iter().any(|(t, _)| t == *mark)).collect();
    found.extend(others.into_iter().map(|mark| against(run, mark, None)));
    found
}

/// Returns what `run` measured under `name`, to be held against `target`.
#[must_use]
pub fn against(run: &Run, name: &str, target: Option<Duration>) -> Measured {
    let marked: Vec<usize> = run.walked().filter(|i| mark(run, *i) == Some(name)).collect();
    let (source, time) = if marked.is_empty() {
        let variable = name.to_uppercase().replace('-', "_");
        let time = value(run, &variable);
        (Source::Value(variable), time)
    } else {
        (Source::Stopwatch, stopwatch(run, &marked))
    };
    Measured { name: name.to_owned(), target, source, time }
}

fn mark(run: &Run, index: usize) -> Option<&str> {
    run.runbook.boxes.get(index)?.mark.as_deref()
}

fn stopwatch(run: &Run, marked: &[usize]) -> Result<Time, String> {
    let mut pressed: Vec<Stamp> = Vec::new();
    for index in marked {
        let Some(state) = run.boxes.get(*index) else { continue };
        match (&state.marked, moot(state)) {
            (Some((_, at)), _) => pressed.push(*at),
            (None, true) => {}
            (None, false) => {
                let id = run.box_id(*index);
                let what = if state.waived.is_some() { "was waived" } else { "is not signed" };
                return Err(format!("box {id} {what}"));
            }
        }
    }
    pressed.sort_by_key(|at| at.wall);
    match pressed.as_slice() {
        [first, .., last] => {
            let (time, agree) = span::elapsed(first, last);
            Ok(Time { seconds: whole(time), about: !agree })
        }
        _ => Err("a stopwatch takes two boxes".to_owned()),
    }
}

/// Returns whether the box was waived because it does not apply.
fn moot(state: &BoxState) -> bool {
    state.waived.as_ref().is_some_and(|(waived, _)| waived.condition.is_some())
}

fn value(run: &Run, variable: &str) -> Result<Time, String> {
    let text = run
        .values
        .get(variable)
        .ok_or_else(|| format!("no box has its mark, and {variable} has no value"))?;
    time(text)
        .map(|time| Time { seconds: whole(time), about: false })
        .ok_or_else(|| format!("{variable} is no time such as 95m, 1h30m or a number of seconds"))
}

/// Returns the time that `text` writes: `95m`, `1h30m`, or a number of seconds; none of it is a time, too.
fn time(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return text.bytes().all(|b| b.is_ascii_digit()).then(|| Duration::from_secs(seconds));
    }
    let nothing = matches!(text, "0s" | "0m" | "0h" | "0d");
    if nothing { Some(Duration::ZERO) } else { clocks::parse(text) }
}

fn whole(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_time_or_a_number_of_seconds() {
        for (text, seconds) in [
            ("95m", Some(5700)),
            ("1h30m", Some(5400)),
            ("79104", Some(79_104)),
            (" 12 ", Some(12)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("79104s", Some(79_104)),
            ("", None),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(time(text).map(|t| t.as_secs()), seconds, "{text:?}");
        }
    }

    #[test]
    fn part_of_a_second_counts_as_one() {
        assert_eq!(whole(Duration::from_secs(60)), 60);
        assert_eq!(whole(Duration::from_nanos(60_000_000_001)), 61);
    }
}
