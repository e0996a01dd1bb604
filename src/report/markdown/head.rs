//! The head of a run's record: what came of it, of which text, where, by whom.

use std::collections::BTreeSet;

use super::Page;
use crate::report::drills::why_not;
use crate::report::phrase::{Phrase, code, inline};
use crate::report::record::RunRecord;
use crate::report::span;
use crate::report::targets::{Measured, Source, measured};
use crate::run::event::Event;
use crate::run::fact::{HostPin, RunKind, Via, Who};
use crate::run::state::Run;
use crate::text::clocks;

/// Returns how the run stands, in a word or two.
pub(super) fn outcome(run: &Run) -> &'static str {
    run.closed.as_ref().map_or("still open", |(e, _)| e.outcome.words())
}

pub(super) fn write(page: &mut Page, record: &RunRecord<'_>) {
    let run = record.run;
    let opened = &run.opened;
    let zone = opened.environment.as_ref().and_then(|e| e.timezone.as_deref());
    let kind = if opened.run_kind == RunKind::Live { "live" } else { "drill" };
    page.bullet(0, &format!("Run: {}, {kind}", code(&run.id)));
    page.bullet(0, &format!("Outcome: {}", closing(run, zone)));
    targets(page, run);
    let by = Phrase::default().who(&opened.who).markdown();
    page.bullet(0, &format!("Opened: {} by {by}", span::there(run.opened_at.wall, zone)));
    page.bullet(0, &format!("Driven by: {}", drivers(record)));
    if !record.sessions.is_empty() {
        page.bullet(0, "Sessions that wrote it, by their own word:");
        for sitting in &record.sessions {
            page.bullet(1, &format!("event {}: {}", sitting.seq, inline(&sitting.words())));
        }
    }
    for sha in answers(record) {
        page.bullet(0, &format!("Answers file: SHA-256 {}", code(sha)));
    }
    match &opened.environment {
        Some(env) => {
            let file = code(&env.file_sha);
            page.bullet(0, &format!("Environment: {}, its file's SHA-256 {file}", code(&env.name)));
        }
        None => page.bullet(0, "Environment: none"),
    }
    page.bullet(
        0,
        &format!("Runbook: {}, SHA-256 of its text {}", code(&opened.runbook), code(&opened.text_sha)),
    );
    if let Some(commit) = &opened.commit {
        let dirty = if opened.dirty { ", with changes that no commit holds" } else { "" };
        page.bullet(1, &format!("git commit {}{dirty}", code(commit)));
    }
    if let Some(parent) = &opened.parent {
        let from = match &parent.in_box {
            Some(id) => format!(", for its box {}", code(&id.0)),
            None => String::new(),
        };
        page.bullet(0, &format!("Opened from: run {}{from}", code(&parent.run)));
    }
    page.bullet(0, &format!("Boxes: {}", run.counts().words()));
    hosts(page, run);
    if !run.values.is_empty() {
        page.bullet(0, "Values at the end:");
        for (name, value) in &run.values {
            page.bullet(1, &format!("{} = {}", code(name), code(value)));
        }
    }
}

/// Writes whether a drill passed, and what was measured against which target.
fn targets(page: &mut Page, run: &Run) {
    if opened_as_drill(run) {
        let why = why_not(run, &[]);
        let word = if why.is_empty() { "passed" } else { "not passed" };
        page.bullet(0, &format!("Drill: **{word}**"));
        for why in why {
            page.bullet(1, &inline(&why));
        }
    }
    let measured = measured(run);
    if measured.is_empty() {
        return;
    }
    page.bullet(0, "Measured against targets:");
    for one in measured {
        page.bullet(1, &format!("{}: {}", code(&one.name), against(run, &one)));
    }
}

fn opened_as_drill(run: &Run) -> bool {
    run.opened.run_kind == RunKind::Drill
}

fn against(run: &Run, measured: &Measured) -> String {
    let target = measured.target.map(clocks::words);
    let words = match (&measured.time, target) {
        (Ok(time), Some(target)) => format!("measured {}, target {target}", time.shown()),
        (Ok(time), None) => format!("measured {}, no target", time.shown()),
        (Err(why), Some(target)) => format!("not measured ({}), target {target}", inline(why)),
        (Err(why), None) => format!("not measured ({}), no target", inline(why)),
    };
    let verdict = match measured.held() {
        Some(true) => ": **pass**",
        Some(false) => ": **fail**",
        None => "",
    };
    format!("{words}{verdict}; {}", source(run, measured))
}

fn source(run: &Run, measured: &Measured) -> String {
    match &measured.source {
        Source::Value(name) => format!("by the value {}", code(name)),
        Source::Stopwatch => {
            let pressed = run.walked().filter_map(|i| {
                let (mark, at) = run.boxes.get(i)?.marked.as_ref()?;
                let when = at.wall.format("%H:%M:%S UTC");
                (mark.name == measured.name).then(|| format!("{} at {when}", code(&mark.in_box.0)))
            });
            let pressed: Vec<String> = pressed.collect();
            let pressed = if pressed.is_empty() { "never pressed".to_owned() } else { pressed.join(", ") };
            format!("by the stopwatch: {pressed}")
        }
    }
}

fn closing(run: &Run, zone: Option<&str>) -> String {
    let Some((e, at)) = &run.closed else {
        return format!("still open; its newest event is of {}", span::there(run.last_at.wall, zone));
    };
    let by = Phrase::default().who(&e.who).reason(", ", e.reason.as_deref()).markdown();
    let took = span::between(&run.opened_at, at);
    format!("**{}** at {} after {took}, by {by}", e.outcome.words(), span::there(at.wall, zone))
}

/// Returns everybody who drove the run, in order.
fn drivers(record: &RunRecord<'_>) -> String {
    let mut drivers: Vec<&Who> = Vec::new();
    for fact in record.events {
        let who = match &fact.event {
            Event::RunOpened(e) => &e.who,
            Event::RunResumed(e) => &e.who,
            Event::RunDriverChanged(e) => &e.who,
            Event::RunHandedOver(e) => &e.who,
            _ => continue,
        };
        if drivers.last() != Some(&who) {
            drivers.push(who);
        }
    }
    let names: Vec<String> = drivers.into_iter().map(|who| Phrase::default().who(who).markdown()).collect();
    names.join(", then ")
}

/// Returns the SHA-256 of each answers file that somebody's word came from.
fn answers<'a>(record: &RunRecord<'a>) -> BTreeSet<&'a str> {
    let by = record.events.iter().filter_map(|fact| match &fact.event {
        Event::RunOpened(e) => Some(&e.who),
        Event::BoxSigned(e) => Some(&e.who),
        Event::BoxWaived(e) => Some(&e.who),
        Event::GateVoted(e) => Some(&e.who),
        Event::StepIntended(e) => Some(&e.who),
        _ => None,
    });
    by.filter_map(|who| match &who.via {
        Via::Answers(sha) => Some(sha.as_str()),
        Via::Keyboard => None,
    })
    .collect()
}

fn hosts(page: &mut Page, run: &Run) {
    if run.opened.hosts.is_empty() {
        page.bullet(0, "Hosts: none");
        return;
    }
    page.bullet(0, "Hosts:");
    for host in &run.opened.hosts {
        page.bullet(1, &format!("{} {}: {}", code(&host.role), code(&host.name), identity(host)));
        if let Some(seen) = run.reached(&host.name) {
            let key = format!("{} {}", seen.key_type, seen.fingerprint);
            let what =
                format!("key {}, trusted by {}; {}", code(&key), inline(&seen.trusted), inline(&seen.about));
            page.bullet(2, &what);
        } else {
            page.bullet(2, "never reached in this run");
        }
    }
}

fn identity(host: &HostPin) -> String {
    if host.is_local() {
        return format!("this machine, as {}", code(&host.user));
    }
    code(&format!("{}@{}:{}", host.user, host.address, host.port))
}
