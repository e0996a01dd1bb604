//! Whether a run of a drill passed, and if not, why: a sentence for each reason.

use std::time::Duration;

use crate::report::targets::{Measured, against as measure};
use crate::run::attempt::StepStatus;
use crate::run::fact::RunOutcome;
use crate::run::state::Run;
use crate::text::clocks;

/// Returns why `run` does not count as a pass of a drill that has the targets `now`; nothing when it does.
#[must_use]
pub fn against(run: &Run, now: &[(String, Duration)]) -> Vec<String> {
    let mut why = Vec::new();
    match &run.closed {
        None => why.push("it is still open".to_owned()),
        Some((e, _)) if e.outcome != RunOutcome::Completed => {
            let reason = e.reason.as_ref().map(|r| format!(": {r}")).unwrap_or_default();
            why.push(format!("it was {}{reason}", e.outcome.words()));
        }
        Some(_) => why.extend(steps(run)),
    }
    for (name, target) in &run.runbook.front.targets {
        why.extend(missed(&measure(run, name, Some(*target)), ""));
    }
    for (name, target) in now {
        if !run.runbook.front.targets.contains(&(name.clone(), *target)) {
            why.extend(missed(&measure(run, name, Some(*target)), ", which the runbook asks for now"));
        }
    }
    why
}

fn missed(measured: &Measured, now: &str) -> Option<String> {
    let target = measured.target.map(clocks::words)?;
    match (&measured.time, measured.held()?) {
        (_, true) => None,
        (Ok(time), false) => {
            Some(format!("{} took {}, more than {target}{now}", measured.name, time.shown()))
        }
        (Err(why), false) => Some(format!("{} was not measured{now}: {why}", measured.name)),
    }
}

/// Returns a sentence for each step that neither passed nor did not apply.
fn steps(run: &Run) -> Vec<String> {
    let mut why = Vec::new();
    for index in run.walked() {
        let (Some(item), Some(state)) = (run.runbook.boxes.get(index), run.boxes.get(index)) else {
            continue;
        };
        // A box that does not apply takes its steps along; one that is owed later may still be open.
        let moot = state.waived.as_ref().is_some_and(|(e, _)| e.condition.is_some());
        let later = !state.settled() && run.due(index).is_some();
        if moot || later {
            continue;
        }
        for step in item.steps.iter().filter(|step| !step.offered) {
            let moot = run.waived_steps.get(&step.id).is_some_and(|(e, _)| e.condition.is_some());
            let status = run.step_status(step);
            let passed =
                matches!(status, StepStatus::Passed | StepStatus::PassedByMarker | StepStatus::Warning);
            if !passed && !moot {
                let words = if status == StepStatus::Pending { "was not run" } else { run.step_words(step) };
                why.push(format!("step {}: {words}", step.id));
            }
        }
    }
    why
}
