//! What a closed run came to: what was not straight, what is still owed. Read off the run, nothing is decided.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::Stamp;
use crate::run::attempt::{Attempt, StepStatus};
use crate::run::fact::{Proof, Vote};
use crate::run::state::Run;
use crate::tui::about;
use crate::tui::ink::elapsed;

/// Something that was not straight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bent {
    /// Its sign.
    pub sign: char,
    /// When.
    pub at: Stamp,
    /// What.
    pub text: String,
    /// Where, as `box 9`.
    pub place: String,
}

/// Something still to be done after the run has closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// By when.
    pub due: DateTime<Utc>,
    /// What.
    pub text: String,
    /// Which box.
    pub place: String,
}

/// Returns what was not straight, in the order in which it happened.
#[must_use]
pub fn not_straight(run: &Run) -> Vec<Bent> {
    let mut all = Vec::new();
    let bent = |sign, at, text: String, place: String| Bent { sign, at, text, place };
    for attempt in run.attempts.values() {
        let place = about::box_name(run, &attempt.intent.in_box);
        let name = format!("{} on {}", about::step_title(run, &attempt.intent.step), attempt.intent.host);
        if let Some((why, at)) = &attempt.unknown {
            let end = match &attempt.resolved {
                Some(r) => format!(", verdict {} by {}", r.verdict.words(r.extent), r.who.name),
                None if attempt.finished.is_some() => format!(", then {}", attempt.ended_words()),
                None => ", never resolved".to_owned(),
            };
            all.push(bent('?', *at, format!("{name} unknown ({why}){end}"), place));
            continue;
        }
        let Some((finished, at)) = &attempt.finished else { continue };
        if attempt.went_on() {
            continue;
        }
        if let Some(judged) = &attempt.resolved {
            let was = Attempt { resolved: None, ..attempt.clone() }.ended_words();
            let word = judged.verdict.words(judged.extent);
            all.push(bent('?', *at, format!("{name}: {was}, verdict {word} by {}", judged.who.name), place));
            continue;
        }
        let later = run.latest(&attempt.intent.step, &attempt.intent.host);
        let later = later.filter(|l| l.intent.number != attempt.intent.number);
        let then = later.map(|l| format!(", retried, {}", l.status().word())).unwrap_or_default();
        match attempt.status() {
            StepStatus::Failed => {
                all.push(bent('✗', *at, format!("{name} failed ({}){then}", attempt.ended_words()), place));
            }
            StepStatus::Cancelled => {
                all.push(bent('✗', *at, format!("{name} was cancelled{then}"), place));
            }
            StepStatus::Warning => all.push(bent('!', *at, format!("{name} warned"), place)),
            StepStatus::PassedByMarker => {
                all.push(bent('!', *at, format!("{name}: {}", attempt.ended_words()), place));
            }
            _ => {}
        }
        for remark in &finished.remarks {
            let place = about::box_name(run, &attempt.intent.in_box);
            all.push(bent('!', *at, format!("{name}: {remark}"), place));
        }
    }
    for (waived, at) in run.waived_steps.values().filter(|(w, _)| w.condition.is_none()) {
        let title = about::step_title(run, &waived.step);
        let text = format!("step {title} waived by {}: \"{}\"", waived.who.name, waived.reason);
        let place = run.runbook.find_step(&waived.step).map(|(b, _)| about::box_name(run, &b.id));
        all.push(bent('~', *at, text, place.unwrap_or_default()));
    }
    for (item, state) in run.runbook.boxes.iter().zip(&run.boxes) {
        let place = about::box_name(run, &item.id);
        if let Some((waived, at)) = state.waived.as_ref().filter(|(w, _)| w.condition.is_none()) {
            all.push(bent(
                '~',
                *at,
                format!("waived by {}: \"{}\"", waived.who.name, waived.reason),
                place.clone(),
            ));
        }
        if let Some((signed, at)) = state.signed.as_ref().filter(|(s, _)| !s.out_of_order.is_empty()) {
            let open = about::box_names(run, &signed.out_of_order);
            all.push(bent('!', *at, format!("signed while {open} open"), place.clone()));
        }
        if let Some((_, at)) = state.signed.as_ref().filter(|_| state.wait_ended) {
            all.push(bent('!', *at, "its wait was ended early".to_owned(), place.clone()));
        }
        if state.reopened > 0 {
            let at = state.signed.as_ref().map_or(run.last_at, |(_, at)| *at);
            all.push(bent('!', at, format!("opened again {} times", state.reopened), place));
        }
    }
    for (index, gate) in &run.gates {
        let place = format!("gate {}", about::short_phase(run, *index));
        for (vote, at) in gate.votes.iter().filter(|(v, _)| v.vote == Vote::NoGo) {
            let words = vote.text.as_deref().unwrap_or_default();
            all.push(bent('!', *at, format!("no-go by {}: \"{words}\"", vote.who.name), place.clone()));
        }
        if let Some((opened, at)) = gate.opened.as_ref().filter(|(o, _)| o.over.is_some()) {
            let why = opened.over.as_deref().unwrap_or_default();
            all.push(bent('!', *at, format!("opened anyway by {}: \"{why}\"", opened.who.name), place));
        }
    }
    let typed: Vec<&Stamp> = run
        .boxes
        .iter()
        .filter_map(|b| b.signed.as_ref())
        .filter(|(s, _)| s.who.proof == Proof::Typed)
        .map(|(_, at)| at)
        .collect();
    if let Some(at) = typed.last() {
        let n = typed.len();
        let said = if n == 1 {
            "1 sign-off is a typed name".to_owned()
        } else {
            format!("{n} sign-offs are typed names")
        };
        all.push(bent('!', **at, format!("{said}, not proven"), String::new()));
    }
    let signed = run.boxes.iter().filter_map(|b| b.signed.as_ref());
    let claimed: Vec<&Stamp> =
        signed.filter(|(s, _)| s.who.proof == Proof::Claimed).map(|(_, at)| at).collect();
    if let Some(at) = claimed.last() {
        let n = claimed.len();
        let said = if n == 1 { "1 sign-off names" } else { &format!("{n} sign-offs name") };
        all.push(bent('!', **at, format!("{said} a key, and no allowed key shows it"), String::new()));
    }
    for child in &run.children {
        let outcome = child.closed.as_ref().map_or("still open", |(c, _)| c.outcome.words());
        if child.opened.rollback {
            all.push(bent(
                '!',
                child.at,
                format!("rolled back: {} {outcome}", child.opened.child),
                String::new(),
            ));
        }
    }
    for open in run.open_undos() {
        let said = format!("{} is not taken back", open.step.title);
        all.push(bent('!', open.since, said, about::box_name(run, open.undo)));
    }
    all.sort_by_key(|b| b.at.wall);
    all
}

/// Returns the open boxes that may still be settled after the end, by when.
#[must_use]
pub fn owed(run: &Run) -> Vec<Owed> {
    let closed = run.closed.as_ref().map_or(run.last_at, |(_, at)| *at);
    let open = run.walked().filter(|i| run.boxes.get(*i).is_some_and(|b| !b.settled()));
    let mut owed: Vec<Owed> = open
        .filter_map(|i| run.runbook.boxes.get(i))
        .filter_map(|item| {
            let due = closed.wall + item.due?;
            Some(Owed { due, text: item.text.clone(), place: about::box_name(run, &item.id) })
        })
        .collect();
    owed.sort_by_key(|o| o.due);
    owed
}

/// Returns the time from the first to the last thing done in a phase.
#[must_use]
pub fn phase_took(run: &Run, phase: usize) -> Option<Duration> {
    let boxes = run.runbook.phases.get(phase)?.boxes.clone();
    let ends = boxes.clone().filter_map(|i| run.boxes.get(i)).filter_map(|b| {
        b.signed.as_ref().map(|(_, at)| *at).or_else(|| b.waived.as_ref().map(|(_, at)| *at))
    });
    let tried = run
        .attempts
        .values()
        .filter(|a| run.runbook.box_index(&a.intent.in_box).is_some_and(|i| boxes.contains(&i)));
    // What was tried in a box that was never settled took its time as well.
    let last = tried.map(|a| {
        let known = a.finished.as_ref().map(|(_, at)| *at);
        known.or_else(|| a.unknown.as_ref().map(|(_, at)| *at)).or(a.started_at).unwrap_or(a.at)
    });
    let noted = run.notes.iter().filter_map(|(n, at)| {
        let index = run.runbook.box_index(n.id.as_ref()?)?;
        (boxes.contains(&index) && at.wall <= run.closed.as_ref()?.1.wall).then_some(*at)
    });
    let end = ends.chain(last).chain(noted).max_by_key(|at| at.wall)?;
    let begun = boxes.map(|i| about::began(run, i)).min_by_key(|at| at.wall)?;
    Some(elapsed(&begun, &end))
}

/// Returns who signed in a phase and how often, by proof: `layla 3 key, omar 2 typed`.
#[must_use]
pub fn signers(run: &Run, phase: usize) -> String {
    let boxes = run.runbook.phases.get(phase).map(|p| p.boxes.clone()).unwrap_or_default();
    let mut counts: Vec<(String, Proof, usize)> = Vec::new();
    for (signed, _) in boxes.filter_map(|i| run.boxes.get(i)).filter_map(|b| b.signed.as_ref()) {
        let who = &signed.who;
        match counts.iter_mut().find(|(name, proof, _)| *name == who.name && *proof == who.proof) {
            Some((_, _, n)) => *n += 1,
            None => counts.push((who.name.clone(), who.proof, 1)),
        }
    }
    let words: Vec<String> =
        counts.into_iter().map(|(name, proof, n)| format!("{name} {n} {}", proof.word())).collect();
    words.join(", ")
}
