//! The states of steps and boxes, read off the facts.

use std::time::Duration;

use crate::run::attempt::{Attempt, StepStatus};
use crate::run::fact::{Counts, HostPin};
use crate::run::state::Run;
use crate::runbook::model::Step;

/// The state of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BoxStatus {
    /// Its turn has not come.
    Pending,
    /// It can be worked on now.
    Ready,
    /// One of its steps, its wait or its child run is under way.
    Running,
    /// One of its steps failed or was cancelled.
    Failed,
    /// Nobody knows what one of its steps did.
    Unknown,
    /// One of two people has signed.
    HalfSigned,
    /// Signed.
    Signed,
    /// Waived.
    Waived,
}

impl BoxStatus {
    /// Returns the word that people read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::HalfSigned => "half-signed",
            Self::Signed => "signed",
            Self::Waived => "waived",
        }
    }
}

impl Run {
    /// Returns the state of `step` on `host`. A waiver hides no attempt: only hosts without one are waived.
    #[must_use]
    pub fn host_status(&self, step: &Step, host: &str) -> StepStatus {
        match self.latest(&step.id, host) {
            Some(attempt) => self.state_there(step, attempt),
            None if self.waived_steps.contains_key(&step.id) => StepStatus::Waived,
            None => StepStatus::Pending,
        }
    }

    /// Returns the state of `step` on `host` by its attempts alone.
    #[must_use]
    pub fn attempt_status(&self, step: &Step, host: &str) -> StepStatus {
        self.latest(&step.id, host).map_or(StepStatus::Pending, |a| self.state_there(step, a))
    }

    /// Returns each host of `step` with the state it has there; empty when no host stands for it.
    #[must_use]
    pub fn host_statuses(&self, step: &Step) -> Vec<(&HostPin, StepStatus)> {
        let hosts = self.targets(step).unwrap_or_default();
        hosts
            .into_iter()
            .map(|h| {
                let status = self.host_status(step, &h.name);
                (h, status)
            })
            .collect()
    }

    /// Returns the step's own state: waived if it is, else the worst of its hosts'.
    #[must_use]
    pub fn step_status(&self, step: &Step) -> StepStatus {
        if self.waived_steps.contains_key(&step.id) {
            return StepStatus::Waived;
        }
        self.host_statuses(step).into_iter().map(|(_, s)| s).min().unwrap_or(StepStatus::Pending)
    }

    /// Returns the step's own state in words; where a person's word stands for a marker, it says so.
    #[must_use]
    pub fn step_words(&self, step: &Step) -> &'static str {
        let status = self.step_status(step);
        let verdict = |host: &HostPin| {
            self.latest(&step.id, &host.name).filter(|a| a.status() == status && a.resolved.is_some())
        };
        let hosts = self.targets(step).unwrap_or_default();
        hosts.into_iter().find_map(verdict).map_or(status.word(), Attempt::status_words)
    }

    /// Returns the first step of the box at `index` that it waits for and that is not settled.
    #[must_use]
    pub fn next_step(&self, index: usize) -> Option<&Step> {
        let mut steps = self.runbook.boxes.get(index)?.steps.iter().filter(|s| s.holds_box());
        steps.find(|s| !self.step_status(s).settled())
    }

    /// Returns a command of the box at `index` that runs or is unknown, whether the box waits for it or not.
    #[must_use]
    pub fn undecided_step(&self, index: usize) -> Option<&Step> {
        self.runbook.boxes.get(index)?.commands().find(|s| self.undecided(s).is_some())
    }

    /// Returns whether `step` is unknown or runs on one of its hosts, whatever became of it on the others.
    fn undecided(&self, step: &Step) -> Option<StepStatus> {
        let statuses = self.host_statuses(step).into_iter().map(|(_, status)| status);
        statuses.filter(|s| matches!(s, StepStatus::Unknown | StepStatus::Running)).min()
    }

    /// Returns the state of `step` as far as its box is concerned. What is only offered holds nothing up, but what it
    /// does is not hidden either.
    pub(super) fn state_for_box(&self, step: &Step) -> Option<StepStatus> {
        if step.holds_box() { Some(self.step_status(step)) } else { self.undecided(step) }
    }

    /// Returns the state of the box at `index`.
    #[must_use]
    pub fn box_status(&self, index: usize) -> BoxStatus {
        if let Some(status) = self.begun_status(index) {
            return status;
        }
        let Some(item) = self.runbook.boxes.get(index) else { return BoxStatus::Pending };
        if self.shut_gate_before(item.phase).is_some() {
            return BoxStatus::Pending;
        }
        // A box with `due` is nobody's turn: it can be settled from when all before it is.
        let turn = if self.due(index).is_some() {
            self.earlier_open(index).is_empty() && self.open_children(index).is_empty()
        } else {
            self.next_open() == Some(index)
        };
        if turn { BoxStatus::Ready } else { BoxStatus::Pending }
    }

    /// Returns the state of the box at `index` if it is settled or something of it has begun; whose turn it is is not
    /// looked at.
    #[must_use]
    pub fn begun_status(&self, index: usize) -> Option<BoxStatus> {
        let (item, state) = (self.runbook.boxes.get(index)?, self.boxes.get(index)?);
        if state.signed.is_some() {
            return Some(BoxStatus::Signed);
        }
        if state.waived.is_some() {
            return Some(BoxStatus::Waived);
        }
        let worst = item.commands().filter_map(|s| self.state_for_box(s)).min();
        match worst {
            Some(StepStatus::Unknown) => return Some(BoxStatus::Unknown),
            Some(StepStatus::Failed | StepStatus::Cancelled) => return Some(BoxStatus::Failed),
            Some(StepStatus::Running) => return Some(BoxStatus::Running),
            _ => {}
        }
        if state.half().is_some() {
            return Some(BoxStatus::HalfSigned);
        }
        let child_open = self
            .open_child()
            .is_some_and(|c| c.opened.in_box.as_ref() == Some(&item.id) && !c.opened.rollback);
        let waits = state.wait_started.is_some() && !state.wait_ended && item.wait.is_some();
        (child_open || waits).then_some(BoxStatus::Running)
    }

    /// Returns the first walked box that is not settled and whose turn it is: the box's own steps come first, then
    /// the boxes nested in it, then its signature. Boxes with `due` hold nobody up.
    #[must_use]
    pub fn next_open(&self) -> Option<usize> {
        self.walked()
            .filter(|i| self.holds_up(*i))
            .find(|i| self.next_step(*i).is_some() || self.open_children(*i).is_empty())
    }

    /// Returns whether the box at `index` is open and a run cannot complete without it.
    #[must_use]
    pub fn holds_up(&self, index: usize) -> bool {
        self.boxes.get(index).is_some_and(|b| !b.settled()) && self.due(index).is_none()
    }

    /// Returns how long after the run closes the box at `index` may still be settled: its own `due`, else that of the
    /// nearest box around it.
    #[must_use]
    pub fn due(&self, index: usize) -> Option<Duration> {
        let own = |i: usize| self.runbook.boxes.get(i).and_then(|b| b.due);
        own(index).or_else(|| self.ancestors(index).into_iter().find_map(own))
    }

    /// Returns how many walked boxes are signed, waived and open.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { signed: 0, waived: 0, open: 0 };
        for index in self.walked() {
            match self.boxes.get(index) {
                Some(b) if b.signed.is_some() => counts.signed += 1,
                Some(b) if b.waived.is_some() => counts.waived += 1,
                _ => counts.open += 1,
            }
        }
        counts
    }
}
