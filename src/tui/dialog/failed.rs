//! A step failed: what now? Looking comes first and starts nothing.

use crate::run::attempt::{Attempt, StepStatus};
use crate::run::command::Action;
use crate::run::state::Run;
use crate::text::clocks::m_ss;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx, Dialog, Tone, evidence, host, rollback, waive_step};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::theme::Role;

/// The question.
#[derive(Debug, Clone)]
pub struct Failed {
    number: u32,
    choices: Choices,
}

impl Failed {
    /// Returns the question about the attempt `number`.
    #[must_use]
    pub fn new(run: &Run, number: u32) -> Self {
        let attempt = run.attempts.get(&number);
        let started = !attempt.is_some_and(Attempt::never_started);
        let look = if started { "read the output first" } else { "read why it did not start" };
        let mut items = vec![Choice::new('l', "look", look)];
        items.push(Choice::new('r', "retry", attempt.map(|a| retry_words(run, a)).unwrap_or_default()));
        if started {
            items.push(Choice::new('v', "verdict", "it did its work anyway: say so, with evidence"));
        }
        let elsewhere = attempt.and_then(|a| run.runbook.find_step(&a.intent.step));
        if elsewhere.is_some_and(|(_, step)| !run.places(step).is_empty()) {
            items.push(Choice::new('h', "host", "choose another host for it"));
        }
        items.push(Choice::new('w', "waive", "go on without it: reason and risk owner"));
        if let Some(link) = &run.runbook.front.rollback {
            items.push(Choice::new('R', "roll back", format!("open {link} as a child run")));
        }
        Self { number, choices: Choices::new(items) }
    }

    /// Returns the question with the choice `letter` selected.
    #[must_use]
    pub fn with(mut self, letter: char) -> Self {
        self.choices.select(letter);
        self
    }
}

fn retry_words(run: &Run, attempt: &Attempt) -> String {
    let Some((_, step)) = run.runbook.find_step(&attempt.intent.step) else { return String::new() };
    let hosts = run.host_statuses(step);
    let names = |settled: bool| -> Vec<&str> {
        hosts.iter().filter(|(_, s)| s.settled() == settled).map(|(h, _)| h.name.as_str()).collect()
    };
    let (kept, open) = (names(true), names(false));
    match kept.as_slice() {
        [] => format!("on {}", open.join(", then ")),
        [one] => format!("only {} ({one} keeps its result)", open.join(", then ")),
        kept => format!("only {} ({} keep their result)", open.join(", then "), kept.join(" ")),
    }
}

impl Ask for Failed {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let Some(attempt) = cx.run.attempts.get(&self.number) else { return Default::default() };
        let step = about::step_title(cx.run, &attempt.intent.step);
        let word = match attempt.status() {
            StepStatus::Cancelled => "was cancelled",
            _ if attempt.never_started() => "did not start",
            _ => "failed",
        };
        let took = m_ss(about::attempt_took(attempt, &cx.now));
        let ended = attempt.ended_words();
        let right = if attempt.never_started() { String::new() } else { format!("{ended} after {took}") };
        (format!("{step} {word} on {}: what now?", attempt.intent.host), right)
    }

    fn tone(&self, _cx: &Cx<'_>) -> Tone {
        Tone::Alarm
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let Some(attempt) = cx.run.attempts.get(&self.number) else { return Vec::new() };
        if attempt.never_started() {
            return not_started(cx, attempt, columns);
        }
        let remarks = attempt.finished.iter().flat_map(|(finished, _)| &finished.remarks);
        let mut rows: Vec<Row> = remarks.flat_map(|remark| cx.wrapped("note", remark, columns, 4)).collect();
        let Some(window) = cx.driven.outputs.get(&self.number) else { return rows };
        let room = u64::try_from(cx.rows.saturating_sub(rows.len()).max(1)).unwrap_or(2);
        let newest = window.rows(window.total().saturating_sub(room));
        rows.extend(newest.map(|row| crate::tui::view::output::row(cx.ink, cx.zone, &row)));
        rows
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        let attempt = cx.run.attempts.get(&self.number);
        let host = attempt.map(|a| a.intent.host.as_str()).unwrap_or_default();
        let step = attempt.map(|a| about::step_title(cx.run, &a.intent.step)).unwrap_or_default();
        match self.choices.letter() {
            Some('r') => Words::does(format!("run {step} again on {host}"), ""),
            Some('h') => Words::does(format!("choose where {step} runs"), "no step starts yet"),
            Some('v') => Words::does("say that it did its work", "(asks for evidence)"),
            Some('w') => Words::does(format!("waive step {step}"), "(asks for a reason)"),
            Some('R') => Words::does("roll back", "(asks first)"),
            _ if attempt.is_some_and(Attempt::never_started) => {
                Words::does(format!("read why it did not start on {host}"), "(selected; nothing starts)")
            }
            _ => Words::does(format!("read the output of {host}"), "(selected; nothing starts)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        let Some(attempt) = cx.run.attempts.get(&self.number) else { return Answer::Back };
        let step = attempt.intent.step.clone();
        let ask = |dialog| Answer::Ask(Box::new(dialog));
        match self.choices.letter() {
            Some('r') => cx.own(Action::Start { step, retry: true, confirmed: None, out_of_order: false }),
            Some('h') => ask(Dialog::Host(host::Host::new(cx.run, &step))),
            Some('v') => ask(Dialog::Evidence(evidence::Evidence::new(self.number, evidence::Word::Passed))),
            Some('w') => ask(Dialog::WaiveStep(waive_step::WaiveStep::new(&step))),
            Some('R') => ask(Dialog::Rollback(rollback::Rollback::new())),
            _ => Answer::Look,
        }
    }

    fn beside(&self) -> bool {
        true
    }

    fn tall(&self, cx: &Cx<'_>) -> bool {
        cx.run.attempts.get(&self.number).is_some_and(Attempt::never_started)
    }

    fn stale(&self, run: &Run) -> Option<String> {
        let attempt = run.attempts.get(&self.number)?;
        let (_, step) = run.runbook.find_step(&attempt.intent.step)?;
        let over = !matches!(
            run.host_status(step, &attempt.intent.host),
            StepStatus::Failed | StepStatus::Cancelled
        );
        over.then(|| format!("{} has not failed any more", step.title))
    }

    fn out(&self) -> &'static str {
        "to the list"
    }
}

/// Why it did not start; a refused host key names the file and line to look at.
fn not_started(cx: &Cx<'_>, attempt: &Attempt, columns: usize) -> Vec<Row> {
    let ink = cx.ink;
    let refused = cx.driven.refused.get(&attempt.intent.host);
    let why = refused.map_or_else(|| attempt.ended_words(), |r| r.why.clone());
    let mut rows = Vec::new();
    if refused.is_some() {
        let head = format!(" ✗ HOST KEY REFUSED  {} ", attempt.intent.host);
        rows.push(vec![ink.text(" "), ink.put(Role::Alarm, head), ink.text("  nothing was sent to it")]);
    }
    let clean = crate::text::sanitize_block(&why).into_owned();
    for line in crate::text::wrap::wrap(&clean, columns.saturating_sub(4)) {
        rows.push(vec![ink.text("  "), ink.strong(line)]);
    }
    if let Some(fingerprint) = refused.and_then(|r| r.fingerprint.as_ref()) {
        rows.push(vec![ink.skip("  it showed  "), ink.text(fingerprint)]);
    }
    rows
}
