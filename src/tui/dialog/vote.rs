//! Words for a vote at a gate.

use crate::run::command::Action;
use crate::run::fact::Vote;
use crate::tui::dialog::{Answer, Ask, Cx, gate};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Cast {
    gate: usize,
    vote: Vote,
    form: Form,
}

impl Cast {
    /// Returns the question for the gate before the phase at `gate`.
    #[must_use]
    pub fn new(gate: usize, vote: Vote) -> Self {
        let hint = if vote == Vote::NoGo { "wanted: the reason" } else { "if you like" };
        Self { gate, vote, form: Form::new(vec![Slot::new("words", hint)]) }
    }
}

impl Ask for Cast {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let word = if self.vote == Vote::Go { "Go" } else { "No-go" };
        (format!("{word} for {}", cx.run.phase_title(self.gate)), "with your name".to_owned())
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Gate, format!("go or no-go for {}", cx.run.phase_title(self.gate)), String::new()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        gate::facts(cx, self.gate, columns)
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        let phase = cx.run.phase_title(self.gate);
        match self.vote {
            Vote::Go => {
                let then = match cx.run.not_go(self.gate).len() {
                    0 | 1 => format!("the gate opens: {phase}"),
                    _ => "the gate waits for the others".to_owned(),
                };
                Words::does(format!("say go as {}", cx.who.name), then)
            }
            Vote::NoGo => Words::does(format!("say no-go as {}", cx.who.name), "the gate stays shut"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::Vote { gate: self.gate, vote: self.vote, text: self.form.filled(0), role: None })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("vote {} {:?}", self.gate, self.vote))
    }
}
