//! Roles and hosts that steps name and nobody has; pure.

use std::collections::HashSet;

use super::{Targets, steps};
use crate::diag::Diagnostic;
use crate::diag::suggest::did_you_mean;
use crate::runbook::model::{On, Runbook, Step};

/// Notes steps whose role or host nobody has, or that do not say where they run though there are several hosts.
pub fn check(runbook: &Runbook, targets: &[Targets], out: &mut Vec<Diagnostic>) {
    if !targets.is_empty() {
        return roles(runbook, targets, |names| format!("environment {names}"), out);
    }
    // A runbook without hosts of its own waits for an environment: nothing can be said about its roles yet.
    if !runbook.front.hosts.is_empty() {
        let own = Targets { roles: runbook.front.hosts.clone(), ..Targets::default() };
        roles(runbook, &[own], |_| "this runbook".to_owned(), out);
    }
}

/// Looks at every step; `place` says what lacks a role, by its name.
fn roles(runbook: &Runbook, targets: &[Targets], place: impl Fn(&str) -> String, out: &mut Vec<Diagnostic>) {
    let offers: Vec<Offer<'_>> = targets.iter().map(Offer::of).collect();
    let crowded = offers.iter().find(|offer| offer.hosts.len() > 1);
    let mut unstated = Vec::new();
    for step in steps(runbook) {
        let (role, once) = match &step.on {
            On::Role(role) => (role.as_str(), false),
            On::First(role) => (role.as_str(), true),
            On::Local => continue,
            On::Unstated => {
                if step.by_hand.is_none() {
                    unstated.push(step);
                }
                continue;
            }
        };
        let has = |offer: &&Offer<'_>| offer.roles.contains(role) || (offer.hosts.contains(role) && !once);
        let lacking: Vec<&Offer<'_>> = offers.iter().filter(|offer| !has(offer)).collect();
        let Some(first) = lacking.first() else { continue };
        let names: Vec<String> = lacking.iter().map(|offer| format!("`{}`", offer.name)).collect();
        let lacks = place(&names.join(", "));
        let verb = if lacking.len() == 1 { "does" } else { "do" };
        let message = format!("the step `{}` runs on `{role}`, which {lacks} {verb} not have", step.title);
        let found = if lacking.len() == offers.len() {
            Diagnostic::error("unknown-role", message)
        } else {
            Diagnostic::warning("unknown-role", message)
        };
        let near = || did_you_mean(role, first.roles.iter().chain(&first.hosts).copied());
        let help = near().unwrap_or_else(|| format!("it has: {}", first.in_order.join(", ")));
        out.push(found.at(step.place.clone()).help(help));
    }
    out.extend(crowded.and_then(|offer| ask(&unstated, &place(&format!("`{}`", offer.name)))));
}

/// The roles and hosts of an environment.
struct Offer<'a> {
    name: &'a str,
    in_order: Vec<&'a str>,
    roles: HashSet<&'a str>,
    hosts: HashSet<&'a str>,
}

impl<'a> Offer<'a> {
    fn of(targets: &'a Targets) -> Self {
        let in_order: Vec<&str> = targets.roles.iter().map(|(role, _)| role.as_str()).collect();
        Self {
            name: &targets.name,
            roles: in_order.iter().copied().collect(),
            in_order,
            hosts: targets.roles.iter().flat_map(|(_, hosts)| hosts.iter().map(String::as_str)).collect(),
        }
    }
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
