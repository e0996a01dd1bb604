//! Opening a gate although boxes before it are open or somebody said no-go.

use crate::run::command::Action;
use crate::tui::dialog::{Answer, Ask, Cx, Tone, gate};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct OpenGate {
    gate: usize,
    form: Form,
}

impl OpenGate {
    /// Returns the question for the gate before the phase at `gate`.
    #[must_use]
    pub fn new(gate: usize) -> Self {
        Self { gate, form: Form::new(vec![Slot::new("reason", "wanted")]) }
    }
}

impl Ask for OpenGate {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let phase = cx.run.phase_title(self.gate);
        (format!("Open the gate anyway: {phase}"), "your name and reason stay in the record".to_owned())
    }

    fn tone(&self, _cx: &Cx<'_>) -> Tone {
        Tone::Alarm
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Gate, format!("open it anyway: {}", cx.run.phase_title(self.gate)), String::new()))
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
        Words::does(format!("open the gate anyway as {}", cx.who.name), "")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::OpenGate { gate: self.gate, over: self.form.text(0) })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("open gate {}", self.gate))
    }
}
