//! Choosing which of several sections applies: nothing is chosen first; Enter on a section makes the choice.

use crate::run::command::Action;
use crate::run::state::Run;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// Letters of the sections; `b` goes back, `j` and `k` move.
const LETTERS: &str = "123456789acdefghilmnopqrstuvwxyz";

/// The question.
#[derive(Debug, Clone)]
pub struct Choose {
    choice: usize,
    sections: Vec<usize>,
    choices: Choices,
}

impl Choose {
    /// Returns the question which section of `choice` applies.
    #[must_use]
    pub fn new(run: &Run, choice: usize) -> Self {
        let sections = run.runbook.choices.get(choice).map(|c| c.options.clone()).unwrap_or_default();
        let mut items = vec![Choice::new('b', "back", "nothing is chosen yet")];
        for (letter, section) in LETTERS.chars().zip(&sections) {
            let Some(section) = run.runbook.sections.get(*section) else { continue };
            let boxes = section.boxes.len();
            let boxes = if boxes == 1 { "1 box".to_owned() } else { format!("{boxes} boxes") };
            items.push(Choice::new(letter, &section.title, boxes));
        }
        Self { choice, sections, choices: Choices::new(items) }
    }

    /// Returns the selected section, none for going back.
    fn selected(&self) -> Option<usize> {
        self.choices.at.checked_sub(1).and_then(|at| self.sections.get(at).copied())
    }

    fn title_of<'a>(&self, run: &'a Run) -> &'a str {
        run.runbook.choices.get(self.choice).map_or("", |c| c.title.as_str())
    }
}

impl Ask for Choose {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        (format!("Which applies of {}?", self.title_of(cx.run)), "exactly one".to_owned())
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let what = format!("which applies of {}?", self.title_of(cx.run));
        Some((Chip::Question, what, "nothing has started".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let said = "the boxes of the others are waived by this choice; it can be changed until one of its own is touched";
        cx.wrapped("", said, columns, 2)
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        match self.selected().and_then(|i| cx.run.runbook.sections.get(i)) {
            Some(section) => Words::does(format!("choose {}", section.title), "no step starts yet"),
            None => Words::does("go back", "(selected; nothing is chosen)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        match self.selected() {
            Some(section) => cx.own(Action::Choose { choice: self.choice, section }),
            None => Answer::Back,
        }
    }

    fn beside(&self) -> bool {
        true
    }

    fn out(&self) -> &'static str {
        "back"
    }
}
