//! Roles and hosts that steps name and nobody has; pure.

use std::collections::HashSet;

use super::{Targets, steps};
use crate::diag::Diagnostic;
use crate::diag::suggest::did_you_mean;
use crate::runbook::model::{On, Place, Runbook, Step};

/// Notes steps whose role or host nobody has, or that do not say where they run though there are several hosts.
pub fn roles(runbook: &Runbook, targets: &Targets, environment: bool, out: &mut Vec<Diagnostic>) {
    let names = || targets.roles.iter().map(|(role, _)| role.as_str());
    let hosts = || targets.roles.iter().flat_map(|(_, hosts)| hosts.iter().map(String::as_str));
    // A runbook without hosts of its own waits for an environment: nothing can be said about its roles yet.
    if !environment && targets.roles.is_empty() {
        return;
    }
    let place =
        if environment { format!("environment `{}`", targets.name) } else { "this runbook".to_owned() };
    let many = hosts().collect::<HashSet<_>>().len() > 1;
    let mut unstated = Vec::new();
    for step in steps(runbook) {
        let (role, once) = match &step.on {
            On::Role(role) => (role, false),
            On::First(role) => (role, true),
            On::Local => continue,
            On::Unstated => {
                if many && step.by_hand.is_none() {
                    unstated.push(step);
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
    out.extend(ask(&unstated, &place));
}

/// One finding for all of them: a runbook that nobody annotated has nothing else.
fn ask(unstated: &[&Step], place: &str) -> Option<Diagnostic> {
    let (first, more) = unstated.split_first()?;
    let (more, say) = match more.len() {
        0 => (String::new(), "does"),
        n => (format!(", and {n} more,"), "do"),
    };
    let message = format!(
        "the step `{}`{more} {say} not say where it runs, and {place} has several hosts",
        first.title
    );
    let found = Diagnostic::warning("unstated-host", message).at(first.place.clone());
    Some(found.help("a run asks before each of them; `on=ROLE` after the language says it"))
}

fn error(code: &'static str, message: String, place: &Place) -> Diagnostic {
    Diagnostic::error(code, message).at(place.clone())
}
