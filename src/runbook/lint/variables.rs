//! Variables that nothing sets, and variables that nothing uses; pure.

use std::collections::HashSet;

use super::place::Lines;
use super::{Targets, steps};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Diagnostic, LineIndex};
use crate::runbook::model::Runbook;
use crate::runbook::shell::scan::{self, scan};

/// Findings that get a "did you mean".
const MAX_ADVICE: usize = 50;

/// Notes, once each, variables that a script uses and that nothing before it sets: a run asks for them, if it is not a
/// later step that captures them.
pub fn undefined(runbook: &Runbook, index: &LineIndex<'_>, targets: &[Targets], out: &mut Vec<Diagnostic>) {
    let mut set: HashSet<&str> = runbook.front.vars.iter().map(|v| v.name.as_str()).collect();
    set.extend(runbook.boxes.iter().filter_map(|b| b.value.as_ref()).map(|v| v.name.as_str()));
    set.extend(targets.iter().flat_map(|t| &t.vars).map(String::as_str));
    // `$PR-NUMBER` is no variable, though the shell reads one: it is filled in as text.
    let variable = |shown: &str, name: &str| shown.strip_prefix('$') == Some(name);
    let asked = runbook.placeholders.iter().filter(|p| p.demanded && variable(&p.shown, &p.name));
    let mut wanted: HashSet<&str> = asked.map(|p| p.name.as_str()).collect();
    wanted.extend(steps(runbook).filter_map(|s| s.capture.as_ref()).map(|c| c.name.as_str()));
    for step in steps(runbook) {
        let lines = Lines::of(index, step);
        for (name, line) in scan(&step.script).expanded {
            let Some(name) = wanted.get(name.as_str()).copied().filter(|name| !set.contains(name)) else {
                continue;
            };
            let message = format!("the step `{}` uses `${name}`, which nothing before it sets", step.title);
            // Comparing every name with every other is for people's files, not for hostile ones.
            let near = || did_you_mean(name, set.iter().copied());
            let near = (out.len() < MAX_ADVICE).then(near).flatten();
            let help =
                "a run asks for it; declare it in the front matter under `vars`, or in the environment";
            let at = lines.expansion(scan::index(line), name);
            let found = Diagnostic::warning("undefined-variable", message).at(at);
            out.push(found.help(near.unwrap_or_else(|| help.to_owned())));
            wanted.remove(name);
        }
        set.extend(step.capture.iter().map(|c| c.name.as_str()));
    }
}

/// Notes variables of the front matter whose names stand nowhere in `body`, the text behind it.
pub fn unused(runbook: &Runbook, body: &str, out: &mut Vec<Diagnostic>) {
    let words: HashSet<&str> =
        body.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let upper: HashSet<String> = runbook.placeholders.iter().map(|p| p.name.clone()).collect();
    for var in &runbook.front.vars {
        if words.contains(var.name.as_str()) || upper.contains(&var.name) {
            continue;
        }
        let message = format!("`{}` is declared and nothing uses it", var.name);
        let help = "write `$NAME` in a step, `if=NAME` on a box, or take the declaration out";
        out.push(Diagnostic::warning("unused-variable", message).at(var.place.clone()).help(help));
    }
}
