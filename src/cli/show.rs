//! `gonogo show`.

use crate::cli::args::Show as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::print;
use crate::report::{self, RunRecord, statement};
use crate::run::attempt::StepStatus;
use crate::run::state::Run;
use crate::run::status::BoxStatus;
use crate::runtime::{Fail, record, resuming};
use crate::text::sanitize;

/// Runs `gonogo show`.
pub fn show(house: &House, args: &Args) -> Result<Exit, Fail> {
    let driven = |run: &Run| resuming::driven(&house.log, run);
    let back = |id: &str| house.hint(&format!("resume {id}"));
    let (log, allowed) = (&house.log, house.allowed()?);
    let text = if args.json {
        record::verified(log, &allowed, &args.run, report::json)?
    } else {
        record::of(log, &allowed, &args.run, |record| shown(record, &driven, &back))?
    };
    print(&format!("{}\n", text.trim_end()))?;
    Ok(Exit::Done)
}

/// Returns the summary, then every box with its state and who settled it, for the run and each run below it.
fn shown(record: &RunRecord<'_>, driven: &dyn Fn(&Run) -> bool, back: &dyn Fn(&str) -> String) -> String {
    let mut lines: Vec<String> = report::summary(record).trim_end().lines().map(str::to_owned).collect();
    if record.run.closed.is_none() && !driven(record.run) {
        let since = crate::clock::rfc3339(record.run.last_at.wall);
        lines.push(format!("nobody drives it since {since}; go on with: {}", back(&record.run.id)));
    }
    lines.extend(record.sessions.iter().map(|s| format!("session: {}", sanitize(&s.words()))));
    for (depth, member) in record.family() {
        let run = member.run;
        lines.push(String::new());
        if depth > 0 {
            lines.push(format!("{} ({})", sanitize(run.title()), run.id));
        }
        let mut phase = None;
        for (number, index) in (1..).zip(run.walked()) {
            let Some(item) = run.runbook.boxes.get(index) else { continue };
            if phase != Some(item.phase) {
                phase = Some(item.phase);
                if run.gates.get(&item.phase).is_some_and(|gate| gate.opened.is_none()) {
                    let votes = statement::votes(run, item.phase);
                    lines.extend(votes.iter().map(|vote| format!("  gate: {}", sanitize(vote))));
                }
                lines.push(sanitize(run.phase_title(item.phase)).to_string());
            }
            let indent = "  ".repeat(item.depth);
            let sign = sign(run.box_status(index));
            lines.push(format!(
                "{number:>4} {indent}[{sign}] {}{}",
                sanitize(&item.text),
                sanitize(&settled(run, index))
            ));
            lines.extend(attempts(run, index).map(|line| format!("         {indent}{}", sanitize(&line))));
        }
    }
    lines.join("\n")
}

/// Returns a line for each attempt of the box's steps that did not simply pass.
fn attempts(run: &Run, index: usize) -> impl Iterator<Item = String> + '_ {
    let id = run.box_id(index);
    run.attempts.values().filter(move |a| a.intent.in_box == id && a.status() != StepStatus::Passed).map(
        |a| {
            let state =
                if a.status() == StepStatus::Running { "running".to_owned() } else { a.ended_words() };
            format!("{} on {}: {state}", a.intent.step, a.intent.host)
        },
    )
}

/// Returns who settled the box and when, or what is the matter with it.
fn settled(run: &Run, index: usize) -> String {
    let Some(state) = run.box_state(index) else { return String::new() };
    if let Some((signed, at)) = &state.signed {
        let value = signed.value.as_ref().map(|v| format!(", {} = {}", v.name, v.value)).unwrap_or_default();
        let (name, proof) = (&signed.who.name, signed.who.proof.word());
        let first =
            state.first().map(|(first, _)| format!("{} ({}), then ", first.who.name, first.who.proof.word()));
        let first = first.unwrap_or_default();
        return format!(": {first}{name} ({proof}) {}{value}", crate::clock::rfc3339(at.wall));
    }
    if let Some((waived, at)) = &state.waived {
        let (name, proof) = (&waived.who.name, waived.who.proof.word());
        return format!(": waived by {name} ({proof}) {}, {}", crate::clock::rfc3339(at.wall), waived.reason);
    }
    match run.box_status(index) {
        BoxStatus::HalfSigned => {
            let by =
                state.half().map(|(half, _)| format!(" by {} ({})", half.who.name, half.who.proof.word()));
            format!(": half-signed{}, wants a second person", by.unwrap_or_default())
        }
        BoxStatus::Pending => String::new(),
        other => format!(": {}", other.word()),
    }
}

const fn sign(status: BoxStatus) -> char {
    match status {
        BoxStatus::HalfSigned => '1',
        BoxStatus::Signed => 'x',
        BoxStatus::Waived => '-',
        BoxStatus::Failed => '!',
        BoxStatus::Unknown => '?',
        BoxStatus::Running => '>',
        BoxStatus::Ready => '*',
        BoxStatus::Pending => ' ',
    }
}
