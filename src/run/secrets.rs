//! Which secrets a run has and which of its steps get them. Their values are not here: the core knows names only.

use crate::run::fact::SecretPin;
use crate::run::state::Run;
use crate::runbook::model::{Runbook, Secret, SecretSource, Step, VarDecl};

/// Returns the secrets that `runbook` declares.
pub fn declared(runbook: &Runbook) -> impl Iterator<Item = (&VarDecl, &Secret)> {
    runbook.front.vars.iter().filter_map(|var| var.secret.as_ref().map(|secret| (var, secret)))
}

/// Returns whether `runbook` declares `name` as a secret.
#[must_use]
pub fn is_secret(runbook: &Runbook, name: &str) -> bool {
    declared(runbook).any(|(var, _)| var.name == name)
}

/// Returns what the record keeps of the secrets of `runbook`.
#[must_use]
pub fn pins(runbook: &Runbook) -> Vec<SecretPin> {
    let pin = |(var, secret): (&VarDecl, &Secret)| SecretPin {
        name: var.name.clone(),
        from: word(&secret.from).to_owned(),
        short: false,
    };
    declared(runbook).map(pin).collect()
}

/// Returns the word by which a runbook says where a secret comes from.
#[must_use]
pub const fn word(source: &SecretSource) -> &'static str {
    match source {
        SecretSource::Env => "env",
        SecretSource::Prompt => "prompt",
        SecretSource::Command(_) => "command",
    }
}

impl Run {
    /// Returns the names of the secrets that `step` gets: those that its script names.
    #[must_use]
    pub fn secrets_of(&self, step: &Step) -> Vec<String> {
        step.uses.iter().filter(|name| is_secret(&self.runbook, name)).cloned().collect()
    }
}
