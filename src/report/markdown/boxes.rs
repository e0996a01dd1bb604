//! Phases, gates and boxes: who, how proven, when, in which words.

use super::Page;
use crate::report::phrase::{Phrase, code, inline};
use crate::report::record::RunRecord;
use crate::report::span;
use crate::run::attempt::Attempt;
use crate::run::fact::Vote;
use crate::run::state::{Gate, Run};
use crate::runbook::model::{BoxItem, Step};

pub(super) fn write(page: &mut Page, record: &RunRecord<'_>, level: usize) {
    let run = record.run;
    page.heading(level, "Boxes");
    for (index, phase) in run.runbook.phases.iter().enumerate() {
        if !run.walks(index) || phase.boxes.is_empty() {
            continue;
        }
        page.heading(level + 1, &inline(&phase.title));
        if let Some(gate) = run.gates.get(&index) {
            page.paragraph(&gate_words(gate, run.closed.is_some()));
            if gate.opened.is_none() {
                for (role, why) in run.not_go(index) {
                    page.bullet(0, &Phrase::of("").code(role).say(format!(": {why}")).markdown());
                }
            }
        }
        for place in phase.boxes.clone() {
            if let Some(item) = run.runbook.boxes.get(place) {
                one(page, run, place, item);
            }
        }
    }
}

fn gate_words(gate: &Gate, closed: bool) -> String {
    let mut words = Phrase::of("Gate: ");
    for (vote, at) in &gate.votes {
        let role = vote.role.as_ref().map(|role| format!(" for {role}")).unwrap_or_default();
        let said = if vote.vote == Vote::Go { " said go at " } else { " said no-go at " };
        words = words
            .who(&vote.who)
            .say(role)
            .say(said)
            .say(span::utc(at.wall))
            .reason(", ", vote.text.as_deref())
            .say("; ");
    }
    let words = match &gate.opened {
        None if closed => words.say("shut to the end."),
        None => words.say("shut."),
        Some((opened, at)) => {
            let words = words.say("opened at ").say(span::utc(at.wall)).say(" by ").who(&opened.who);
            let words = words.reason(", over ", opened.over.as_deref());
            let open: Vec<&str> = opened.open.iter().map(|id| id.as_str()).collect();
            if open.is_empty() {
                words.say(".")
            } else {
                words.say(", with open boxes: ").list(open).say(".")
            }
        }
    };
    words.markdown()
}

fn one(page: &mut Page, run: &Run, index: usize, item: &BoxItem) {
    let Some(state) = run.boxes.get(index) else { return };
    let depth = item.depth;
    let tick = if state.signed.is_some() { "[x]" } else { "[ ]" };
    let status = run.box_status(index).word();
    page.bullet(depth, &format!("{tick} {} (**{status}**, box {})", inline(&item.text), code(&item.id.0)));
    let mut line = |words: Phrase| page.bullet(depth + 1, &words.markdown());
    for (half, at) in &state.halves {
        let words = Phrase::of("first signed by ").who(&half.who).say(format!(" at {}", span::utc(at.wall)));
        line(words.reason(": ", half.note.as_deref()));
    }
    if let Some((signed, at)) = &state.signed {
        line(Phrase::of("signed by ").who(&signed.who).say(format!(" at {}", span::utc(at.wall))));
        if signed.statement != item.text {
            line(Phrase::of("statement: “").quote(&signed.statement).say("”"));
        }
        if let Some((mark, _)) = &state.marked {
            line(Phrase::of("pressed the stopwatch ").code(&mark.name));
        }
        if let Some(value) = &signed.value {
            line(Phrase::of("value: ").code(format!("{}={}", value.name, value.value)));
        }
        if signed.note.is_some() {
            line(Phrase::of("note").reason(": ", signed.note.as_deref()));
        }
        for evidence in &signed.evidence {
            line(Phrase::of("evidence: ").quote(evidence));
        }
        if !signed.out_of_order.is_empty() {
            let open = signed.out_of_order.iter().map(|id| id.as_str());
            line(Phrase::of("signed while these were open: ").list(open));
        }
    }
    if let Some((waived, at)) = &state.waived {
        let words = match &waived.condition {
            Some(_) => Phrase::of("did not apply"),
            None => Phrase::of("waived by ").who(&waived.who),
        };
        let words = words.say(format!(" at {}", span::utc(at.wall))).reason(": ", Some(&waived.reason));
        line(words);
        if let Some(owner) = &waived.risk_owner {
            line(Phrase::of("risk carried by ").quote(owner));
        }
    }
    if state.reopened > 0 {
        let times = if state.reopened == 1 { "once".to_owned() } else { format!("{} times", state.reopened) };
        line(Phrase::of(format!("taken back {times}: see what happened")));
    }
    if let Some(started) = &state.wait_started {
        let early = if state.wait_ended { ", ended early" } else { "" };
        line(Phrase::of(format!("wait begun at {}{early}", span::utc(started.wall))));
    }
    for (note, at) in run.notes.iter().filter(|(n, _)| n.id.as_ref() == Some(&item.id)) {
        line(
            Phrase::of("note by ")
                .who(&note.who)
                .say(format!(" at {}", span::utc(at.wall)))
                .reason(": ", Some(&note.text)),
        );
    }
    for child in run.children.iter().filter(|c| c.opened.in_box.as_ref() == Some(&item.id)) {
        let ended = child.closed.as_ref().map_or("still open", |(e, _)| e.outcome.words());
        line(Phrase::of("child run ").code(&child.opened.child).say(": ").say(ended));
    }
    for step in &item.steps {
        line(step_words(run, step));
    }
}

fn step_words(run: &Run, step: &Step) -> Phrase {
    let words = Phrase::of("step ").code(step.id.as_str()).say(": ").say(run.step_words(step));
    let hosts = run.host_statuses(step);
    let words = if hosts.is_empty() { words } else { words.say(" (") };
    let last = hosts.len();
    let words = hosts.into_iter().enumerate().fold(words, |words, (place, (host, status))| {
        let end = if place + 1 == last { ")" } else { ", " };
        let status = run.latest(&step.id, &host.name).map_or(status.word(), Attempt::status_words);
        words.code(&host.name).say(format!(" {status}{end}"))
    });
    match run.waived_steps.get(&step.id) {
        Some((e, _)) if e.condition.is_some() => words.reason(", ", Some(&e.reason)),
        Some((e, at)) => {
            let words = words.say(", waived by ").who(&e.who).say(format!(" at {}", span::utc(at.wall)));
            words.reason(": ", Some(&e.reason))
        }
        None => words,
    }
}
