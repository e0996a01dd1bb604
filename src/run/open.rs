//! Opening a run: everything that is needed is checked before anything starts.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::decide::full_match;
use crate::run::event::RunOpened;
use crate::run::fact::{EnvironmentPin, HostPin, Parent, RunKind, Who};
use crate::run::secrets;
use crate::run::state::LOCAL;
use crate::runbook::model::{On, Runbook};

/// What a run is opened with.
#[derive(Debug, Clone)]
pub struct Opening<'a> {
    /// The runbook.
    pub runbook: &'a Runbook,
    /// Its file.
    pub file: String,
    /// Who opens it.
    pub who: Who,
    /// Live or drill.
    pub kind: RunKind,
    /// The environment.
    pub environment: Option<EnvironmentPin>,
    /// The hosts by role, the environment's or the runbook's own.
    pub hosts: Vec<HostPin>,
    /// The environment's variables; they win over the runbook's defaults.
    pub environment_vars: BTreeMap<String, String>,
    /// What was given for this run; it wins over both.
    pub set: BTreeMap<String, String>,
    /// 32 hex digits from the system's random source.
    pub seed: String,
    /// The parent of a child run.
    pub parent: Option<Parent>,
    /// Open runs of the environment beside which it starts.
    pub beside: Vec<String>,
    /// The commit of the runbook's directory, and whether the file differs from it.
    pub commit: Option<(String, bool)>,
}

/// Why a run is not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// `--set` names a variable that the runbook does not declare.
    #[error("the runbook declares no variable {name}; it declares: {declared}")]
    Undeclared {
        /// The variable.
        name: String,
        /// Those that are declared.
        declared: String,
    },
    /// A value does not match the runbook's pattern.
    #[error("the value of {name} does not match {pattern}")]
    Refused {
        /// The variable.
        name: String,
        /// The pattern.
        pattern: String,
    },
    /// A value is given for a secret.
    #[error("{0} is a secret: its value comes from where the runbook says, never from --set or a file")]
    Secret(String),
    /// Variables have no value.
    #[error("these variables have no value: {}; give each with --set NAME=VALUE", .0.join(", "))]
    Missing(Vec<String>),
    /// Steps name roles that no host has.
    #[error("no host has the role {}: the environment has {known}", .roles.join(", "))]
    Roles {
        /// The roles.
        roles: Vec<String>,
        /// Those that there are.
        known: String,
    },
    /// A step names no host and there is more than one, or none.
    #[error("step {step} does not say where it runs (on=ROLE), and the run has {hosts} hosts")]
    NoHost {
        /// The step.
        step: String,
        /// How many hosts there are.
        hosts: usize,
    },
}

impl Opening<'_> {
    /// Returns the fact that opens the run.
    ///
    /// A child run may miss variables: what never came to be in the parent is asked about when it is needed.
    ///
    /// # Errors
    /// [`OpenError`], before anything has changed.
    pub fn open(self) -> Result<RunOpened, OpenError> {
        let vars = self.variables()?;
        self.check_hosts()?;
        let (commit, dirty) = self.commit.map_or((None, false), |(id, dirty)| (Some(id), dirty));
        Ok(RunOpened {
            who: self.who,
            title: self.runbook.title.clone(),
            runbook: self.file,
            text_sha: self.runbook.sha256.clone(),
            commit,
            dirty,
            run_kind: self.kind,
            environment: self.environment,
            hosts: self.hosts,
            vars,
            seed: self.seed,
            parent: self.parent,
            beside: self.beside,
            secrets: secrets::pins(self.runbook),
        })
    }

    fn variables(&self) -> Result<BTreeMap<String, String>, OpenError> {
        let declared = &self.runbook.front.vars;
        if let Some(name) = self.set.keys().find(|n| !declared.iter().any(|d| d.name == **n)) {
            let names: Vec<&str> = declared.iter().map(|d| d.name.as_str()).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(OpenError::Undeclared { name: name.clone(), declared: names });
        }
        let given = self.set.keys().chain(self.environment_vars.keys());
        if let Some(name) = given.into_iter().find(|n| secrets::is_secret(self.runbook, n)) {
            return Err(OpenError::Secret(name.clone()));
        }
        let mut values = self.environment_vars.clone();
        let mut missing = Vec::new();
        for var in declared.iter().filter(|var| var.secret.is_none()) {
            let given = self.set.get(&var.name).or_else(|| self.environment_vars.get(&var.name));
            let Some(value) = given.or(var.default.as_ref()) else {
                missing.push(var.name.clone());
                continue;
            };
            if let Some(pattern) = &var.pattern
                && !full_match(&pattern.regex, value)
            {
                let pattern = pattern.regex.as_str().to_owned();
                return Err(OpenError::Refused { name: var.name.clone(), pattern });
            }
            values.insert(var.name.clone(), value.clone());
        }
        if missing.is_empty() || self.parent.is_some() {
            Ok(values)
        } else {
            Err(OpenError::Missing(missing))
        }
    }

    fn check_hosts(&self) -> Result<(), OpenError> {
        let known: BTreeSet<&str> = self.hosts.iter().map(|h| h.role.as_str()).collect();
        // What only `on=local` means is not counted: it takes no place among the hosts.
        let remote = self.hosts.iter().filter(|h| !h.is_local());
        let names: BTreeSet<&str> = remote.map(|h| h.name.as_str()).collect();
        let mut missing = BTreeSet::new();
        // What no box waits for stops nobody from opening the run.
        for step in self.runbook.boxes.iter().flat_map(|b| &b.steps).filter(|s| s.holds_box()) {
            match &step.on {
                On::Role(role) | On::First(role) => {
                    if !known.contains(role.as_str()) && !names.contains(role.as_str()) {
                        missing.insert(role.clone());
                    }
                }
                On::Unstated if names.len() != 1 => {
                    return Err(OpenError::NoHost { step: step.id.0.clone(), hosts: names.len() });
                }
                On::Local if !known.contains(LOCAL) => {
                    missing.insert(LOCAL.to_owned());
                }
                On::Unstated | On::Local => {}
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let known: Vec<&str> = known.into_iter().collect();
        let known = if known.is_empty() { "no hosts".to_owned() } else { known.join(", ") };
        Err(OpenError::Roles { roles: missing.into_iter().collect(), known })
    }
}
