//! Limits of time: which attempts have run longer than the runbook allows. Pure: the time is told.

use crate::clock::Stamp;
use crate::run::attempt::{Attempt, StepStatus};
use crate::run::fact::Probe;
use crate::run::state::Run;

impl Run {
    /// Returns whether time alone may bring something about: then the driver is to be told the time.
    #[must_use]
    pub fn keeps_time(&self) -> bool {
        let limited = |a: &Attempt| {
            matches!(a.status(), StepStatus::Running | StepStatus::Unknown)
                && self.runbook.find_step(&a.intent.step).is_some_and(|(_, s)| s.timeout.is_some())
        };
        self.closed.is_none() && (self.attempts.values().any(limited) || self.watches())
    }

    /// Returns the attempts that run longer than their step's `timeout` at the time `now`, with the limit in seconds.
    ///
    /// The time counts from when the host announced the process; reaching the host has limits of its own. One that is
    /// unknown counts too as long as its host says that it runs. Who was asked to stop already is not asked again.
    #[must_use]
    pub fn past_limit(&self, now: Stamp) -> Vec<(u32, u64)> {
        let late = |attempt: &Attempt| {
            let (_, step) = self.runbook.find_step(&attempt.intent.step)?;
            let limit = step.timeout?;
            let since = match (attempt.status(), &attempt.probed) {
                (StepStatus::Running, _) => attempt.started_at?,
                (StepStatus::Unknown, Some((Probe::Running(..), ..))) => {
                    attempt.started_at.unwrap_or(attempt.at)
                }
                _ => return None,
            };
            let over = now.after(&since) >= limit && !attempt.cancel_asked;
            over.then_some((attempt.intent.number, limit.as_secs()))
        };
        self.attempts.values().filter_map(late).collect()
    }
}
