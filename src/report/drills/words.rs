//! The listing for people: a few lines a drill, none wider than the terminal.

use std::fmt::Write as _;

use super::{Drill, Ran, Standing};
use crate::runbook::model::Cadence;
use crate::text::{clocks, sanitize, wrap};

/// Columns before the lines below a drill's first.
const INDENT: usize = 14;

/// Returns how often, in words: `quarterly`, `every 30 days`.
#[must_use]
pub fn cadence(cadence: Cadence) -> String {
    match cadence {
        Cadence::Days(1) => "daily".to_owned(),
        Cadence::Days(7) => "weekly".to_owned(),
        Cadence::Days(days) => format!("every {days} days"),
        Cadence::Months(1) => "monthly".to_owned(),
        Cadence::Months(3) => "quarterly".to_owned(),
        Cadence::Months(12) => "yearly".to_owned(),
        Cadence::Months(months) => format!("every {months} months"),
    }
}

/// Returns the listing, its lines at most `width` columns wide where their words allow it.
#[must_use]
pub fn listing(drills: &[Drill], width: usize) -> String {
    let mut text = String::new();
    for (place, drill) in drills.iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        let state = drill.standing.words();
        one(&mut text, &format!("{state:<INDENT$}"), &sanitize(&drill.plan.title), width);
        for line in lines(drill) {
            one(&mut text, &" ".repeat(INDENT), &sanitize(&line), width);
        }
        // A path that is broken in two cannot be copied.
        writeln!(text, "{}{}", " ".repeat(INDENT), sanitize(&drill.plan.file)).unwrap_or_default();
    }
    text
}

fn one(text: &mut String, before: &str, line: &str, width: usize) {
    let room = width.saturating_sub(INDENT).max(20);
    let mut lead = before.to_owned();
    for part in wrap::wrap(line, room) {
        writeln!(text, "{lead}{part}").unwrap_or_default();
        lead = " ".repeat(INDENT);
    }
}

fn lines(drill: &Drill) -> Vec<String> {
    let mut lines = vec![when(drill)];
    if let Some(passed) = &drill.passed {
        lines.push(format!("last pass {}", ran(passed)));
        lines.extend(passed.measured.iter().map(crate::report::targets::Measured::words));
        if passed.other_text {
            lines.push("the runbook's text has changed since".to_owned());
        }
    } else if !drill.plan.targets.is_empty() {
        let targets: Vec<String> =
            drill.plan.targets.iter().map(|(n, t)| format!("{n} {}", clocks::words(*t))).collect();
        lines.push(format!("targets: {}", targets.join(", ")));
    }
    if let Some(since) = &drill.since {
        let word = if drill.passed.is_some() { "not passed since: " } else { "not passed: " };
        lines.push(format!("{word}{}", ran(since)));
        lines.extend(since.against.iter().map(|why| format!("- {why}")));
    }
    if drill.plan.gone {
        lines.push("the file is gone; this is the text of its last run:".to_owned());
    }
    lines
}

fn when(drill: &Drill) -> String {
    let cadence = cadence(drill.plan.cadence);
    let (Some(next), Some(days)) = (drill.next, drill.days) else { return cadence };
    let day = next.format("%-d %b %Y");
    let count = |days: i64| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let zone = match drill.zone.name() {
        "UTC" => String::new(),
        name => format!(" ({name})"),
    };
    match (drill.standing, days) {
        (Standing::Overdue, _) => format!("{cadence}; was due {day}{zone}, {} ago", count(-days)),
        (_, 0) => format!("{cadence}; due today, {day}{zone}"),
        _ => format!("{cadence}; due {day}{zone}, in {}", count(days)),
    }
}

fn ran(ran: &Ran) -> String {
    let on = ran.environment.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
    let state = if ran.state == "open" { ", still open" } else { "" };
    let via = match ran.by.via {
        crate::run::fact::Via::Keyboard => "",
        crate::run::fact::Via::Answers(_) => ", from answers",
    };
    let day = ran.day.format("%-d %b %Y");
    format!("{day} by {} ({}{via}), run {}{on}{state}", ran.by.name, ran.by.proof.word(), ran.run)
}
