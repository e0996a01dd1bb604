//! Writing the record into a file.

use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::effect::Format;
use crate::tui::form::{Choice, Choices};
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct Export {
    choices: Choices,
}

impl Default for Export {
    fn default() -> Self {
        Self::new()
    }
}

impl Export {
    /// Returns the question.
    #[must_use]
    pub fn new() -> Self {
        let choices = Choices::new(vec![
            Choice::new('m', "Markdown", "one file to read and to attach"),
            Choice::new('d', "data", "JSON, for programs"),
        ]);
        Self { choices }
    }
}

impl Ask for Export {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        (format!("Export the record of {}", cx.run.id), "the log is only read".to_owned())
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        match self.choices.letter() {
            Some('d') => Words::does("write it as JSON", ""),
            _ => Words::does("write it as Markdown", ""),
        }
    }

    fn enter(&self, _cx: &Cx<'_>) -> Answer {
        match self.choices.letter() {
            Some('d') => Answer::Export(Format::Json),
            _ => Answer::Export(Format::Markdown),
        }
    }

    fn out(&self) -> &'static str {
        "back"
    }
}
