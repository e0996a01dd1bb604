//! Runs in a list: one row a run, as text columns and as data.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::clock::rfc3339;
use crate::report::span;
use crate::run::fact::{RunKind, Who};
use crate::run::offer::Offer;
use crate::run::state::Run;
use crate::text::{cut, sanitize};

/// A run in a list. The fields are a stable part of `runs --json`; fields may be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The run's id.
    pub id: String,
    /// The run that opened it.
    pub parent: Option<String>,
    /// The runbook's title.
    pub title: String,
    /// The runbook's file as it was given.
    pub runbook: String,
    /// Live or drill.
    pub kind: RunKind,
    /// The environment's name.
    pub environment: Option<String>,
    /// Who drives it, or drove it last, and how the name was proven.
    pub captain: Who,
    /// When it was opened, RFC 3339.
    pub opened: String,
    /// When it was closed, RFC 3339.
    pub closed: Option<String>,
    /// `open`, `completed`, `rolled back`, `aborted` or `abandoned`.
    pub state: Cow<'static, str>,
    /// Boxes that are signed.
    pub signed: u32,
    /// Boxes that are waived.
    pub waived: u32,
    /// Boxes that are neither.
    pub left: u32,
    /// What an open run waits for, in words.
    pub waits_for: Option<String>,
}

/// Returns the row of `run`.
#[must_use]
pub fn row(run: &Run) -> Row {
    let counts = run.counts();
    Row {
        id: run.id.clone(),
        parent: run.opened.parent.as_ref().map(|p| p.run.clone()),
        title: run.title().to_owned(),
        runbook: run.opened.runbook.clone(),
        kind: run.opened.run_kind,
        environment: run.opened.environment.as_ref().map(|e| e.name.clone()),
        captain: run.captain.clone(),
        opened: rfc3339(run.opened_at.wall),
        closed: run.closed.as_ref().map(|(_, at)| rfc3339(at.wall)),
        state: run.closed.as_ref().map_or("open", |(e, _)| e.outcome.words()).into(),
        signed: counts.signed,
        waived: counts.waived,
        left: counts.open,
        waits_for: waits_for(run),
    }
}

/// Returns runs, with rows for some, as one line of JSON; none if a row has no written form.
#[must_use]
pub fn to_json(runs: &[(String, Option<Row>)]) -> Option<String> {
    serde_json::to_string(runs).ok()
}

/// Reads what [`to_json`] wrote.
#[must_use]
pub fn from_json(text: &str) -> Option<Vec<(String, Option<Row>)>> {
    serde_json::from_str(text).ok()
}

/// Returns what an open run waits for, for example `sign “Release notes written”`. Judged at its newest event: a wait
/// that has passed since is still named.
#[must_use]
pub fn waits_for(run: &Run) -> Option<String> {
    if run.closed.is_some() {
        return None;
    }
    let (_, offer) = run.attention(run.last_at.wall);
    let text = |id| run.runbook.find_box(id).map_or_else(|| id.to_string(), |b| b.text.clone());
    let step = |number: &u32| {
        run.attempts
            .get(number)
            .map_or_else(String::new, |a| format!("{} on {}", a.intent.step, a.intent.host))
    };
    let words = match &offer {
        Offer::Start(id) if run.runbook.find_step(id).is_some_and(|(_, s)| run.host_open(s)) => {
            format!("the host of step {id}")
        }
        Offer::Start(id) => format!("start step {id}"),
        Offer::Failed(_, number) => format!("decide on failed step {}", step(number)),
        Offer::Unknown(number) => format!("a verdict on step {}, which is unknown", step(number)),
        Offer::Running(number) => format!("the end of step {}", step(number)),
        Offer::Decide(name) => format!("the value of {name}"),
        Offer::Choose(choice) => {
            let title = run.runbook.choices.get(*choice).map_or("", |c| c.title.as_str());
            format!("a choice: which applies of “{title}”")
        }
        Offer::StartWait(id) => format!("start the wait of “{}”", text(id)),
        Offer::Waiting(id, until) => format!("“{}” to wait until {}", text(id), span::utc(*until)),
        Offer::OpenLink(id) => format!("the linked runbook of “{}”", text(id)),
        Offer::GoToChild(child) => format!("its child run {child}"),
        Offer::Sign(id, Some(name)) => format!("{name}, and sign “{}”", text(id)),
        Offer::Sign(id, None) => format!("sign “{}”", text(id)),
        Offer::Children(open) => format!("{} boxes inside", open.len()),
        Offer::Gate(gate) => format!("go or no-go before {}", run.phase_title(*gate)),
        Offer::Settled(_) | Offer::Closed => return None,
        Offer::Close => "be closed".to_owned(),
    };
    Some(sanitize(&words).into_owned())
}

/// Returns `rows` as text in columns under a head, each line ended by a line feed.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut lines =
        vec![["RUN", "STATE", "BOXES", "OPENED", "ENVIRONMENT", "CAPTAIN", "TITLE"].map(str::to_owned)];
    for row in rows {
        let done = row.signed + row.waived;
        let indent = if row.parent.is_some() { "  " } else { "" };
        let kind = if row.kind == RunKind::Drill { " (drill)" } else { "" };
        let environment = row.environment.as_deref().unwrap_or("-");
        lines.push([
            format!("{indent}{}", sanitize(&row.id)),
            row.state.to_string(),
            format!("{done}/{}", done + row.left),
            row.opened.get(..16).unwrap_or(&row.opened).replace('T', " "),
            format!("{}{kind}", sanitize(environment)),
            format!("{} {}", sanitize(&row.captain.name), row.captain.proof.word()),
            sanitize(&row.title).into_owned(),
        ]);
    }
    let widths: Vec<usize> = (0..7)
        .map(|i| lines.iter().filter_map(|l| l.get(i)).map(|c| cut::width(c)).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in &lines {
        let mut out = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            out.push_str(cell);
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(cut::width(cell)) + 2));
        }
        text.push_str(out.trim_end());
        text.push('\n');
    }
    text
}
