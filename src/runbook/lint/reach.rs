//! What a run can never reach: conditions that cannot hold, needs that cannot be met, work that is no box; pure.

use std::collections::{HashMap, HashSet};

use crate::diag::Diagnostic;
use crate::runbook::model::{BoxItem, Condition, Pattern, PhaseKind, Place, Runbook};

/// Notes what can never be reached, and conditions that are asked before anything can answer them.
///
/// `environments` are the names of all environments; empty when they are not known.
pub fn check(runbook: &Runbook, environments: &[String], out: &mut Vec<Diagnostic>) {
    let values = Values::of(runbook, environments);
    let dead = conditions(runbook, &values, out);
    needs(runbook, &dead, out);
    only_told(runbook, out);
}

/// A list below `Post-deploy` is work to its reader; beside check boxes elsewhere a run takes it as notes.
fn only_told(runbook: &Runbook, out: &mut Vec<Diagnostic>) {
    let listed = |line: &&str| {
        let rest = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        line.trim_start().starts_with("- ") || rest.starts_with(". ") || rest.starts_with(") ")
    };
    let silent = runbook.phases.iter().filter(|p| p.boxes.is_empty() && p.kind != PhaseKind::Other);
    for phase in silent.filter(|_| !runbook.boxes.is_empty()) {
        let items = phase.prose.lines().filter(listed).count();
        if items > 0 {
            let noun = if items == 1 { "item" } else { "items" };
            let message = format!(
                "`{}` lists {items} {noun} and has no check box: a run asks for none of them",
                phase.title
            );
            let help = "write `- [ ] text` where somebody has to say that it is done";
            out.push(Diagnostic::warning("no-box-in-phase", message).at(phase.place.clone()).help(help));
        }
    }
}

/// What is known of the variables that conditions ask for.
struct Values<'r> {
    choices: HashMap<&'r str, Vec<&'r str>>,
    patterns: HashMap<&'r str, &'r Pattern>,
    /// The box that sets a variable, by its index, and whether one of its steps does.
    set: HashMap<&'r str, (usize, bool)>,
}

impl<'r> Values<'r> {
    fn of(runbook: &'r Runbook, environments: &'r [String]) -> Self {
        let mut out = Self { choices: HashMap::new(), patterns: HashMap::new(), set: HashMap::new() };
        if !environments.is_empty() {
            out.choices.insert("ENV", environments.iter().map(String::as_str).collect());
        }
        for var in &runbook.front.vars {
            if !var.choose.is_empty() {
                out.choices.insert(&var.name, var.choose.iter().map(String::as_str).collect());
            }
            out.patterns.extend(var.pattern.as_ref().map(|p| (var.name.as_str(), p)));
        }
        for (index, item) in runbook.boxes.iter().enumerate() {
            if let Some(value) = &item.value {
                out.patterns.extend(value.pattern.as_ref().map(|p| (value.name.as_str(), p)));
                out.set.insert(&value.name, (index, false));
            }
            for capture in item.steps.iter().filter_map(|s| s.capture.as_ref()) {
                out.set.insert(&capture.name, (index, true));
            }
        }
        out
    }

    /// Returns why `condition` can never hold.
    fn never(&self, condition: &Condition) -> Option<String> {
        let name = condition.name.as_str();
        let falsy = |v: &&str| matches!(*v, "" | "0" | "no" | "false");
        let choices = self.choices.get(name);
        match &condition.equals {
            Some(value) => {
                if let Some(choices) = choices.filter(|all| !all.contains(&value.as_str())) {
                    return Some(format!("`{name}` is never `{value}`, only {}", choices.join(", ")));
                }
                let pattern = self.patterns.get(name).filter(|p| !p.matches_whole(value))?;
                Some(format!("`{name}` is never `{value}`: it must match `{}`", pattern.regex.as_str()))
            }
            None => choices
                .filter(|all| name != "ENV" && all.iter().all(falsy))
                .map(|_| format!("every value of `{name}` means no")),
        }
    }
}

/// Notes conditions that never hold or come too early; returns the boxes that are always waived.
fn conditions(runbook: &Runbook, values: &Values<'_>, out: &mut Vec<Diagnostic>) -> HashSet<usize> {
    let mut dead = HashSet::new();
    let mut judge = |condition: &Option<Condition>, at: usize, within: bool, place: &Place, what: &str| {
        let Some(condition) = condition else { return false };
        let never = values.never(condition);
        if let Some(why) = &never {
            let message = format!("{what} can never be reached: {why}");
            let help = "mend the condition, or take it out with what depends on it";
            out.push(Diagnostic::warning("never-holds", message).at(place.clone()).help(help));
        } else if let Some(setter) = values.set.get(condition.name.as_str()).and_then(|(index, by_step)| {
            let early = *index > at || (*index == at && !(within && *by_step));
            early.then(|| runbook.boxes.get(*index)).flatten()
        }) {
            let message = format!(
                "{what} asks for `{}` before anything has set it: line {} does",
                condition.name, setter.place.line
            );
            let help = "a run would have to ask what holds; put the condition behind what sets its variable";
            out.push(Diagnostic::warning("asked-too-early", message).at(place.clone()).help(help));
        }
        never.is_some()
    };
    for phase in &runbook.phases {
        if judge(&phase.condition, phase.boxes.start, false, &phase.place, "this phase") {
            dead.extend(phase.boxes.clone());
        }
    }
    for section in &runbook.sections {
        if judge(&section.condition, section.boxes.start, false, &section.place, "this section") {
            dead.extend(section.boxes.clone());
        }
    }
    for (index, item) in runbook.boxes.iter().enumerate() {
        let inside = item.parent.is_some_and(|parent| dead.contains(&parent));
        if judge(&item.condition, index, false, &item.place, "this box") || inside {
            dead.insert(index);
        }
        for step in &item.steps {
            judge(&step.condition, index, true, &step.place, "this step");
        }
    }
    dead
}

/// Notes steps that need a box which nobody can sign when their turn comes.
fn needs(runbook: &Runbook, dead: &HashSet<usize>, out: &mut Vec<Diagnostic>) {
    let at: HashMap<&str, usize> =
        runbook.boxes.iter().enumerate().map(|(i, b)| (b.id.as_str(), i)).collect();
    let alternatives = Alternatives::of(runbook);
    for (index, item) in runbook.boxes.iter().enumerate().filter(|(index, _)| !dead.contains(index)) {
        for step in &item.steps {
            for (id, target) in step.needs.iter().filter_map(|id| Some((id, *at.get(id.as_str())?))) {
                let Some(needed) = runbook.boxes.get(target) else { continue };
                let why = if dead.contains(&target) {
                    "its condition never holds, so that it is always waived"
                } else if alternatives.exclude(index, target) {
                    "it is another alternative of the same choice"
                } else if rolled(runbook, needed) && !rolled(runbook, item) {
                    "it is part of the rollback, which is not walked"
                } else {
                    continue;
                };
                let message = format!("the step `{}` can never run: it needs `{id}`, and {why}", step.title);
                let help = "`needs` asks for a signature; a waived box does not count";
                out.push(Diagnostic::warning("never-met", message).at(step.place.clone()).help(help));
            }
        }
    }
}

fn rolled(runbook: &Runbook, item: &BoxItem) -> bool {
    runbook.phases.get(item.phase).is_some_and(|p| p.rollback)
}

/// For every box, the choices it stands in and the option of each.
struct Alternatives {
    of: Vec<Vec<(usize, usize)>>,
}

impl Alternatives {
    fn of(runbook: &Runbook) -> Self {
        let mut of: Vec<Vec<(usize, usize)>> = vec![Vec::new(); runbook.boxes.len()];
        for (choice, one) in runbook.choices.iter().enumerate() {
            for &option in &one.options {
                let boxes = runbook.sections.get(option).map(|s| s.boxes.clone()).unwrap_or_default();
                for index in boxes {
                    of.get_mut(index).into_iter().for_each(|list| list.push((choice, option)));
                }
            }
        }
        Self { of }
    }

    fn exclude(&self, one: usize, other: usize) -> bool {
        let options = |index: usize| self.of.get(index).into_iter().flatten();
        options(one).any(|(choice, option)| options(other).any(|(c, o)| c == choice && o != option))
    }
}
