//! Leaving while a step runs.

use crate::run::state::Run;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Leave {
    choices: Choices,
}

impl Leave {
    /// Returns the question about what runs now. What runs in a terminal is hung up with its line: it cannot be left.
    #[must_use]
    pub fn new(run: &Run) -> Self {
        let mut choices = vec![Choice::new('s', "stay", "")];
        if !run.in_flight().any(|a| run.runs_in_terminal(a.intent.number)) {
            let found = "it will be unknown, and found again at resume";
            choices.push(Choice::new('l', "leave it running", found));
        }
        choices.push(Choice::new('c', "cancel, then leave", "its process group is ended first"));
        Self { choices: Choices::new(choices) }
    }
}

impl Ask for Leave {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        ("A step is running: leave?".to_owned(), "the run stays open".to_owned())
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Question, "leave while a step runs?".to_owned(), "it goes on meanwhile".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let flying = cx.run.in_flight();
        flying
            .map(|a| {
                let named = format!("{} on {}", about::step_title(cx.run, &a.intent.step), a.intent.host);
                cx.labelled("running", &named)
            })
            .collect()
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        match self.choices.letter() {
            Some('l') => Words::does("leave it running", "gonogo resume finds it again"),
            Some('c') => Words::does("cancel it, then leave", ""),
            _ => Words::does("stay", "(selected)"),
        }
    }

    fn enter(&self, _cx: &Cx<'_>) -> Answer {
        match self.choices.letter() {
            Some('l') => Answer::LeaveRunning,
            Some('c') => Answer::CancelAndLeave,
            _ => Answer::Back,
        }
    }

    fn stale(&self, run: &Run) -> Option<String> {
        run.in_flight().next().is_none().then(|| "no step runs any more: q leaves".to_owned())
    }

    fn out(&self) -> &'static str {
        "stay"
    }
}
