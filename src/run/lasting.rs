//! What lasts: what cannot be taken back, and what could be and was not yet.

use crate::clock::Stamp;
use crate::run::refusal::Refusal;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runbook::model::Step;

/// A step that did something which its runbook can take back, and did not yet.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenUndo<'a> {
    /// The step that did it.
    pub step: &'a Step,
    /// The box that takes it back.
    pub undo: &'a BoxId,
    /// When the step was last started.
    pub since: Stamp,
}

impl Run {
    /// Returns when `step` was last started on any host; an attempt that never started does not count.
    fn began(&self, step: &Step) -> Option<Stamp> {
        let begun = self.attempts.values().filter(|a| a.intent.step == step.id && !a.never_started());
        begun.map(|a| a.at).next_back()
    }

    /// Returns what was done first that cannot be taken back: a started step or a signed box with `irreversible`.
    /// Past it the run goes forward or is rolled back.
    #[must_use]
    pub fn past_return(&self) -> Option<&str> {
        self.runbook.boxes.iter().zip(&self.boxes).find_map(|(item, state)| {
            let step =
                item.steps.iter().chain(&item.inline).find(|s| s.irreversible && self.began(s).is_some());
            let signed = item.irreversible && state.signed.is_some();
            step.map(|s| s.title.as_str()).or_else(|| signed.then_some(item.text.as_str()))
        })
    }

    /// Returns what was done and has an undo that was not run: its box was not signed since the step was started.
    ///
    /// A child run that completed as the rollback has taken everything back that it knows of, so nothing is open then.
    #[must_use]
    pub fn open_undos(&self) -> Vec<OpenUndo<'_>> {
        if self.rolled_back() {
            return Vec::new();
        }
        let steps = self.runbook.boxes.iter().flat_map(|b| b.steps.iter().chain(&b.inline));
        steps
            .filter_map(|step| {
                let undo = step.undo.as_ref()?;
                let since = self.began(step)?;
                let state = self.runbook.box_index(undo).and_then(|i| self.boxes.get(i));
                let signed = state.and_then(|b| b.signed.as_ref()).map(|(_, at)| *at);
                let undone = signed.is_some_and(|at| at.wall >= since.wall);
                (!undone).then_some(OpenUndo { step, undo, since })
            })
            .collect()
    }

    /// Checks that nothing stands in the way of stopping here as if nothing had happened.
    pub(crate) fn check_return(&self) -> Result<(), Refusal> {
        self.past_return().map_or(Ok(()), |what| Err(Refusal::PastReturn(what.to_owned())))
    }
}
