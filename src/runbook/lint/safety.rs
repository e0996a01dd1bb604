//! What a person should look at before a run destroys something: danger, no way back, work done once per host; pure.

use std::collections::BTreeMap;

use super::place::Lines;
use super::{Targets, steps};
use crate::diag::{Diagnostic, LineIndex};
use crate::runbook::model::{Confirm, On, PhaseKind, Place, Runbook, Step};
use crate::runbook::shell::calls::Call;
use crate::runbook::shell::judge::{first_call, judge_script};

/// Notes what is dangerous.
pub fn check(runbook: &Runbook, index: &LineIndex<'_>, targets: &[Targets], out: &mut Vec<Diagnostic>) {
    for step in steps(runbook) {
        danger(step, index, out);
        terminal(step, index, out);
        once(runbook, step, index, targets, out);
    }
    no_way_back(runbook, out);
    measured(runbook, out);
}

/// A target that nothing measures is never held, and a stopwatch needs two signatures.
fn measured(runbook: &Runbook, out: &mut Vec<Diagnostic>) {
    let mut marks: BTreeMap<&str, Vec<&Place>> = BTreeMap::new();
    for item in &runbook.boxes {
        if let Some(mark) = &item.mark {
            marks.entry(mark).or_default().push(&item.place);
        }
    }
    for (name, places) in &marks {
        if let [place] = places.as_slice() {
            let message = format!("only this box carries `mark={name}`, so that nothing is measured");
            let help = "a stopwatch measures from the first to the last box that carries its name";
            out.push(Diagnostic::warning("unmeasured", message).at((*place).clone()).help(help));
        }
    }
    let set = |variable: &str| {
        runbook.front.vars.iter().any(|v| v.name == variable)
            || runbook.boxes.iter().any(|b| {
                b.value.as_ref().is_some_and(|v| v.name == variable)
                    || b.steps.iter().any(|s| s.capture.as_ref().is_some_and(|c| c.name == variable))
            })
    };
    for (name, _) in &runbook.front.targets {
        let variable = name.to_uppercase().replace('-', "_");
        if !marks.contains_key(name.as_str()) && !set(&variable) {
            let message = format!("nothing measures the target `{name}`");
            let help =
                format!("write `mark={name}` on two boxes, or set `{variable}` by a value or a capture");
            out.push(Diagnostic::warning("unmeasured", message).help(help));
        }
    }
}

/// The run asks for a typed confirmation by itself; who wrote `confirm` has thought of it.
fn danger(step: &Step, index: &LineIndex<'_>, out: &mut Vec<Diagnostic>) {
    let Some(why) = &step.danger else { return };
    let message = format!("the step `{}` is dangerous: {why}", step.title);
    let help =
        "a run asks for the environment's name, typed; write `confirm=type` to say that it is meant so";
    let at = Lines::of(index, step).first(|line| judge_script(line).danger.is_some());
    out.push(Diagnostic::warning("dangerous-command", message).at(at).help(help));
}

/// Blocks that are refused as scripts are named where they are read; here it is what their commands want. Who wrote
/// `interactive` has thought of it.
fn terminal(step: &Step, index: &LineIndex<'_>, out: &mut Vec<Diagnostic>) {
    let wants = judge_script(&step.script).wants_terminal().cloned();
    let asked = step.terminal.as_ref().and_then(|t| t.why.as_ref());
    let (message, help) = match (asked, &step.by_hand, wants) {
        (Some(why), ..) => (
            format!("the step `{}` gets a terminal, and waits for a person: {why}", step.title),
            "a walk without a terminal stops there; write `interactive` to say that it is meant so",
        ),
        (None, Some(by_hand), Some(why)) if by_hand.starts_with(&why) => (
            format!("the step `{}` is not run by gonogo: {by_hand}", step.title),
            "it is shown for you to run by hand, and its box does not wait for it; write `interactive` instead of \
             what contradicts it",
        ),
        _ => return,
    };
    let at = Lines::of(index, step).first(|line| judge_script(line).wants_terminal().is_some());
    out.push(Diagnostic::warning("needs-terminal", message).at(at).help(help));
}

/// Migrations and dumps concern one database: on every host of a role they run several times.
fn once(
    runbook: &Runbook,
    step: &Step,
    index: &LineIndex<'_>,
    targets: &[Targets],
    out: &mut Vec<Diagnostic>,
) {
    let On::Role(role) = &step.on else { return };
    if step.check {
        return;
    }
    // Where nobody knows the hosts of a role there may be several.
    let single_host = |roles: &[(String, Vec<String>)]| {
        let one = roles.iter().find(|(name, _)| name == role).map(|(_, hosts)| hosts.len() == 1);
        one.unwrap_or_else(|| roles.iter().flat_map(|(_, hosts)| hosts).any(|h| h == role))
    };
    let known = if targets.is_empty() {
        single_host(&runbook.front.hosts)
    } else {
        targets.iter().all(|t| single_host(&t.roles))
    };
    if known {
        return;
    }
    let Some(what) = first_call(&step.script, single) else { return };
    let message = format!("the step `{}` {what} on every host of `{role}`, one after another", step.title);
    let help = "add `once` behind `on=` if the hosts share one database";
    let at = Lines::of(index, step).first(|line| first_call(line, single).is_some());
    out.push(Diagnostic::warning("not-once", message).at(at).help(help));
}

/// Returns what `call` does to a database if that is to be done once.
fn single(call: &Call<'_>) -> Option<&'static str> {
    let has = |list: &[&str]| call.args.iter().any(|w| list.contains(w));
    if has(&["--pretend", "--dry-run", "--plan", "--check", "--help", "--version", "--status"]) {
        return None;
    }
    let dumps =
        ["mysqldump", "mariadb-dump", "pg_dump", "pg_dumpall", "mongodump", "xtrabackup", "mariabackup"];
    if dumps.contains(&call.program) {
        return Some("dumps a database");
    }
    let migrates = [
        "migrate",
        "db:migrate",
        "migrate:fresh",
        "migrate:refresh",
        "doctrine:migrations:migrate",
        "migration:run",
    ];
    let first = call.args.first().copied();
    let pair = |one: &str, other: &str| call.program == one && first == Some(other);
    let upgrades = call.args.windows(2).any(|w| w == ["db", "upgrade"]);
    let called = has(&migrates) || pair("alembic", "upgrade") || pair("liquibase", "update") || upgrades;
    let quiet = matches!(call.program, "echo" | "printf" | "grep");
    (called && !quiet).then_some("migrates a database")
}

fn no_way_back(runbook: &Runbook, out: &mut Vec<Diagnostic>) {
    let goes_back = |title: &str| {
        let title = title.to_lowercase();
        let words = ["rollback", "roll back", "rolling back", "restore", "revert", "going back", "backout"];
        words.iter().any(|word| title.contains(word))
    };
    let known = runbook.front.rollback.is_some() || runbook.phases.iter().any(|p| p.rollback);
    if known || goes_back(&runbook.title) {
        return;
    }
    if let Some(phase) = runbook.phases.iter().find(|p| !p.boxes.is_empty() && goes_back(&p.title)) {
        let message = format!("`{}` is walked after the phases before it, like any other", phase.title);
        let help = "write `<!-- gonogo: rollback -->` on its heading if only a rollback enters it";
        out.push(Diagnostic::warning("rollback-is-walked", message).at(phase.place.clone()).help(help));
        return;
    }
    let deploy = runbook.phases.iter().find(|p| p.kind == PhaseKind::During && !p.boxes.is_empty());
    let lasting = runbook.boxes.iter().find_map(|b| {
        let step =
            b.steps.iter().find(|s| s.irreversible || s.danger.is_some() || s.confirm == Confirm::Type);
        step.map(|s| &s.place).or_else(|| b.irreversible.then_some(&b.place))
    });
    let Some(place) = lasting.or(deploy.map(|p| &p.place)) else { return };
    let why = if lasting.is_some() { "does what lasts" } else { "has a phase that changes something" };
    let message = format!("this runbook {why}, and names no rollback");
    let help = "name one in the front matter (`rollback: ROLLBACK.md`), or write `<!-- gonogo: rollback -->` on the heading of a phase";
    out.push(Diagnostic::warning("no-rollback", message).at(place.clone()).help(help));
}
