//! Rolling back: the linked runbook as a child run, with the values carried over.

use crate::run::command::Action;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx, Tone};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Rollback {
    choices: Choices,
}

impl Default for Rollback {
    fn default() -> Self {
        Self::new()
    }
}

impl Rollback {
    /// Returns the question.
    #[must_use]
    pub fn new() -> Self {
        let choices = Choices::new(vec![
            Choice::new('s', "stay", "nothing is opened"),
            Choice::new('R', "roll back", "open the rollback as a child run; no step starts yet"),
        ]);
        Self { choices }
    }
}

impl Ask for Rollback {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        ("Roll back?".to_owned(), "a child run of its own, with its own record".to_owned())
    }

    fn tone(&self, _cx: &Cx<'_>) -> Tone {
        Tone::Alarm
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Question, "roll back?".to_owned(), "nothing has started".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let run = cx.run;
        let link = run.runbook.front.rollback.clone().unwrap_or_default();
        let mut rows = vec![cx.labelled("runbook", &link)];
        let values: Vec<String> = run.values.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let said = if values.is_empty() { "none".to_owned() } else { values.join("  ") };
        let clean = crate::text::sanitize(&said).into_owned();
        for (n, line) in crate::text::wrap::wrap(&clean, columns.saturating_sub(16))
            .iter()
            .take(cx.rows.saturating_sub(3).max(3))
            .enumerate()
        {
            rows.push(cx.labelled(if n == 0 { "values" } else { "" }, line));
        }
        let done = run.counts().words();
        rows.extend(cx.wrapped("this run", &format!("{done}; it waits until the rollback ends"), columns, 2));
        let open: Vec<&str> = run.open_undos().iter().map(|o| o.step.title.as_str()).collect();
        if !open.is_empty() {
            let said =
                crate::text::sanitize(&format!("{}: not taken back yet", open.join(", "))).into_owned();
            rows.extend(cx.wrapped("still on", &said, columns, 2));
        }
        let unknown: Vec<String> =
            run.unknown().chain(run.in_flight()).map(|a| about::step_title(run, &a.intent.step)).collect();
        if !unknown.is_empty() {
            rows.push(cx.labelled("first", &format!("say what became of {}", unknown.join(", "))));
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
            Some('R') => Words::does("open the rollback", "no step starts yet"),
            _ => Words::does("stay", "(selected; nothing is opened)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        match self.choices.letter() {
            Some('R') => cx.own(Action::OpenChild { in_box: None, out_of_order: false }),
            _ => Answer::Back,
        }
    }

    fn out(&self) -> &'static str {
        "stay"
    }
}
