//! Roles and hosts that steps name and nobody has; pure.

use std::collections::HashSet;

use super::{Targets, steps};
use crate::diag::Diagnostic;
use crate::diag::suggest::did_you_mean;
use crate::runbook::model::{On, Place, Runbook};

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
    for step in steps(runbook) {
        let (role, once) = match &step.on {
            On::Role(role) => (role, false),
            On::First(role) => (role, true),
            On::Local => continue,
            On::Unstated => {
                if many && step.by_hand.is_none() {
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

fn error(code: &'static str, message: String, place: &Place) -> Diagnostic {
    Diagnostic::error(code, message).at(place.clone())
}
