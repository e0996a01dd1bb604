//! What Enter does: the one obvious next thing, for a box and for the whole run.

use chrono::{DateTime, Utc};

use crate::run::attempt::StepStatus;
use crate::run::condition::Holds;
use crate::run::decide::wait_until;
use crate::run::state::Run;
use crate::runbook::ids::{BoxId, StepId};

/// The obvious next thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Start this step.
    Start(StepId),
    /// This step failed: choose.
    Failed(StepId, u32),
    /// Nobody knows what this attempt did: give a verdict.
    Unknown(u32),
    /// This attempt runs: nothing to press.
    Running(u32),
    /// A condition needs a value for this variable.
    Decide(String),
    /// Choose which of several sections applies, by the index of the choice.
    Choose(usize),
    /// Start the wait of the box.
    StartWait(BoxId),
    /// The wait of the box ends then.
    Waiting(BoxId, DateTime<Utc>),
    /// Open the linked runbook.
    OpenLink(BoxId),
    /// The child run is open: go there.
    GoToChild(String),
    /// Sign the box; with the value it asks for, if it does.
    Sign(BoxId, Option<String>),
    /// Boxes inside come first.
    Children(Vec<BoxId>),
    /// Vote at the gate before this phase.
    Gate(usize),
    /// The box is settled.
    Settled(BoxId),
    /// Nothing is open: close the run.
    Close,
    /// The run is closed.
    Closed,
}

impl Run {
    /// Returns the obvious next thing for the box at `index` at the time `now`.
    #[must_use]
    pub fn offer(&self, index: usize, now: DateTime<Utc>) -> Offer {
        let closed = self.closed.is_some();
        if closed && self.due(index).is_none() {
            return Offer::Closed;
        }
        let (Some(item), Some(state)) = (self.runbook.boxes.get(index), self.boxes.get(index)) else {
            return Offer::Close;
        };
        if let Some(child) = self.open_child() {
            return Offer::GoToChild(child.opened.child.clone());
        }
        if state.settled() {
            return Offer::Settled(item.id.clone());
        }
        if let Some(gate) = self.shut_gate_before(item.phase).filter(|_| !closed) {
            return Offer::Gate(gate);
        }
        if let Some(Holds::Unknown(name)) = self.bar(index).map(|bar| bar.holds) {
            return Offer::Decide(name);
        }
        if let Some(choice) = self.waits_for_choice(index) {
            return Offer::Choose(choice);
        }
        if let Some(offer) = self.offer_step(index) {
            return offer;
        }
        if item.runbook.is_some() && !self.link_completed(&item.id) {
            return Offer::OpenLink(item.id.clone());
        }
        let open = self.open_children(index);
        if !open.is_empty() {
            return Offer::Children(open);
        }
        if let Some(wait) = item.wait.filter(|_| !state.wait_ended) {
            let Some(started) = state.wait_started else { return Offer::StartWait(item.id.clone()) };
            let until = wait_until(started, wait);
            if now < until {
                return Offer::Waiting(item.id.clone(), until);
            }
        }
        Offer::Sign(item.id.clone(), item.value.as_ref().map(|v| v.name.clone()))
    }

    fn offer_step(&self, index: usize) -> Option<Offer> {
        let steps = self.runbook.boxes.get(index)?.steps.iter();
        // A step that does not apply is waived by whatever happens next in its box.
        let mut open = steps
            .filter(|s| s.holds_box() && !self.step_status(s).settled() && self.does_not_apply(s).is_none());
        let step = self.undecided_step(index).or_else(|| open.next())?;
        if let Some(condition) = &step.condition
            && let Holds::Unknown(name) = self.holds(condition)
        {
            return Some(Offer::Decide(name));
        }
        let hosts = self.host_statuses(step);
        let newest = |wanted: StepStatus| {
            let host = hosts.iter().find(|(_, s)| *s == wanted)?;
            self.latest(&step.id, &host.0.name).map(|a| a.intent.number)
        };
        Some(match self.state_for_box(step)? {
            StepStatus::Unknown => Offer::Unknown(newest(StepStatus::Unknown)?),
            StepStatus::Failed => Offer::Failed(step.id.clone(), newest(StepStatus::Failed)?),
            StepStatus::Cancelled => Offer::Failed(step.id.clone(), newest(StepStatus::Cancelled)?),
            StepStatus::Running => Offer::Running(newest(StepStatus::Running)?),
            _ => Offer::Start(step.id.clone()),
        })
    }

    /// Returns whether the runbook that the box links has completed as a child run.
    #[must_use]
    pub fn link_completed(&self, id: &BoxId) -> bool {
        self.children.iter().any(|c| {
            c.opened.in_box.as_ref() == Some(id)
                && !c.opened.rollback
                && c.closed
                    .as_ref()
                    .is_some_and(|(e, _)| e.outcome == crate::run::fact::RunOutcome::Completed)
        })
    }

    /// Returns the box that needs attention and what to do there: unknown, failed and running steps first, then a
    /// gate whose turn it is, then the next open box, then closing the run.
    #[must_use]
    pub fn attention(&self, now: DateTime<Utc>) -> (Option<usize>, Offer) {
        if self.closed.is_some() {
            return (None, Offer::Closed);
        }
        if let Some(child) = self.open_child() {
            let index = child.opened.in_box.as_ref().and_then(|id| self.runbook.box_index(id));
            return (index, Offer::GoToChild(child.opened.child.clone()));
        }
        if self.rolled_back() {
            return (None, Offer::Close);
        }
        use crate::run::status::BoxStatus::{Failed, Running, Unknown};
        let begun: Vec<_> = self.walked().filter_map(|i| Some((i, self.begun_status(i)?))).collect();
        for wanted in [Unknown, Failed, Running] {
            let found = begun.iter().find(|(i, status)| {
                *status == wanted && (wanted != Running || matches!(self.offer(*i, now), Offer::Running(_)))
            });
            if let Some((index, _)) = found {
                return (Some(*index), self.offer(*index, now));
            }
        }
        if let Some(gate) = self.next_gate().filter(|g| self.gate_is_next(*g)) {
            let first = self.walked().find(|i| self.runbook.boxes.get(*i).is_some_and(|b| b.phase >= gate));
            return (first, Offer::Gate(gate));
        }
        match self.next_open() {
            Some(index) => (Some(index), self.offer(index, now)),
            None => (None, Offer::Close),
        }
    }
}
