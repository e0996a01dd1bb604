//! What somebody is shown before they answer from outside the screen: what they say, to which text, and what ran.

use crate::clock::rfc3339;
use crate::run::decide::wait_until;
use crate::run::fact::{Vote, Who};
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runbook::model::BoxItem;

/// Returns a name with how it is proven, as it stands in every list.
#[must_use]
pub fn named(who: &Who) -> String {
    match who.key() {
        Some(key) => format!("{} ({} {key})", who.name, who.proof.word()),
        None => format!("{} ({})", who.name, who.proof.word()),
    }
}

fn row(label: &str, text: &str) -> String {
    format!("  {label:<10} {text}")
}

/// Returns the lines that say which run it is, on which text, and what a signature covers.
fn of_run(run: &Run) -> Vec<String> {
    let place = run.opened.environment.as_ref().map(|e| format!(", on {}", e.name)).unwrap_or_default();
    vec![
        row("run", &format!("{}: {}{place}, captain {}", run.id, run.title(), named(&run.captain))),
        row("text", &format!("sha256:{} of {}", run.opened.text_sha, run.opened.runbook)),
    ]
}

fn covers(run: &Run) -> String {
    let head = match run.last_hash.get(..16) {
        Some(head) => format!(" (head {head}…)"),
        None => String::new(),
    };
    row("covers", &format!("everything up to event {}{head}", run.last_seq))
}

/// Returns what is to be read before the box `id` is signed.
#[must_use]
pub fn of_box(run: &Run, id: &BoxId) -> Vec<String> {
    let Some((index, item)) = run.runbook.box_index(id).and_then(|i| Some((i, run.runbook.boxes.get(i)?)))
    else {
        return Vec::new();
    };
    let mut lines = of_run(run);
    let path: Vec<&str> =
        std::iter::once(run.phase_title(item.phase)).chain(item.path.iter().map(String::as_str)).collect();
    let number = run.walked().position(|walked| walked == index).map_or(0, |at| at + 1);
    lines.push(row("box", &format!("{number} ({id}), in {}", path.join(", "))));
    lines.push(row("statement", &item.text));
    lines.extend(item.prose.lines().map(|line| row("", line)));
    let evidence = run.evidence(index);
    match evidence.split_first() {
        None => lines.push(row("ran", "nothing: only a person can tell")),
        Some((first, rest)) => {
            lines.push(row("ran", first));
            lines.extend(rest.iter().map(|line| row("", line)));
        }
    }
    lines.extend(asks(run, item).iter().map(|line| row("wants", line)));
    if let Some(state) = run.boxes.get(index) {
        for (half, at) in &state.halves {
            let value = half.value.as_ref().map(|v| format!(", {}={}", v.name, v.value)).unwrap_or_default();
            let note = half.note.as_ref().map(|n| format!(": {n}")).unwrap_or_default();
            lines.push(row("signed", &format!("{} at {}{value}{note}", named(&half.who), rfc3339(at.wall))));
        }
        if let (Some(wait), Some(started)) = (item.wait.filter(|_| !state.wait_ended), state.wait_started) {
            lines.push(row("waits", &format!("until {}", rfc3339(wait_until(started, wait)))));
        }
    }
    lines.push(covers(run));
    lines
}

fn stands(run: &Run) -> String {
    row("boxes", &run.counts().words())
}

fn asks(run: &Run, item: &BoxItem) -> Vec<String> {
    let mut asks = Vec::new();
    if item.two_person {
        let how = if run.is_signed() { "with two keys" } else { "at two accounts" };
        asks.push(format!("two people, {how}"));
    }
    if let Some(role) = &item.role {
        asks.push(format!("{role}: {}", run.in_role(role).join(" or ")));
    }
    if let Some(value) = &item.value {
        asks.push(format!("a value for {}", value.name));
    }
    if item.required {
        asks.push("a signature: it cannot be waived".to_owned());
    }
    asks
}

/// Returns what is to be read before a note on the run is written.
#[must_use]
pub fn of_run_as_it_stands(run: &Run) -> Vec<String> {
    let mut lines = of_run(run);
    lines.push(stands(run));
    let tried = |index: &usize| run.attempts.values().any(|a| a.intent.in_box == run.box_id(*index));
    let ran: Vec<String> = run.walked().filter(tried).flat_map(|index| run.evidence(index)).collect();
    match ran.split_first() {
        None => lines.push(row("ran", "nothing yet")),
        Some((first, rest)) => {
            lines.push(row("ran", first));
            lines.extend(rest.iter().map(|line| row("", line)));
        }
    }
    lines.push(covers(run));
    lines
}

/// Returns what is to be read before the run is offered or taken.
#[must_use]
pub fn of_handover(run: &Run) -> Vec<String> {
    let mut lines = of_run(run);
    lines.push(stands(run));
    if let Some((offer, at)) = &run.offered {
        let words = offer.text.as_ref().map(|t| format!(": {t}")).unwrap_or_default();
        lines.push(row(
            "offered",
            &format!("to {} by {} at {}{words}", offer.to, named(&offer.who), rfc3339(at.wall)),
        ));
    }
    lines.push(covers(run));
    lines
}

/// Returns what is to be read before a vote at the gate before the phase at `index`.
#[must_use]
pub fn of_gate(run: &Run, index: usize) -> Vec<String> {
    let mut lines = of_run(run);
    lines.push(row("gate", &format!("before {}", run.phase_title(index))));
    let open = run.open_before_gate(index);
    let names: Vec<String> = open.iter().map(|id| run.in_words(&id.to_string())).collect();
    lines
        .push(row("open", &if names.is_empty() { "nothing before it".to_owned() } else { names.join(", ") }));
    lines.extend(votes(run, index).iter().map(|line| row("vote", line)));
    lines.push(covers(run));
    lines
}

/// Returns a line for each voice at the gate before the phase at `index`: one a role where roles vote, else one a vote.
#[must_use]
pub fn votes(run: &Run, index: usize) -> Vec<String> {
    let said = |who: &Who, vote: Vote, at: &crate::clock::Stamp, text: Option<&str>| {
        let words = text.map(|text| format!(": {text}")).unwrap_or_default();
        format!("{} by {} at {}{words}", vote.word(), named(who), rfc3339(at.wall))
    };
    if run.voters(index).is_empty() {
        let votes = run.gates.get(&index).map(|gate| gate.votes.as_slice()).unwrap_or_default();
        return votes.iter().map(|(v, at)| said(&v.who, v.vote, at, v.text.as_deref())).collect();
    }
    let line = |(role, vote): (&str, Option<&(crate::run::fact::GateVoted, crate::clock::Stamp)>)| match vote
    {
        Some((v, at)) => format!("{role}: {}", said(&v.who, v.vote, at, v.text.as_deref())),
        None => format!("{role}: absent, which is no-go ({})", run.in_role(role).join(" or ")),
    };
    run.poll(index).into_iter().map(line).collect()
}
