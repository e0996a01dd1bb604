//! What a whole runbook and the environment it meets say beyond parse errors; pure.

mod links;
mod place;
mod reach;
mod roles;
mod safety;
mod secrets;
mod slips;
mod variables;

use super::findings::Findings;
use super::front;
use super::markdown::spots::spots;
use super::model::{Runbook, Step};
use crate::diag::{Diagnostic, LineIndex};

pub use secrets::Concealed;

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
    /// Which hosts of one role are the same place, in words.
    pub twice: Vec<String>,
}

/// What stands beside a runbook, by a path relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Neighbour {
    /// Nothing.
    Missing,
    /// A file or a directory.
    Other,
    /// A Markdown file with this text.
    Markdown(String),
}

/// What a lint of a whole file may know beyond the file.
pub struct Surroundings<'a> {
    /// The environment that it is checked against; all of its environment file when none was chosen.
    pub targets: &'a [Targets],
    /// The names of all environments of its environment file; empty when nobody read one.
    pub environments: &'a [String],
    /// Whether the runbook's own `environments` would be read, because no other file was given.
    pub own_environments: bool,
    /// Tells what stands beside the file. Asking is the caller's: this room reads no files.
    pub beside: &'a dyn Fn(&str) -> Neighbour,
}

/// Returns everything there is to say about `runbook`, whose text is `text`, beyond what parsing said: [`check`], and
/// what a person should look at before it is ever run.
#[must_use]
pub fn lint(runbook: &Runbook, text: &str, around: &Surroundings<'_>) -> Vec<Diagnostic> {
    let index = LineIndex::new(text);
    let mut all = unsuited(runbook, &index, around.targets);
    let body = front::body(text);
    variables::unused(runbook, text.get(body..).unwrap_or_default(), &mut all);
    reach::check(runbook, around.environments, &mut all);
    safety::check(runbook, &index, around.targets, &mut all);
    let mut findings = Findings::new(&index);
    findings.extend(all);
    links::needed(runbook, text, around.own_environments, around.beside, &mut findings);
    words(text, around.beside, &mut findings);
    findings.done()
}

/// Returns what can be said about the text of a file that is no runbook yet because it has errors.
#[must_use]
pub fn lint_text(text: &str, beside: &dyn Fn(&str) -> Neighbour) -> Vec<Diagnostic> {
    let index = LineIndex::new(text);
    let mut findings = Findings::new(&index);
    words(text, beside, &mut findings);
    findings.done()
}

fn words(text: &str, beside: &dyn Fn(&str) -> Neighbour, findings: &mut Findings<'_>) {
    let spots = spots(text, front::body(text));
    links::check(text, &spots, beside, findings);
    slips::check(text, &spots, findings);
    secrets::check(text, &spots, findings);
}

/// Returns what is wrong with `runbook`, whose text is `text`, when it meets one of `targets`; without targets its own
/// hosts are what it meets.
///
/// Errors: a role or host that a step names and nobody has. Warnings: one that only some have, variables that nothing
/// sets, reserved hosts.
#[must_use]
pub fn check(runbook: &Runbook, text: &str, targets: &[Targets]) -> Vec<Diagnostic> {
    unsuited(runbook, &LineIndex::new(text), targets)
}

fn unsuited(runbook: &Runbook, index: &LineIndex<'_>, targets: &[Targets]) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    roles::check(runbook, targets, &mut out);
    variables::undefined(runbook, index, targets, &mut out);
    // Environments that nobody chose are no concern of this run.
    if let [environment] = targets
        && !environment.reserved.is_empty()
    {
        let hosts = environment.reserved.join(", ");
        let message = format!("environment `{}` has hosts reserved for samples: {hosts}", environment.name);
        out.push(
            Diagnostic::warning("reserved-host", message).help("a run refuses them; write your own hosts"),
        );
    }
    if let [environment] = targets {
        out.extend(environment.twice.iter().map(|same| {
            let message = format!("environment `{}`: {same}", environment.name);
            Diagnostic::warning("same-host", message)
                .help("a step on that role would run there once for each name")
        }));
    }
    crate::diag::sort(&mut out);
    out
}

fn steps(runbook: &Runbook) -> impl Iterator<Item = &Step> {
    runbook.boxes.iter().flat_map(|b| &b.steps)
}
