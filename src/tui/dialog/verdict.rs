//! A step of which nobody knows what became: facts, then choices. Nothing offers a retry before a verdict, unless
//! the runbook calls the step idempotent.

use crate::run::attempt::{Attempt, StepStatus};
use crate::run::command::Action;
use crate::run::state::Run;
use crate::runbook::ids::StepId;
use crate::tui::about;
use crate::tui::dialog::evidence::{Evidence, Word};
use crate::tui::dialog::{Answer, Ask, Cx, Dialog, Tone};
use crate::tui::feed;
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct Verdict {
    number: u32,
    choices: Choices,
    /// The step, when it may be started again without a verdict.
    again: Option<StepId>,
}

impl Verdict {
    /// Returns the question about the attempt `number`.
    #[must_use]
    pub fn new(run: &Run, number: u32) -> Self {
        let host = run.attempts.get(&number).map(|a| a.intent.host.clone()).unwrap_or_default();
        let step = run.attempts.get(&number).and_then(|a| run.runbook.find_step(&a.intent.step));
        let again = step.filter(|(_, s)| s.idempotent).map(|(_, s)| s.id.clone());
        let mut items = vec![
            Choice::new('c', "check", format!("ask {host}: does it run, is there an exit file?")),
            Choice::new('p', "passed", "it ran and did its work (evidence wanted: a line, a link)"),
            Choice::new('n', "not run", "it did not run: nothing was done; then run it, waive it"),
            Choice::new('f', "failed", "it ran, in part or in vain; then retry, waive or roll back"),
            Choice::new('s', "stopped", "I stopped it myself on the host"),
            Choice::new('l', "runs", "it still runs: it stays unknown, your word is noted"),
        ];
        if again.is_some() {
            let said = "start it again: the runbook calls it idempotent";
            items.push(Choice::new('r', "run again", said));
        }
        Self { number, choices: Choices::new(items), again }
    }
}

/// Returns what is known about an attempt.
#[must_use]
pub fn known(cx: &Cx<'_>, attempt: &Attempt) -> Vec<Row> {
    let ink = cx.ink;
    let at = |stamp: &crate::clock::Stamp| cx.zone.hms(stamp.wall);
    let mut first = vec![ink.skip(format!("  {}  ", at(&attempt.at))), ink.text("sent")];
    if let Some((pid, _)) = attempt.process {
        first.push(ink.text(format!(", process {pid}")));
    }
    let window = cx.driven.outputs.get(&attempt.intent.number);
    let last = window.and_then(|w| w.rows(w.total().saturating_sub(1)).last());
    let mut rows = vec![first];
    if let Some(last) = last {
        let line = format!("last line: {}", last.line.plain());
        rows.push(vec![ink.skip(format!("  {}  ", at(&last.at))), ink.text(line)]);
    }
    if let Some((why, when)) = &attempt.unknown {
        let row = vec![
            ink.skip(format!("  {}  ", at(when))),
            ink.text(format!("{why}; ")),
            ink.strong("no exit status was seen"),
        ];
        rows.push(row);
    }
    if let Some((_, when)) = &attempt.finished {
        let row = vec![ink.skip(format!("  {}  ", at(when))), ink.strong(attempt.ended_words())];
        rows.push(row);
    }
    if let Some((answer, left, when)) = &attempt.probed {
        let said = format!("{} was asked: {}", attempt.intent.host, feed::answer(answer));
        rows.push(vec![ink.skip(format!("  {}  ", at(when))), ink.strong(said)]);
        for process in left.iter().take(2) {
            rows.push(vec![ink.skip("            left: "), ink.text(process)]);
        }
    }
    rows
}

/// Returns that the attempt is not unknown any more.
#[must_use]
pub fn settled(run: &Run, number: u32) -> Option<String> {
    let attempt = run.attempts.get(&number)?;
    let open = matches!(attempt.status(), StepStatus::Unknown | StepStatus::Failed | StepStatus::Cancelled);
    let step = about::step_title(run, &attempt.intent.step);
    (!open).then(|| format!("{step} on {}: {}", attempt.intent.host, attempt.ended_words()))
}

impl Ask for Verdict {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let attempt = cx.run.attempts.get(&self.number);
        let named =
            attempt.map(|a| format!("{} on {}", about::step_title(cx.run, &a.intent.step), a.intent.host));
        let question = format!("What happened to {}?", named.unwrap_or_default());
        (question, "nothing was started again".to_owned())
    }

    fn tone(&self, _cx: &Cx<'_>) -> Tone {
        Tone::Unknown
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        cx.run.attempts.get(&self.number).map(|a| known(cx, a)).unwrap_or_default()
    }

    fn below(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let host = cx.run.attempts.get(&self.number).map(|a| a.intent.host.clone()).unwrap_or_default();
        let later = format!("decide later: no other step runs on {host} until then");
        vec![vec![
            cx.ink.put(crate::tui::theme::Role::Key, "    Esc"),
            cx.ink.text(format!("         {later}")),
        ]]
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        let host = cx.run.attempts.get(&self.number).map(|a| a.intent.host.clone()).unwrap_or_default();
        match self.choices.letter() {
            Some('p') => Words::does("say that it passed", "(asks for evidence)"),
            Some('n') => Words::does("say that it did not run", "(asks for evidence)"),
            Some('f') => Words::does("say that it failed, or ran in part", "(asks for evidence)"),
            Some('l') => Words::does("say that it still runs", "(asks for evidence)"),
            Some('s') => Words::does("say that you stopped it", "(asks for evidence)"),
            Some('r') => {
                Words::does(format!("run it again on {host}"), "it stays unknown what the first try did")
            }
            _ => Words::does(format!("ask {host} now"), "(reads only: process list, exit file)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        let word = match self.choices.letter() {
            Some('p') => Word::Passed,
            Some('n') => Word::NotRun,
            Some('f') => Word::Partly,
            Some('s') => Word::Stopped,
            Some('l') => Word::Runs,
            Some('r') => {
                let Some(step) = self.again.clone() else { return Answer::Nothing };
                let start = Action::Start { step, retry: true, confirmed: None, out_of_order: false };
                return cx.own(start);
            }
            _ => return cx.own(Action::Probe { number: self.number }),
        };
        Answer::Ask(Box::new(Dialog::Evidence(Evidence::new(self.number, word))))
    }

    fn beside(&self) -> bool {
        true
    }

    fn tall(&self, _cx: &Cx<'_>) -> bool {
        true
    }

    fn stale(&self, run: &Run) -> Option<String> {
        let attempt = run.attempts.get(&self.number)?;
        let step = about::step_title(run, &attempt.intent.step);
        let over = attempt.status() != StepStatus::Unknown || !run.is_latest(attempt);
        over.then(|| format!("{step} on {}: {}", attempt.intent.host, attempt.ended_words()))
    }

    fn out(&self) -> &'static str {
        "decide later"
    }
}
