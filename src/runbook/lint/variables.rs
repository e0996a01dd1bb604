//! Variables that nothing sets, and variables that nothing uses; pure.

use std::collections::HashSet;

use super::place::Lines;
use super::{Targets, steps};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Diagnostic, LineIndex};
use crate::runbook::model::Runbook;
use crate::runbook::shell::scan::{self, scan};
use crate::runbook::shell::variables::assigned;

/// Variables that every login shell has, and that a script may use without saying so.
const USUAL: [&str; 22] = [
    "ENV", "RUN", "HOST", "ROLE", "HOME", "PATH", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "HOSTNAME",
    "LANG", "TERM", "TMPDIR", "EDITOR", "IFS", "RANDOM", "SECONDS", "LINENO", "UID", "EUID",
];

/// Findings that get a "did you mean".
const MAX_ADVICE: usize = 50;

/// Notes variables that scripts use and that nothing before them sets.
pub fn undefined(
    runbook: &Runbook,
    index: &LineIndex<'_>,
    targets: Option<&Targets>,
    out: &mut Vec<Diagnostic>,
) {
    let mut set: HashSet<String> = USUAL.iter().map(|name| (*name).to_owned()).collect();
    set.extend(runbook.front.vars.iter().map(|v| v.name.clone()));
    set.extend(runbook.boxes.iter().filter_map(|b| b.value.as_ref()).map(|v| v.name.clone()));
    set.extend(targets.iter().flat_map(|t| &t.vars).cloned());
    // Later steps see what earlier ones set, so the order of the file counts.
    for step in steps(runbook) {
        set.extend(assigned(&step.script));
        let lines = Lines::of(index, step);
        let spared = may_be_unset(&step.script);
        for (name, line) in scan(&step.script).expanded {
            let local = name.starts_with(|c: char| c.is_ascii_lowercase());
            if local || set.contains(&name) || spared.contains(name.as_str()) {
                continue;
            }
            let message = format!("the step `{}` uses `${name}`, which nothing before it sets", step.title);
            let found = Diagnostic::warning("undefined-variable", message)
                .at(lines.expansion(scan::index(line), &name));
            let help = "declare it in the front matter under `vars`, or in the environment";
            // Comparing every name with every other is for people's files, not for hostile ones.
            let near = || did_you_mean(&name, set.iter().map(String::as_str));
            let near = (out.len() < MAX_ADVICE).then(near).flatten();
            out.push(found.help(near.unwrap_or_else(|| help.to_owned())));
        }
        set.extend(step.capture.iter().map(|c| c.name.clone()));
    }
}

/// Returns the names for which `script` says what holds when they are not set (POSIX shell, 2.6.2: `${NAME:-word}` and
/// the like).
fn may_be_unset(script: &str) -> HashSet<&str> {
    let braced = script.split("${").skip(1);
    let named = braced.filter_map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
        let (name, sign) = rest.split_at(end);
        sign.trim_start_matches(':').starts_with(['-', '=', '+', '?']).then_some(name)
    });
    named.collect()
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
