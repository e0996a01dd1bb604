//! `gonogo show`.

use std::fmt::Write as _;

use crate::cli::args::Show as Args;
use crate::cli::exit::Exit;
use crate::cli::house::House;
use crate::cli::print;
use crate::report::{self, RunRecord};
use crate::run::state::Run;
use crate::run::status::BoxStatus;
use crate::runtime::{Fail, record};
use crate::text::sanitize;

/// Runs `gonogo show`.
pub fn show(house: &House, args: &Args) -> Result<Exit, Fail> {
    let make = |record: &RunRecord<'_>| if args.json { report::json(record) } else { shown(record) };
    let text = record::of(&house.log, &args.run, make)?;
    print(&format!("{}\n", text.trim_end()))?;
    Ok(Exit::Done)
}

/// Returns the summary, then every box with its state and who settled it, for the run and each run below it.
fn shown(record: &RunRecord<'_>) -> String {
    let mut text = report::summary(record);
    for (_, member) in record.family() {
        let run = member.run;
        write!(text, "\n\n{} ({})\n", sanitize(&run.opened.title), run.id).unwrap_or_default();
        let mut phase = None;
        for index in run.walked() {
            let Some(item) = run.runbook.boxes.get(index) else { continue };
            if phase != Some(item.phase) {
                phase = Some(item.phase);
                writeln!(text, "{}", sanitize(run.phase_title(item.phase))).unwrap_or_default();
            }
            let indent = "  ".repeat(item.depth);
            let sign = sign(run.box_status(index));
            writeln!(text, "  {indent}[{sign}] {}{}", sanitize(&item.text), sanitize(&settled(run, index)))
                .unwrap_or_default();
        }
    }
    text
}

/// Returns who settled the box and when, or what is the matter with it.
fn settled(run: &Run, index: usize) -> String {
    let Some(state) = run.box_state(index) else { return String::new() };
    if let Some((signed, at)) = &state.signed {
        let value = signed.value.as_ref().map(|v| format!(", {} = {}", v.name, v.value)).unwrap_or_default();
        let (name, proof) = (&signed.who.name, signed.who.proof.word());
        return format!(": {name} ({proof}) {}{value}", crate::clock::rfc3339(at.wall));
    }
    if let Some((waived, at)) = &state.waived {
        let (name, proof) = (&waived.who.name, waived.who.proof.word());
        return format!(": waived by {name} ({proof}) {}, {}", crate::clock::rfc3339(at.wall), waived.reason);
    }
    match run.box_status(index) {
        BoxStatus::Pending => String::new(),
        other => format!(": {}", other.word()),
    }
}

const fn sign(status: BoxStatus) -> char {
    match status {
        BoxStatus::Signed => 'x',
        BoxStatus::Waived => '-',
        BoxStatus::Failed => '!',
        BoxStatus::Unknown => '?',
        BoxStatus::Running => '>',
        BoxStatus::Ready => '*',
        BoxStatus::Pending => ' ',
    }
}
