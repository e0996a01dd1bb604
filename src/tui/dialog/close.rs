//! Closing the run before its end.

use crate::run::command::Action;
use crate::run::fact::RunOutcome;
use crate::run::state::Run;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx, Dialog, close_reason};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Close {
    choices: Choices,
}

impl Close {
    /// Returns the question; outcomes that cannot be are not offered.
    #[must_use]
    pub fn new(run: &Run) -> Self {
        let mut items = vec![Choice::new('s', "stay open", "nothing is closed")];
        if run.rolled_back() {
            items.push(Choice::new('r', "rolled back", "the rollback has completed"));
        }
        if !run.walked().any(|i| run.holds_up(i)) {
            let open = |i: &usize| run.boxes.get(*i).is_some_and(|b| !b.settled());
            let owed: Vec<_> = run.walked().filter(open).map(|i| run.box_id(i)).collect();
            let said = if owed.is_empty() {
                "every box is settled".to_owned()
            } else {
                format!("nothing holds the run open; owed: {}", about::box_names(run, &owed))
            };
            items.push(Choice::new('c', "completed", said));
        }
        // Past what cannot be taken back, only forward or the rollback is offered.
        if run.past_return().is_none() {
            items.push(Choice::new('a', "aborted", "somebody stops it on purpose; a reason is wanted"));
        }
        items.push(Choice::new('b', "abandoned", "nobody will finish it; a reason is wanted"));
        Self { choices: Choices::new(items) }
    }
}

impl Ask for Close {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        ("Close the run?".to_owned(), "q leaves it open instead".to_owned())
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Question, "close the run?".to_owned(), "it is still open".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let mut rows = vec![cx.labelled("boxes", &cx.run.counts().words())];
        for undo in cx.run.open_undos() {
            let step = undo.step.title.clone();
            let said = format!(
                "{step}: {} is not signed; the record will say so",
                about::box_name(cx.run, undo.undo)
            );
            rows.push(cx.labelled("not undone", &said));
        }
        rows
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        match self.choices.letter() {
            Some('r') => Words::does("close the run: rolled back", ""),
            Some('c') => Words::does("close the run: completed", ""),
            Some('a') => Words::does("close it as aborted", "(asks for a reason)"),
            Some('b') => Words::does("close it as abandoned", "(asks for a reason)"),
            _ => Words::does("stay", "(selected; the run stays open)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        let outcome = match self.choices.letter() {
            Some('r') => RunOutcome::RolledBack,
            Some('c') => RunOutcome::Completed,
            Some('a') => RunOutcome::Aborted,
            Some('b') => RunOutcome::Abandoned,
            _ => return Answer::Back,
        };
        if matches!(outcome, RunOutcome::RolledBack | RunOutcome::Completed) {
            return cx.own(Action::Close { outcome, reason: None });
        }
        Answer::Ask(Box::new(Dialog::CloseReason(close_reason::CloseReason::new(outcome))))
    }

    fn out(&self) -> &'static str {
        "stay"
    }
}
