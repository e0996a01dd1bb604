//! A step that was started and goes on by itself: from host to host, so many at a time, and again where it failed.
//!
//! After a failure no further host begins; what runs already goes on to its end. A retry takes the hosts where the
//! step failed before any other.

use crate::run::attempt::{Attempt, StepStatus};
use crate::run::event::{Event, StepIntended};
use crate::run::fact::{HostPin, Round, Who};
use crate::run::state::Run;
use crate::runbook::ids::StepId;
use crate::runbook::model::{BoxItem, Step};

/// A step that was started and goes on from host to host.
#[derive(Debug, Clone)]
pub struct Series {
    /// Who started it.
    pub who: Who,
    /// The step.
    pub step: StepId,
    /// How it was confirmed.
    pub confirmed: Option<String>,
    /// Whether it was started to be tried again where it failed.
    pub retry: bool,
    /// The number of its first attempt.
    pub first: u32,
    /// Attempts before this number do not count: set when a check that is settled everywhere is repeated.
    pub since: u32,
}

impl Run {
    /// Returns on how many hosts at a time `step` runs: as the runbook says, a check on all of them, else on one. The
    /// rounds of a watch go from host to host.
    #[must_use]
    pub fn width(&self, step: &Step) -> usize {
        let hosts = self.targets(step).map_or(1, |hosts| hosts.len());
        match step.batch {
            _ if step.repeat.is_some() || step.terminal.is_some() => 1,
            Some(batch) => batch.of(hosts),
            None if step.check => hosts.max(1),
            None => 1,
        }
    }

    /// Returns the intents with which `series` goes on now: to try again where the step failed, because the runbook
    /// says `retries`, else to start it on further hosts. None when every host has passed, when one has not, or when
    /// something that the start was checked for is no longer so.
    #[must_use]
    pub fn goes_on(&self, series: &Series) -> Vec<Event> {
        let intents = match self.again(series) {
            Some(again) => vec![again],
            None => self.further(series),
        };
        intents.into_iter().map(|intent| Event::StepIntended(Box::new(intent))).collect()
    }

    /// Returns the intents for the next hosts, as many as may run beside those that run already.
    fn further(&self, series: &Series) -> Vec<StepIntended> {
        let Some((item, step)) = self.may_go_on(&series.step) else { return Vec::new() };
        let confirmed = series.confirmed.as_deref();
        let flying: Vec<&Attempt> = self.in_flight().collect();
        let room = self.width(step).saturating_sub(flying.len());
        let mut intents: Vec<StepIntended> = Vec::new();
        for host in self.next_hosts(series, step) {
            if intents.len() >= room || self.still_allowed(step, host, confirmed).is_err() {
                break;
            }
            let number = intents.last().map_or_else(|| self.next_number(), |i| i.number.saturating_add(1));
            let intent = self.intend(&series.who, item, step, host, confirmed);
            // Two names of one account on one machine share its directory, and what is carried on in it.
            let mut taken = flying.iter().map(|a| &a.intent.dir).chain(intents.iter().map(|i| &i.dir));
            if taken.any(|dir| *dir == intent.dir) {
                continue;
            }
            let round = intent.round.map(|r| Round { first: number, ..r });
            intents.push(StepIntended { number, round, ..intent });
        }
        intents
    }

    /// Returns the hosts on which `step` is to begin next, in order; none after a failure.
    fn next_hosts(&self, series: &Series, step: &Step) -> Vec<&HostPin> {
        let mut hosts = self.host_statuses(step);
        let before = |host: &HostPin, number: u32| {
            self.latest(&step.id, &host.name).is_some_and(|a| a.intent.number < number)
        };
        for (host, status) in &mut hosts {
            if step.check && before(host, series.since) {
                *status = StepStatus::Pending;
            }
        }
        let failed = |s: StepStatus| matches!(s, StepStatus::Failed | StepStatus::Cancelled);
        let owed = |host: &HostPin, s: StepStatus| series.retry && failed(s) && before(host, series.first);
        // What runs may also be a watch that waits for its next round.
        let goes = |s: StepStatus| s.settled() || matches!(s, StepStatus::Pending | StepStatus::Running);
        if hosts.iter().any(|(host, s)| !goes(*s) && !owed(host, *s)) {
            return Vec::new();
        }
        let again: Vec<&HostPin> = hosts.iter().filter(|(h, s)| owed(h, *s)).map(|(h, _)| *h).collect();
        let retried = |a: &Attempt| series.retry && !step.check && a.intent.attempt > 1;
        if !again.is_empty() || self.in_flight().any(retried) {
            return again;
        }
        hosts.into_iter().filter(|(_, s)| *s == StepStatus::Pending).map(|(h, _)| h).collect()
    }

    /// Returns the intent to try the step again by itself: on the first host where it failed since the series began, as
    /// long as that was tried less often than written. An attempt that never started, was cancelled, was unknown or has a
    /// verdict is not tried again; one that ran out of its time is.
    fn again(&self, series: &Series) -> Option<StepIntended> {
        let (item, step) = self.may_go_on(&series.step)?;
        if step.repeat.is_some() || self.in_flight().next().is_some() {
            return None;
        }
        let failed = |a: &&Attempt| a.intent.number >= series.first && a.may_be_retried();
        let (host, failed) = self.targets(step).ok()?.into_iter().find_map(|host| {
            let number = self.latest(&step.id, &host.name).filter(failed)?.intent.number;
            Some((host, number))
        })?;
        let here = |a: &&Attempt| a.intent.step == step.id && a.intent.host == host.name;
        let since = self.attempts.range(series.first..).map(|(_, a)| a);
        let again = since.filter(here).filter(|a| a.intent.retry_of.is_some()).count();
        if again >= usize::try_from(step.retries).unwrap_or(usize::MAX) {
            return None;
        }
        let confirmed = series.confirmed.as_deref();
        self.still_allowed(step, host, confirmed).ok()?;
        let intent = self.intend(&series.who, item, step, host, confirmed);
        Some(StepIntended { retry_of: Some(failed), ..intent })
    }

    /// Returns `step` and its box if it may start by itself now: the box is open, and nothing else runs.
    fn may_go_on(&self, step: &StepId) -> Option<(&BoxItem, &Step)> {
        let (item, step) = self.runbook.find_step(step)?;
        self.open_box(&item.id).ok()?;
        let other = self.in_flight().any(|a| a.intent.step != step.id);
        (!other && self.closed.is_none() && self.open_child().is_none()).then_some((item, step))
    }
}
