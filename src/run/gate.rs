//! Gates: where one is shut, and what keeps it shut.

use crate::run::fact::Vote;
use crate::run::state::{Gate, Run};
use crate::runbook::ids::BoxId;

impl Run {
    /// Returns the first shut gate at or before the phase at `index`, by the index of the phase it stands before.
    #[must_use]
    pub fn shut_gate_before(&self, index: usize) -> Option<usize> {
        self.gates.iter().find(|(before, gate)| **before <= index && gate.opened.is_none()).map(|(i, _)| *i)
    }

    /// Returns the first gate that is shut.
    #[must_use]
    pub fn next_gate(&self) -> Option<usize> {
        self.gates.iter().find(|(_, gate)| gate.opened.is_none()).map(|(i, _)| *i)
    }

    /// Returns the open boxes of the phases before the gate at `index`.
    #[must_use]
    pub fn open_before_gate(&self, index: usize) -> Vec<BoxId> {
        self.walked()
            .filter(|i| self.runbook.boxes.get(*i).is_some_and(|b| b.phase < index) && self.holds_up(*i))
            .map(|i| self.box_id(i))
            .collect()
    }

    /// Returns whether it is the turn of the gate at `index`: every earlier gate is open and no box before it is.
    #[must_use]
    pub fn gate_is_next(&self, index: usize) -> bool {
        self.next_gate() == Some(index) && self.open_before_gate(index).is_empty()
    }

    /// Returns the title of the phase at `index`, or an empty one.
    #[must_use]
    pub fn phase_title(&self, index: usize) -> &str {
        self.runbook.phases.get(index).map_or("", |p| p.title.as_str())
    }
}

impl Gate {
    /// Returns the newest vote.
    #[must_use]
    pub fn last_vote(&self) -> Option<Vote> {
        self.votes.last().map(|(v, _)| v.vote)
    }
}
