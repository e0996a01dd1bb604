//! Order inside a run: which earlier boxes stand open in the way of a later one.

use crate::run::state::Run;
use crate::runbook::ids::BoxId;

impl Run {
    /// Returns the boxes before the one at `index` that are open and that nobody has accepted as open: not by this
    /// box's own facts, and not by opening a gate between over them. Boxes around and inside it do not count. A box
    /// that was signed or waived and is opened anew has to be accepted anew.
    #[must_use]
    pub fn earlier_open(&self, index: usize) -> Vec<BoxId> {
        let around = self.ancestors(index);
        let mine = self.boxes.get(index);
        self.walked()
            .take_while(|i| *i < index)
            .filter(|i| self.holds_up(*i) && !around.contains(i))
            .map(|i| self.box_id(i))
            .filter(|id| !mine.is_some_and(|b| b.accepted.contains(id)) && !self.opened_over(index, id))
            .collect()
    }

    /// Returns the boxes that the one at `index` is nested in, the nearest first.
    #[must_use]
    pub fn ancestors(&self, index: usize) -> Vec<usize> {
        let parent = |i: usize| self.runbook.boxes.get(i).and_then(|b| b.parent);
        std::iter::successors(parent(index), |i| parent(*i)).collect()
    }

    /// Returns the open boxes nested directly in the one at `index` that it waits for: all but those with a `due` of
    /// their own.
    #[must_use]
    pub fn open_children(&self, index: usize) -> Vec<BoxId> {
        let open = |i: &usize| self.boxes.get(*i).is_some_and(|b| !b.settled());
        let own_due = |i: &usize| self.runbook.boxes.get(*i).is_some_and(|b| b.due.is_some());
        let waited_for = self.runbook.children(index).filter(|i| open(i) && !own_due(i));
        waited_for.map(|i| self.box_id(i)).collect()
    }

    /// Returns whether a gate before the box at `index` was opened over the box `id`.
    fn opened_over(&self, index: usize, id: &BoxId) -> bool {
        let phase = self.runbook.boxes.get(index).map_or(0, |b| b.phase);
        self.gates.range(..=phase).any(|(_, gate)| gate.accepted.contains(id))
    }
}
