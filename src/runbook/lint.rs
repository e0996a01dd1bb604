//! What a whole runbook and the environment it meets say beyond parse errors; pure.

use std::collections::HashSet;

use super::model::{On, Place, Runbook, Step};
use super::shell::scan::scan;
use super::shell::variables::assigned;
use crate::diag::Diagnostic;
use crate::diag::suggest::did_you_mean;

/// What an environment offers to a runbook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Targets {
    /// What to call it in messages: the environment's name.
    pub name: String,
    /// Its roles, each with the names of its hosts.
    pub roles: Vec<(String, Vec<String>)>,
    /// Names of the variables it sets.
    pub vars: Vec<String>,
    /// Hosts whose names or addresses are reserved for samples.
    pub reserved: Vec<String>,
}

/// Variables that every login shell has, and that a script may use without saying so.
const USUAL: [&str; 22] = [
    "ENV", "RUN", "HOST", "ROLE", "HOME", "PATH", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "HOSTNAME",
    "LANG", "TERM", "TMPDIR", "EDITOR", "IFS", "RANDOM", "SECONDS", "LINENO", "UID", "EUID",
];

/// Findings that get a "did you mean".
const MAX_ADVICE: usize = 50;

/// Returns what is wrong with `runbook` when it meets `targets`; without targets its own hosts are what it meets.
///
/// Errors: a role or host that a step names and nobody has. Warnings: variables that nothing sets, reserved hosts.
#[must_use]
pub fn check(runbook: &Runbook, targets: Option<&Targets>) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let own = Targets { roles: runbook.front.hosts.clone(), ..Targets::default() };
    roles(runbook, targets.unwrap_or(&own), targets.is_some(), &mut out);
    variables(runbook, targets, &mut out);
    if let Some(targets) = targets.filter(|t| !t.reserved.is_empty()) {
        let hosts = targets.reserved.join(", ");
        let message = format!("environment `{}` has hosts reserved for samples: {hosts}", targets.name);
        out.push(
            Diagnostic::warning("reserved-host", message).help("a run refuses them; write your own hosts"),
        );
    }
    crate::diag::sort(&mut out);
    out
}

fn steps(runbook: &Runbook) -> impl Iterator<Item = &Step> {
    runbook.boxes.iter().flat_map(|b| &b.steps)
}

fn roles(runbook: &Runbook, targets: &Targets, environment: bool, out: &mut Vec<Diagnostic>) {
    let names = || targets.roles.iter().map(|(role, _)| role.as_str());
    let hosts = || targets.roles.iter().flat_map(|(_, hosts)| hosts.iter().map(String::as_str));
    // A runbook without hosts of its own waits for an environment: nothing can be said about its roles yet.
    if !environment && targets.roles.is_empty() {
        return;
    }
    let place =
        if environment { format!("environment `{}`", targets.name) } else { "this runbook".to_owned() };
    let many = hosts().collect::<HashSet<_>>().len() > 1;
    for step in steps(runbook) {
        let (role, once) = match &step.on {
            On::Role(role) => (role, false),
            On::First(role) => (role, true),
            On::Local => continue,
            On::Unstated => {
                if many {
                    let message = format!(
                        "the step `{}` does not say where it runs, and {place} has several hosts",
                        step.title
                    );
                    out.push(
                        error("unstated-host", message, &step.place).help("add `on=ROLE` after the language"),
                    );
                }
                continue;
            }
        };
        let host = hosts().any(|h| h == role);
        if names().any(|n| n == role) || (host && !once) {
            continue;
        }
        let message = format!("the step `{}` runs on `{role}`, which {place} does not have", step.title);
        let found = error("unknown-role", message, &step.place);
        out.push(match did_you_mean(role, names().chain(hosts())) {
            Some(help) => found.help(help),
            None => found.help(format!("it has: {}", names().collect::<Vec<_>>().join(", "))),
        });
    }
}

fn variables(runbook: &Runbook, targets: Option<&Targets>, out: &mut Vec<Diagnostic>) {
    let mut set: HashSet<String> = USUAL.iter().map(|name| (*name).to_owned()).collect();
    set.extend(runbook.front.vars.iter().map(|v| v.name.clone()));
    set.extend(runbook.boxes.iter().filter_map(|b| b.value.as_ref()).map(|v| v.name.clone()));
    set.extend(targets.iter().flat_map(|t| &t.vars).cloned());
    // Later steps see what earlier ones set, so the order of the file counts.
    for step in steps(runbook) {
        set.extend(assigned(&step.script));
        let mut said = HashSet::new();
        for name in scan(&step.script).expanded {
            let local = name.starts_with(|c: char| c.is_ascii_lowercase());
            if local || set.contains(&name) || !said.insert(name.clone()) {
                continue;
            }
            let message = format!("the step `{}` uses `${name}`, which nothing before it sets", step.title);
            let found = Diagnostic::warning("undefined-variable", message).at(step.place.clone());
            let help = "declare it in the front matter under `vars`, or in the environment";
            // Comparing every name with every other is for people's files, not for hostile ones.
            let near = || did_you_mean(&name, set.iter().map(String::as_str));
            let near = (out.len() < MAX_ADVICE).then(near).flatten();
            out.push(found.help(near.unwrap_or_else(|| help.to_owned())));
        }
        set.extend(step.capture.iter().map(|c| c.name.clone()));
    }
}

fn error(code: &'static str, message: String, place: &Place) -> Diagnostic {
    Diagnostic::error(code, message).at(place.clone())
}
