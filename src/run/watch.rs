//! Watches: steps that run round after round (`every` with `for`, or `until`). Each round is an attempt with an intent
//! of its own; what it came to is a sample; a breach ends the watch as failed.
//!
//! A hold passes when it held for its whole time in one go. The time is measured by the recorded stamps, so that it
//! goes on after a resume. When nobody looked for longer than [`tolerance`], that time is neither a breach nor held:
//! the time counts anew from the next round. A limit of `until` counts from the first round, gaps and all.
//! Rounds wait while another step runs and while a child run is open.

use std::time::Duration;

use crate::clock::Stamp;
use crate::run::attempt::{Attempt, StepStatus};
use crate::run::event::{Event, StepIntended};
use crate::run::fact::{HostPin, Round, WatchBreached, WatchSampled};
use crate::run::refusal::Refusal;
use crate::run::state::Run;
use crate::runbook::model::{Repeat, Step};
use crate::text::clocks;

/// The rounds of a step on one host.
#[derive(Debug, Clone)]
pub struct Watch<'a> {
    /// How often the step runs.
    pub repeat: Repeat,
    /// Its rounds, in order; at least one.
    pub rounds: Vec<&'a Attempt>,
    /// When the time that counts began: with the first round, for a hold with the first after the last gap.
    pub since: Stamp,
    /// How often nobody looked for too long.
    pub gaps: u32,
}

/// Returns how long after a round nobody need have looked: its interval and once more, at least ten seconds more.
#[must_use]
pub fn tolerance(every: Duration) -> Duration {
    every + every.max(Duration::from_secs(10))
}

impl Watch<'_> {
    /// Returns the time from the start of one round to the start of the next.
    #[must_use]
    pub const fn every(&self) -> Duration {
        match self.repeat {
            Repeat::Hold { every, .. } | Repeat::Until { every, .. } => every,
        }
    }

    /// Returns how long it has to hold, or when it gives up.
    #[must_use]
    pub const fn lasting(&self) -> Option<Duration> {
        match self.repeat {
            Repeat::Hold { lasting, .. } => Some(lasting),
            Repeat::Until { limit, .. } => limit,
        }
    }

    /// Returns its newest round.
    #[must_use]
    pub fn last(&self) -> Option<&Attempt> {
        self.rounds.last().copied()
    }

    /// Returns how long it has lasted at the time `at`, of the time that counts.
    #[must_use]
    pub fn lasted(&self, at: Stamp) -> Duration {
        at.after(&self.since)
    }

    /// Returns how long after the start of the newest round the next one is due: after the interval, and in time for
    /// the end of a hold.
    #[must_use]
    pub fn due_after(&self) -> Duration {
        match (self.repeat, self.last()) {
            (Repeat::Hold { every, lasting }, Some(last)) => {
                every.min(lasting.saturating_sub(self.lasted(last.at)))
            }
            _ => self.every(),
        }
    }

    /// Returns the newest number that was read, with its round.
    #[must_use]
    pub fn value(&self) -> Option<(&str, u32)> {
        let mut samples = self.rounds.iter().rev().filter_map(|a| a.sample.as_ref());
        samples.find_map(|s| s.value.as_deref().map(|value| (value, s.round)))
    }
}

impl Run {
    /// Returns the newest watch of `step` on `host`; none if it never ran there or is no watch.
    #[must_use]
    pub fn watch(&self, step: &Step, host: &str) -> Option<Watch<'_>> {
        self.watch_of(step, self.latest(&step.id, host)?)
    }

    /// Returns the watch of `step` that `attempt` is a round of, up to that round.
    fn watch_of(&self, step: &Step, attempt: &Attempt) -> Option<Watch<'_>> {
        let repeat = step.repeat?;
        let round = attempt.intent.round?;
        let mine = |a: &&Attempt| a.intent.round.is_some_and(|r| r.first == round.first);
        let range = self.attempts.range(round.first..=attempt.intent.number);
        let rounds: Vec<&Attempt> = range.map(|(_, a)| a).filter(mine).collect();
        let mut since = rounds.first()?.at;
        let mut gaps = 0_u32;
        if let Repeat::Hold { every, .. } = repeat {
            for pair in rounds.windows(2) {
                let [before, next] = pair else { continue };
                let ended = before.finished.as_ref().map_or(before.at, |(_, at)| *at);
                // What was found out later does not tell how it was meanwhile.
                if before.unknown.is_some() || next.at.after(&ended) > tolerance(every) {
                    since = next.at;
                    gaps += 1;
                }
            }
        }
        Some(Watch { repeat, rounds, since, gaps })
    }

    /// Returns the state of `step` on the host of its newest attempt there.
    pub(super) fn state_there(&self, step: &Step, newest: &Attempt) -> StepStatus {
        match self.round_state(newest) {
            // A watch that broke on one host goes on nowhere.
            StepStatus::Running if newest.finished.is_some() && self.broken_elsewhere(step, newest) => {
                StepStatus::Pending
            }
            StepStatus::Passed | StepStatus::PassedByMarker if self.warned(step, newest) => {
                StepStatus::Warning
            }
            state => state,
        }
    }

    /// Returns the state that the newest round of a watch on a host gives it there; between rounds it runs.
    fn round_state(&self, newest: &Attempt) -> StepStatus {
        let state = newest.status();
        if newest.intent.round.is_none()
            || newest.resolved.is_some()
            || matches!(state, StepStatus::Running | StepStatus::Unknown | StepStatus::Cancelled)
        {
            return state;
        }
        match &newest.sample {
            _ if newest.breached.is_some() => StepStatus::Failed,
            Some(sample) if sample.over => state,
            _ if newest.cancel_asked => StepStatus::Cancelled,
            _ => StepStatus::Running,
        }
    }

    fn broken_elsewhere(&self, step: &Step, newest: &Attempt) -> bool {
        let others =
            self.targets(step).unwrap_or_default().into_iter().filter(|h| h.name != newest.intent.host);
        others.filter_map(|h| self.latest(&step.id, &h.name)).any(|a| {
            matches!(self.round_state(a), StepStatus::Unknown | StepStatus::Failed | StepStatus::Cancelled)
        })
    }

    fn warned(&self, step: &Step, newest: &Attempt) -> bool {
        newest.resolved.is_none()
            && self
                .watch_of(step, newest)
                .is_some_and(|w| w.rounds.iter().any(|a| a.status() == StepStatus::Warning))
    }

    /// Returns the facts that follow when the round, or the only attempt, `attempt` of `step` ended at `at`: whether it
    /// `passed`, the number that was `read`, and what it ended with in `words`.
    pub(super) fn sampled(
        &self,
        step: &Step,
        attempt: &Attempt,
        passed: bool,
        read: Option<String>,
        words: &str,
        at: Stamp,
    ) -> Vec<Event> {
        let number = attempt.intent.number;
        let Some(watch) = self.watch_of(step, attempt) else {
            let held = 0;
            let sample = WatchSampled { number, round: 1, passed, value: read, held, over: passed };
            return step.metric.iter().map(|_| Event::WatchSampled(sample.clone())).collect();
        };
        let round = attempt.intent.round.map_or(1, |r| r.round);
        // An end that was found out later says nothing of the time until then.
        let until = if attempt.unknown.is_some() { attempt.at } else { at };
        let lasted = watch.lasted(until);
        let (over, why) = match watch.repeat {
            Repeat::Hold { lasting, .. } => {
                let held = watch.lasted(attempt.at);
                let why = (!passed).then(|| match held.as_secs() {
                    0 => words.to_owned(),
                    _ => format!("{words}, after it had held for {}", clocks::words(held)),
                });
                (passed && lasted >= lasting, why)
            }
            Repeat::Until { limit, .. } => {
                let late = limit.filter(|limit| !passed && watch.lasted(at) >= *limit);
                (
                    passed,
                    late.map(|limit| format!("{words}, and it did not pass within {}", clocks::words(limit))),
                )
            }
        };
        let sample = WatchSampled { number, round, passed, value: read, held: lasted.as_secs(), over };
        let breach = why.map(|why| Event::WatchBreached(WatchBreached { number, round, why }));
        [Event::WatchSampled(sample)].into_iter().chain(breach).collect()
    }

    /// Returns whether a watch waits for its next round.
    #[must_use]
    pub fn watches(&self) -> bool {
        self.between_rounds().next().is_some()
    }

    /// Returns each step that waits for its next round, with the host and the newest round there.
    pub fn between_rounds(&self) -> impl Iterator<Item = (&Step, &HostPin, &Attempt)> + '_ {
        let open = |i: &usize| self.boxes.get(*i).is_some_and(|b| !b.settled());
        let items = self.walked().filter(open).filter_map(|i| self.runbook.boxes.get(i));
        let steps = items.flat_map(|b| b.commands()).filter(|s| s.repeat.is_some());
        steps.flat_map(move |step| {
            self.targets(step).unwrap_or_default().into_iter().filter_map(move |host| {
                let newest = self.latest(&step.id, &host.name).filter(|a| a.finished.is_some())?;
                (self.state_there(step, newest) == StepStatus::Running).then_some((step, host, newest))
            })
        })
    }

    /// Returns the fact that time brings to watches: a round that is due at `now`, on a host of a watch that has none
    /// yet too, or the end of one that cannot pass any more. None if nothing is due or nothing may start.
    #[must_use]
    pub fn due_round(&self, now: Stamp) -> Option<Event> {
        if self.closed.is_some() || self.open_child().is_some() {
            return None;
        }
        let busy = self.in_flight().next().is_some();
        for (step, host, newest) in self.between_rounds() {
            let Some(watch) = self.watch_of(step, newest) else { continue };
            let (number, round) = (newest.intent.number, newest.intent.round.map_or(1, |r| r.round));
            let breach = |why: String| Event::WatchBreached(WatchBreached { number, round, why });
            if let Repeat::Until { limit: Some(limit), .. } = watch.repeat
                && watch.lasted(now) >= limit
            {
                return Some(breach(format!("it did not pass within {}", clocks::words(limit))));
            }
            if busy {
                continue;
            }
            if now.after(&newest.at) >= watch.due_after() {
                match self.next_round(step, host, newest) {
                    Ok(intent) => return Some(Event::StepIntended(Box::new(intent))),
                    // Somebody has to say what became of something else first.
                    Err(Refusal::UnknownOpen { .. }) => continue,
                    Err(refusal) => return Some(breach(format!("the next round may not start: {refusal}"))),
                }
            }
            let pending = self.host_statuses(step).into_iter().find(|(_, s)| *s == StepStatus::Pending);
            let first = pending.and_then(|(host, _)| self.first_round(step, host, newest).ok());
            if let Some(intent) = first {
                return Some(Event::StepIntended(Box::new(intent)));
            }
        }
        None
    }

    fn next_round(&self, step: &Step, host: &HostPin, newest: &Attempt) -> Result<StepIntended, Refusal> {
        let intent = self.first_round(step, host, newest)?;
        let round = newest.intent.round.map(|r| Round { first: r.first, round: r.round.saturating_add(1) });
        Ok(StepIntended { round, ..intent })
    }

    /// Returns the intent of the first round of `step` on `host`, by whoever drives the run and confirmed as `newest`.
    fn first_round(&self, step: &Step, host: &HostPin, newest: &Attempt) -> Result<StepIntended, Refusal> {
        let confirmed = newest.intent.confirmed.as_deref();
        let (item, step) =
            self.runbook.find_step(&step.id).ok_or_else(|| Refusal::NoStep(step.id.clone()))?;
        self.still_allowed(step, host, confirmed)?;
        Ok(self.intend(&self.captain, item, step, host, confirmed))
    }
}

/// Returns the number that `text` holds for `step`, none if its metric finds none. It is kept as it was printed.
#[must_use]
pub fn read_number(step: &Step, text: &str) -> Option<String> {
    let pattern = &step.metric.as_ref()?.pattern;
    let found = pattern.regex.captures(text).and_then(|c| c.get(1).or_else(|| c.get(0)))?;
    let number = found.as_str().trim();
    number.parse::<f64>().ok().filter(|n| n.is_finite()).map(|_| number.to_owned())
}

/// Returns why the number `read` does not let `step` pass, if it does not.
#[must_use]
pub fn unmet_number(step: &Step, read: Option<&str>) -> Option<String> {
    let metric = step.metric.as_ref()?;
    let Some(number) = read.and_then(|text| text.parse::<f64>().ok()) else {
        return Some(format!("its output has no number for {}", metric.pattern.regex.as_str()));
    };
    let wanted = metric.threshold?;
    (!wanted.holds(number)).then(|| format!("{number} is not {wanted}"))
}
