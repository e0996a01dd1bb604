//! Taking back a run that is offered to the person who looks at it.

use crate::run::state::Run;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct Take {
    choices: Choices,
    to: String,
}

impl Take {
    /// Returns the question to `to`, to whom the run is offered.
    #[must_use]
    pub fn new(to: &str) -> Self {
        let choices = vec![
            Choice::new('s', "stay", "the screen goes on to show what happens"),
            Choice::new('t', "take the run", "you drive it then, on the record"),
        ];
        Self { choices: Choices::new(choices), to: to.to_owned() }
    }
}

impl Ask for Take {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        (format!("{} offers you the run", cx.run.captain.name), "it is theirs until you take it".to_owned())
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let mut rows = vec![cx.labelled("boxes", &cx.run.counts().words())];
        if let Some(words) = cx.run.offered.as_ref().and_then(|(offer, _)| offer.text.as_ref()) {
            rows.extend(cx.wrapped("words", words, columns, 3));
        }
        if let Some(attempt) = cx.run.in_flight().next() {
            let step = crate::tui::about::step_title(cx.run, &attempt.intent.step);
            rows.push(cx.labelled("runs", &format!("{step}: it has to end first")));
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
            Some('t') => Words::does("take the run", "this screen is opened anew"),
            _ => Words::does("stay", "(selected)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        match (self.choices.letter(), cx.run.in_flight().next()) {
            (Some('t'), Some(attempt)) => {
                let step = crate::tui::about::step_title(cx.run, &attempt.intent.step);
                Answer::Refuse(format!("step {step} is running: it has to end first"))
            }
            (Some('t'), None) => Answer::Take,
            _ => Answer::Back,
        }
    }

    fn stale(&self, run: &Run) -> Option<String> {
        let offered = run.is_offered_to(&self.to) && run.closed.is_none();
        (!offered).then(|| "the run is not offered to you any more".to_owned())
    }

    fn out(&self) -> &'static str {
        "stay"
    }
}
