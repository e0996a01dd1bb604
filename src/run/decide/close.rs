//! Child runs and the end of a run.

use crate::run::decide::{Decision, text};
use crate::run::event::Event;
use crate::run::fact::{RunClosed, RunOutcome, Who};
use crate::run::refusal::Refusal;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;

impl Run {
    /// Checks that a child run may be opened and returns the earlier open boxes, which must be `accepted` if there are
    /// any. The facts are made when the linked runbook has been read. A rollback waits for nothing that is open.
    pub(crate) fn child_order(&self, in_box: Option<&BoxId>, accepted: bool) -> Result<Vec<BoxId>, Refusal> {
        if let Some(attempt) = self.in_flight().chain(self.unknown()).next() {
            return Err(Refusal::StepInFlight(attempt.intent.step.clone()));
        }
        match in_box {
            None => self.runbook.front.rollback.as_ref().map(|_| Vec::new()).ok_or(Refusal::NoLink),
            Some(id) => {
                let (index, item, _) = self.open_box(id)?;
                self.check_gate(item.phase)?;
                self.check_applies(index)?;
                if item.runbook.is_none() {
                    return Err(Refusal::NoLink);
                }
                self.not_in_the_way(&item.steps).map_err(Refusal::StepOpen)?;
                self.accepted_order(index, accepted)
            }
        }
    }

    pub(super) fn decide_close(&self, who: &Who, outcome: RunOutcome, reason: Option<&str>) -> Decision {
        if let Some(attempt) = self.in_flight().next() {
            return Err(Refusal::StepInFlight(attempt.intent.step.clone()));
        }
        if let Some(shell) = self.open_shell() {
            return Err(Refusal::ShellOpen(shell.opened.host.clone()));
        }
        let said = reason.map(str::trim).filter(|r| !r.is_empty()).map(str::to_owned);
        let mut unknown = self.unknown().map(|a| Refusal::StepInFlight(a.intent.step.clone()));
        let reason = match outcome {
            RunOutcome::Completed => {
                if let Some(refusal) = unknown.next() {
                    return Err(refusal);
                }
                if self.rolled_back() {
                    return Err(Refusal::RolledBack);
                }
                let open: Vec<BoxId> =
                    self.walked().filter(|i| self.holds_up(*i)).map(|i| self.box_id(i)).collect();
                if !open.is_empty() {
                    return Err(Refusal::NotComplete(open));
                }
                said
            }
            RunOutcome::RolledBack => {
                if let Some(refusal) = unknown.next() {
                    return Err(refusal);
                }
                if !self.rolled_back() {
                    return Err(Refusal::NotRolledBack);
                }
                said
            }
            // A host that never answers again must not keep a run open; its step stays unknown on the record.
            RunOutcome::Aborted => {
                self.check_return()?;
                Some(text(reason.unwrap_or(""), "a reason")?)
            }
            RunOutcome::Abandoned => Some(text(reason.unwrap_or(""), "a reason")?),
        };
        Ok(vec![Event::RunClosed(RunClosed {
            who: who.clone(),
            outcome,
            reason,
            counts: self.counts(),
            seen: self.seen_by(who),
        })])
    }

    /// Returns whether a rollback has completed.
    #[must_use]
    pub fn rolled_back(&self) -> bool {
        self.children.iter().any(|c| {
            c.opened.rollback && c.closed.as_ref().is_some_and(|(e, _)| e.outcome == RunOutcome::Completed)
        })
    }
}
