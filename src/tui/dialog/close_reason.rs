//! Why a run is closed as aborted or abandoned.

use crate::run::command::Action;
use crate::run::fact::RunOutcome;
use crate::tui::dialog::{Answer, Ask, Cx, Tone};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct CloseReason {
    outcome: RunOutcome,
    form: Form,
}

impl CloseReason {
    /// Returns the question.
    #[must_use]
    pub fn new(outcome: RunOutcome) -> Self {
        Self { outcome, form: Form::new(vec![Slot::new("reason", "wanted")]) }
    }
}

impl Ask for CloseReason {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        (format!("Close the run: {}", self.outcome.words()), "it cannot be opened again".to_owned())
    }

    fn tone(&self, _cx: &Cx<'_>) -> Tone {
        Tone::Alarm
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let mut rows = vec![cx.labelled("boxes", &cx.run.counts().words())];
        let unknown = cx.run.unknown().count();
        if unknown > 0 {
            rows.push(cx.labelled("unknown", &format!("{unknown} steps stay unknown for ever")));
        }
        rows
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        Words::does(format!("close the run as {} by {}", self.outcome.words(), cx.who.name), "")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::Close { outcome: self.outcome, reason: self.form.filled(0) })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("close {}", self.outcome.words()))
    }
}
