//! Ending a running step: asked first, letting it run is the first choice.

use crate::run::attempt::StepStatus;
use crate::run::command::Action;
use crate::run::state::Run;
use crate::text::clocks::m_ss;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Cancel {
    number: u32,
    choices: Choices,
}

impl Cancel {
    /// Returns the question about the attempt `number`.
    #[must_use]
    pub fn new(run: &Run, number: u32) -> Self {
        let (verb, what) = if waits(run, number) {
            ("end it", "no further round is sent")
        } else {
            ("cancel it", "its whole process group is asked to end, then made to")
        };
        let mut choices = vec![Choice::new('l', "let it run", "nothing is sent")];
        match (run.in_flight().count(), run.attempts.get(&number)) {
            (2.., Some(attempt)) => {
                choices.push(Choice::new('a', "cancel all", "on every host where it runs now"));
                choices.push(Choice::new('x', "cancel one", format!("on {} only", attempt.intent.host)));
            }
            _ => choices.push(Choice::new('x', verb, what)),
        }
        Self { number, choices: Choices::new(choices) }
    }
}

/// Whether the attempt is the newest round of a watch that waits for its next one.
fn waits(run: &Run, number: u32) -> bool {
    run.between_rounds().any(|(.., newest)| newest.intent.number == number)
}

impl Ask for Cancel {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let Some(attempt) = cx.run.attempts.get(&self.number) else { return Default::default() };
        let step = about::step_title(cx.run, &attempt.intent.step);
        if waits(cx.run, self.number) {
            let said = "no round runs now".to_owned();
            return (format!("End the watch {step} on {}?", attempt.intent.host), said);
        }
        let took = m_ss(about::attempt_took(attempt, &cx.now));
        (format!("Cancel {step} on {}?", attempt.intent.host), format!("it runs since {took}"))
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let attempt = cx.run.attempts.get(&self.number)?;
        let step = about::step_title(cx.run, &attempt.intent.step);
        Some((
            Chip::Question,
            format!("cancel {step} on {}?", attempt.intent.host),
            "it goes on meanwhile".to_owned(),
        ))
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let Some(attempt) = cx.run.attempts.get(&self.number) else { return Vec::new() };
        let mut rows = vec![cx.labelled("command", attempt.intent.script.lines().next().unwrap_or_default())];
        if let Some((_, step)) = cx.run.runbook.find_step(&attempt.intent.step) {
            let waiting: Vec<String> = cx
                .run
                .host_statuses(step)
                .into_iter()
                .filter(|(_, s)| *s == StepStatus::Pending)
                .map(|(h, _)| h.name.clone())
                .collect();
            if !waiting.is_empty() {
                rows.push(cx.labelled("then", &format!("{} do not start", waiting.join(", "))));
            }
        }
        rows.push(cx.labelled("what it did", "stays done: cancelling undoes nothing"));
        rows
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        match self.choices.letter() {
            Some('x') if waits(cx.run, self.number) => Words::does("end the watch now", ""),
            Some('x') => Words::does("cancel it now", ""),
            Some('a') => Words::does("cancel it on all hosts now", ""),
            _ => Words::does("let it run", "(selected; nothing is sent)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        match self.choices.letter() {
            Some('x') => cx.own(Action::Cancel { numbers: vec![self.number] }),
            Some('a') => {
                cx.own(Action::Cancel { numbers: cx.run.in_flight().map(|a| a.intent.number).collect() })
            }
            _ => Answer::Back,
        }
    }

    fn stale(&self, run: &Run) -> Option<String> {
        let attempt = run.attempts.get(&self.number)?;
        let over = attempt.status() != StepStatus::Running && !waits(run, self.number);
        let step = about::step_title(run, &attempt.intent.step);
        over.then(|| format!("{step} has ended by itself: {}", attempt.status().word()))
    }

    fn out(&self) -> &'static str {
        "let it run"
    }
}
