//! What the screen reads off a run: numbers, counts, times, the step and host that are shown. Pure.

use std::time::Duration;

use crate::clock::Stamp;
use crate::run::attempt::{Attempt, StepStatus};
use crate::run::fact::HostPin;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runbook::model::{PhaseKind, Step};
use crate::tui::ink::elapsed;

/// Returns the number of the box at `index`, counted from 1 over the boxes that the run walks.
#[must_use]
pub fn number(run: &Run, index: usize) -> usize {
    run.walked().position(|i| i == index).map_or(0, |at| at + 1)
}

/// Returns `box 7`, or the id if the run does not walk it.
#[must_use]
pub fn box_name(run: &Run, id: &BoxId) -> String {
    match run.runbook.box_index(id).map(|i| number(run, i)) {
        Some(n) if n > 0 => format!("box {n}"),
        _ => format!("box {id}"),
    }
}

/// Returns `boxes 3, 4 and 5` for up to four boxes, with the number of the others.
#[must_use]
pub fn box_names(run: &Run, ids: &[BoxId]) -> String {
    let numbers: Vec<String> =
        ids.iter().take(4).map(|id| box_name(run, id).trim_start_matches("box ").to_owned()).collect();
    let more = ids.len().saturating_sub(numbers.len());
    let word = if ids.len() == 1 { "box" } else { "boxes" };
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{word} {}{rest}", numbers.join(", "))
}

/// Returns whether the environment is one where nothing may happen by accident.
#[must_use]
pub fn loud(run: &Run) -> bool {
    run.opened.environment.as_ref().is_some_and(|e| {
        e.colour.as_deref() == Some("red")
            || (e.colour.is_none()
                && matches!(e.name.to_lowercase().as_str(), "production" | "prod" | "live"))
    })
}

/// A walked phase that has boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// Its index in the runbook.
    pub index: usize,
    /// Its settled boxes.
    pub settled: usize,
    /// All its boxes.
    pub total: usize,
}

/// Returns the walked phases that have boxes.
#[must_use]
pub fn phases(run: &Run) -> Vec<Phase> {
    let phases = run.runbook.phases.iter().enumerate().filter(|(i, p)| run.walks(*i) && !p.boxes.is_empty());
    phases
        .map(|(index, phase)| {
            let settled = |i: &usize| run.boxes.get(*i).is_some_and(|b| b.settled());
            Phase { index, settled: phase.boxes.clone().filter(settled).count(), total: phase.boxes.len() }
        })
        .collect()
}

/// Returns the short name of the phase at `index`, for the strip.
#[must_use]
pub fn short_phase(run: &Run, index: usize) -> String {
    let Some(phase) = run.runbook.phases.get(index) else { return String::new() };
    match phase.kind {
        PhaseKind::Pre => "Pre".to_owned(),
        PhaseKind::During => "During".to_owned(),
        PhaseKind::Post => "Post".to_owned(),
        PhaseKind::Other => crate::text::cut::cut_end(&phase.title, 14),
    }
}

/// Returns when the work on the box at `index` began: when it was touched, else when the last thing before it was
/// settled.
#[must_use]
pub fn began(run: &Run, index: usize) -> Stamp {
    let state = run.boxes.get(index);
    if let Some(touched) = state.and_then(|b| b.touched_at) {
        return touched;
    }
    let settled_at = |b: &crate::run::state::BoxState| {
        b.signed.as_ref().map(|(_, at)| *at).or_else(|| b.waived.as_ref().map(|(_, at)| *at))
    };
    let end = state.and_then(settled_at);
    let others = run.boxes.iter().enumerate().filter(|(i, _)| *i != index).filter_map(|(_, b)| settled_at(b));
    let gates = run.gates.values().filter_map(|g| g.opened.as_ref().map(|(_, at)| *at));
    let before = others.chain(gates).filter(|at| end.is_none_or(|end| *at <= end));
    before.max_by_key(|at| at.wall).unwrap_or(run.opened_at)
}

/// Returns how long the box at `index` took, or takes so far.
#[must_use]
pub fn took(run: &Run, index: usize, now: &Stamp) -> Duration {
    let state = run.boxes.get(index);
    let end = state.and_then(|b| b.signed.as_ref().map(|(_, at)| *at)).unwrap_or(*now);
    elapsed(&began(run, index), &end)
}

/// Returns the step that is shown for the box at `index`: one that runs or is unknown, else the next one to do, else the last that was tried, else the
/// first.
#[must_use]
pub fn shown_step(run: &Run, index: usize) -> Option<&Step> {
    let item = run.runbook.boxes.get(index)?;
    let tried = || {
        let newest = run.attempts.values().rev().find(|a| a.intent.in_box == item.id)?;
        item.commands().find(|s| s.id == newest.intent.step)
    };
    run.undecided_step(index).or_else(|| run.next_step(index)).or_else(tried).or_else(|| item.steps.first())
}

/// Returns the host of `step` that is shown: the chosen one, else the one whose state needs a look most, else the one
/// tried last, else the first.
#[must_use]
pub fn shown_host<'a>(run: &'a Run, step: &Step, chosen: Option<&str>) -> Option<(&'a HostPin, StepStatus)> {
    let hosts = run.host_statuses(step);
    let of = |wanted: StepStatus| hosts.iter().find(|(_, s)| *s == wanted);
    let chosen = chosen.and_then(|name| hosts.iter().find(|(h, _)| h.name == name));
    let newest = || {
        let attempt = run.attempts.values().rev().find(|a| a.intent.step == step.id)?;
        hosts.iter().find(|(h, _)| h.name == attempt.intent.host)
    };
    chosen
        .or_else(|| of(StepStatus::Unknown))
        .or_else(|| of(StepStatus::Failed))
        .or_else(|| of(StepStatus::Cancelled))
        .or_else(|| of(StepStatus::Running))
        .or_else(newest)
        .or_else(|| hosts.first())
        .copied()
}

/// Returns the attempt whose output is shown for the box at `index`.
#[must_use]
pub fn shown_attempt<'a>(run: &'a Run, index: usize, chosen: Option<&str>) -> Option<&'a Attempt> {
    let step = shown_step(run, index)?;
    let attempted = |step: &Step| {
        let (host, _) = shown_host(run, step, chosen)?;
        run.latest(&step.id, &host.name)
    };
    // Before a step has run, what the one before it said is still worth reading.
    let item = run.runbook.boxes.get(index)?;
    let steps = &item.steps;
    // So is what a command said that was only offered, until a step runs.
    let newest = run.attempts.values().rev().find(|a| a.intent.in_box == item.id);
    let offered = newest.and_then(|a| item.commands().find(|s| s.id == a.intent.step));
    let step = offered.filter(|s| !s.holds_box()).unwrap_or(step);
    let earlier = || steps.iter().take_while(|s| s.id != step.id).collect::<Vec<_>>();
    attempted(step).or_else(|| earlier().into_iter().rev().find_map(attempted))
}

/// Returns the place of `step` in its box as `3 of 5`.
#[must_use]
pub fn step_of(run: &Run, step: &Step) -> (usize, usize) {
    let steps = run.runbook.find_step(&step.id).map(|(b, _)| b.steps.as_slice()).unwrap_or_default();
    (steps.iter().position(|s| s.id == step.id).map_or(0, |at| at + 1), steps.len())
}

/// Returns the walked boxes of which a step was ever tried, in order. Only they can run, fail or be unknown.
#[must_use]
pub fn tried(run: &Run) -> Vec<usize> {
    let boxes = run.attempts.values().filter_map(|a| run.runbook.box_index(&a.intent.in_box));
    let mut boxes: Vec<usize> = boxes.collect();
    boxes.sort_unstable();
    boxes.dedup();
    boxes
}

/// Returns how long an attempt took, or takes so far.
#[must_use]
pub fn attempt_took(attempt: &Attempt, now: &Stamp) -> Duration {
    let begun = attempt.started_at.unwrap_or(attempt.at);
    match &attempt.finished {
        Some((finished, at)) => finished.took_ns.map_or_else(|| elapsed(&begun, at), Duration::from_nanos),
        None => elapsed(&begun, now),
    }
}

/// Returns the title of the step called `id`.
#[must_use]
pub fn step_title(run: &Run, id: &crate::runbook::ids::StepId) -> String {
    run.runbook.find_step(id).map_or_else(|| id.to_string(), |(_, s)| s.title.clone())
}
