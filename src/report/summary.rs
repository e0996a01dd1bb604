//! A run in at most eight short lines: for the end of a headless run, for `show`, and for the ticket.

use std::collections::BTreeMap;

use crate::report::findings::{Kind, findings};
use crate::report::owed::owed;
use crate::report::phrase::Phrase;
use crate::report::record::RunRecord;
use crate::report::span;
use crate::report::targets::measured;
use crate::run::attempt::StepStatus;
use crate::run::fact::RunKind;
use crate::run::state::{BoxState, Run};
use crate::text::sanitize;

/// Returns the summary as plain text, each line ended by a line feed.
#[must_use]
pub fn summary(record: &RunRecord<'_>) -> String {
    let run = record.run;
    let mut lines = vec![what(run), end(run), boxes(run), steps(run)];
    lines.extend(targets(run));
    lines.push(straight(record));
    lines.extend(due(record));
    lines.push(log(record));
    lines.concat()
}

fn what(run: &Run) -> String {
    let opened = &run.opened;
    let kind = if opened.run_kind == RunKind::Live { "live" } else { "drill" };
    let environment = opened.environment.as_ref().map_or("no environment", |e| e.name.as_str());
    format!("{}, {kind}, {}, run {}\n", sanitize(run.title()), sanitize(environment), sanitize(&run.id))
}

fn end(run: &Run) -> String {
    let captain = Phrase::default().who(&run.captain).plain();
    match &run.closed {
        Some((e, at)) => {
            let reason = Phrase::default().reason(": ", e.reason.as_deref()).plain();
            let took = span::between(&run.opened_at, at);
            format!(
                "{} after {took}, {}, driven by {captain}{reason}\n",
                e.outcome.words(),
                span::utc(at.wall)
            )
        }
        None => format!("open since {}, driven by {captain}\n", span::utc(run.opened_at.wall)),
    }
}

fn boxes(run: &Run) -> String {
    format!("boxes: {}\n", run.counts().words())
}

/// Returns what was measured against the targets, as far as it was; of a closed run all of it.
fn targets(run: &Run) -> Option<String> {
    let mut known = measured(run);
    known.retain(|m| m.time.is_ok() || (m.target.is_some() && run.closed.is_some()));
    let words: Vec<String> = known.iter().map(|m| sanitize(&m.words()).into_owned()).collect();
    (!words.is_empty()).then(|| format!("measured: {}\n", words.join("; ")))
}

fn steps(run: &Run) -> String {
    let over = |i: usize| run.closed.is_some() || run.boxes.get(i).is_some_and(BoxState::settled);
    let all = run.walked().flat_map(|i| {
        run.runbook
            .boxes
            .get(i)
            .into_iter()
            .flat_map(move |item| item.steps.iter().map(move |step| (i, step)))
    });
    let mut counts: BTreeMap<(StepStatus, &str), u32> = BTreeMap::new();
    for (index, step) in all {
        let status = run.step_status(step);
        let words = match status {
            StepStatus::Pending if over(index) => "not run",
            _ => run.step_words(step),
        };
        *counts.entry((status, words)).or_default() += 1;
    }
    if counts.is_empty() {
        return "steps: none\n".to_owned();
    }
    let words: Vec<String> = counts.iter().map(|((_, words), count)| format!("{count} {words}")).collect();
    format!("steps: {}\n", words.join(", "))
}

fn straight(record: &RunRecord<'_>) -> String {
    let mut counts: BTreeMap<Kind, u32> = BTreeMap::new();
    for finding in findings(record).into_iter().filter(|f| !f.kind.harmless() && f.kind != Kind::NotCompleted)
    {
        *counts.entry(finding.kind).or_default() += 1;
    }
    if counts.is_empty() {
        return "straight: nothing failed, was waived or went out of order\n".to_owned();
    }
    let words: Vec<String> =
        counts.iter().map(|(kind, count)| format!("{} {count}", kind.title().to_lowercase())).collect();
    format!("not straight: {}\n", words.join(", "))
}

fn due(record: &RunRecord<'_>) -> Option<String> {
    let open = owed(record);
    let first = open.first()?;
    let until = first.due.map_or_else(String::new, |due| format!(" by {}", span::utc(due)));
    let more = if open.len() > 1 { format!(" and {} more", open.len() - 1) } else { String::new() };
    Some(format!("owed: {}{until}{more}\n", sanitize(&first.text)))
}

fn log(record: &RunRecord<'_>) -> String {
    let seal = &record.seal;
    format!("log {}: event {}, head {}\n", sanitize(&seal.log), seal.size, sanitize(&seal.head))
}
