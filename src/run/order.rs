//! Order inside a run: which earlier boxes stand open in the way of a later one.

use crate::run::state::Run;
use crate::runbook::ids::BoxId;

impl Run {
    /// Returns the boxes before the one at `index` that are open and that nobody has accepted as open: not by this
    /// box's own facts, and not by opening a gate over them. Boxes around and inside it do not count.
    #[must_use]
    pub fn earlier_open(&self, index: usize) -> Vec<BoxId> {
        if self.boxes.get(index).is_some_and(|b| b.order_accepted) {
            return Vec::new();
        }
        let around = self.ancestors(index);
        self.walked()
            .take_while(|i| *i < index)
            .filter(|i| self.holds_up(*i) && !around.contains(i))
            .map(|i| self.box_id(i))
            .filter(|id| !self.opened_over(id))
            .collect()
    }

    /// Returns the boxes that the one at `index` is nested in, the nearest first.
    #[must_use]
    pub fn ancestors(&self, index: usize) -> Vec<usize> {
        let parent = |i: usize| self.runbook.boxes.get(i).and_then(|b| b.parent);
        std::iter::successors(parent(index), |i| parent(*i)).collect()
    }

    /// Returns the open boxes nested directly in the one at `index`.
    #[must_use]
    pub fn open_children(&self, index: usize) -> Vec<BoxId> {
        self.runbook.children(index).filter(|i| self.holds_up(*i)).map(|i| self.box_id(i)).collect()
    }

    fn opened_over(&self, id: &BoxId) -> bool {
        self.gates.values().any(|g| g.opened.as_ref().is_some_and(|(e, _)| e.open.contains(id)))
    }
}
