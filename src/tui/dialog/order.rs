//! Going on although earlier boxes are open. It names them and asks once.

use crate::run::command::Action;
use crate::run::fact::Who;
use crate::runbook::ids::BoxId;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Order {
    action: Action,
    who: Who,
    open: Vec<BoxId>,
    choices: Choices,
}

impl Order {
    /// Returns the question before `action` of `who`, over the boxes that are `open`.
    #[must_use]
    pub fn new(action: Action, who: Who, open: Vec<BoxId>) -> Self {
        let choices = Choices::new(vec![
            Choice::new('b', "back", "do the earlier ones first"),
            Choice::new('o', "out of order", "go on; the record names the boxes that were open"),
        ]);
        Self { action, who, open, choices }
    }

    /// Returns the action with the order accepted.
    fn accepted(&self) -> Action {
        let mut action = self.action.clone();
        match &mut action {
            Action::Start { out_of_order, .. }
            | Action::Sign { out_of_order, .. }
            | Action::OpenChild { out_of_order, .. }
            | Action::Waive { out_of_order, .. } => *out_of_order = true,
            _ => {}
        }
        action
    }

    fn does(&self) -> &'static str {
        match self.action {
            Action::Start { .. } => "run the step",
            Action::Sign { .. } => "sign the box",
            Action::Waive { .. } => "waive the box",
            Action::OpenChild { .. } => "open the runbook",
            _ => "go on",
        }
    }
}

impl Ask for Order {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        ("Earlier boxes are open".to_owned(), "asked once for this box".to_owned())
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let names = about::box_names(cx.run, &self.open);
        Some((Chip::Question, format!("{} before {names}?", self.does()), "nothing has started".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let shown = 5;
        let mut rows: Vec<Row> = Vec::new();
        for id in self.open.iter().take(shown) {
            let text = cx.run.runbook.find_box(id).map(|b| b.text.as_str()).unwrap_or_default();
            let name = about::box_name(cx.run, id);
            rows.push(vec![cx.ink.text(format!("  [ ] {name:<7} ")), cx.ink.strong(text)]);
        }
        if self.open.len() > shown {
            rows.push(vec![cx.ink.skip(format!("      and {} more", self.open.len() - shown))]);
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
            Some('o') => Words::does(format!("{} out of order", self.does()), ""),
            _ => Words::does("go back", "(selected; nothing starts)"),
        }
    }

    fn enter(&self, _cx: &Cx<'_>) -> Answer {
        match self.choices.letter() {
            Some('o') => Answer::Do(self.accepted(), self.who.clone()),
            _ => Answer::Back,
        }
    }

    fn out(&self) -> &'static str {
        "back"
    }
}
