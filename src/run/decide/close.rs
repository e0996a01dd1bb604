//! Child runs and the end of a run.

use crate::run::decide::{Decision, text};
use crate::run::event::Event;
use crate::run::fact::{RunClosed, RunOutcome, Who};
use crate::run::refusal::Refusal;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;

impl Run {
    /// Checks that a child run may be opened. The facts are made when its runbook has been read.
    pub(super) fn decide_open_child(&self, in_box: Option<&BoxId>) -> Decision {
        if let Some(attempt) = self.in_flight().chain(self.unknown()).next() {
            return Err(Refusal::StepInFlight(attempt.intent.step.clone()));
        }
        match in_box {
            None => self.runbook.front.rollback.as_ref().map(|_| Vec::new()).ok_or(Refusal::NoLink),
            Some(id) => {
                let (index, item, _) = self.open_box(id)?;
                self.check_gate(item.phase)?;
                if item.runbook.is_none() {
                    return Err(Refusal::NoLink);
                }
                match self.next_step(index) {
                    Some(step) => Err(Refusal::StepOpen(step.id.clone())),
                    None => Ok(Vec::new()),
                }
            }
        }
    }

    pub(super) fn decide_close(&self, who: &Who, outcome: RunOutcome, reason: Option<&str>) -> Decision {
        if let Some(attempt) = self.in_flight().next() {
            return Err(Refusal::StepInFlight(attempt.intent.step.clone()));
        }
        let reason = match outcome {
            RunOutcome::Completed => {
                let open: Vec<BoxId> =
                    self.walked().filter(|i| self.holds_up(*i)).map(|i| self.box_id(i)).collect();
                if !open.is_empty() {
                    return Err(Refusal::NotComplete(open));
                }
                None
            }
            RunOutcome::RolledBack => None,
            RunOutcome::Aborted | RunOutcome::Abandoned => Some(text(reason.unwrap_or(""), "a reason")?),
        };
        if outcome == RunOutcome::RolledBack && !self.rolled_back() {
            return Err(Refusal::NoLink);
        }
        Ok(vec![Event::RunClosed(RunClosed { who: who.clone(), outcome, reason, counts: self.counts() })])
    }

    /// Returns whether a rollback has completed.
    #[must_use]
    pub fn rolled_back(&self) -> bool {
        self.children.iter().any(|c| {
            c.opened.rollback && c.closed.as_ref().is_some_and(|(e, _)| e.outcome == RunOutcome::Completed)
        })
    }
}
