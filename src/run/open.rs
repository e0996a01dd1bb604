//! Opening a run: everything that is needed is checked before anything starts.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::event::RunOpened;
use crate::run::fact::{EnvironmentPin, HostPin, Parent, RunKind, Who};
use crate::run::secrets;
use crate::run::state::LOCAL;
use crate::runbook::model::{On, Runbook};
use crate::runbook::placeholder::asked::Unfit;

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
    /// Whether what has no value is asked for on the screen, once the run is open.
    pub later: bool,
    /// The commit of the runbook's directory, and whether the file differs from it.
    pub commit: Option<(String, bool)>,
}

/// Why a run is not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// `--set` names what the runbook neither declares nor has a placeholder for.
    #[error("the runbook has no variable or placeholder {name}; it has: {declared}")]
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
    /// A value is none of those to choose from, or cannot be put into a script as it is.
    #[error("the value of {name} {why}")]
    Unfit {
        /// The variable.
        name: String,
        /// Why.
        why: String,
    },
    /// A value is given for a secret.
    #[error("{0} is a secret: its value comes from where the runbook says, never from --set or a file")]
    Secret(String),
    /// Variables and placeholders have no value: all of them, each with how it stands in the file.
    #[error("these variables have no value: {}; give each with --set NAME=VALUE, or under `vars` in the answers file", .0.join(", "))]
    Missing(Vec<String>),
    /// Steps name roles that no host has.
    #[error("no host has the role {}: the environment has {known}; name one with `--environments FILE --env NAME`, or write `hosts` into the front matter", .roles.join(", "))]
    Roles {
        /// The roles.
        roles: Vec<String>,
        /// Those that there are.
        known: String,
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
            seen: None,
        })
    }

    fn variables(&self) -> Result<BTreeMap<String, String>, OpenError> {
        let given = self.set.keys().chain(self.environment_vars.keys());
        if let Some(name) = given.into_iter().find(|n| secrets::is_secret(self.runbook, n)) {
            return Err(OpenError::Secret(name.clone()));
        }
        let asked = self.runbook.asked();
        if let Some(name) = self.set.keys().find(|n| !asked.iter().any(|a| a.name == n.as_str())) {
            let names: Vec<&str> = asked.iter().map(|a| a.name).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(OpenError::Undeclared { name: name.clone(), declared: names });
        }
        let mut values = self.environment_vars.clone();
        let mut missing = Vec::new();
        for ask in asked {
            let given = self.set.get(ask.name).or_else(|| self.environment_vars.get(ask.name));
            let Some(value) = given.or_else(|| ask.declared.and_then(|d| d.default.as_ref())) else {
                if ask.demanded {
                    missing.push(if ask.shown == ask.name {
                        ask.name.to_owned()
                    } else {
                        format!("{} ({})", ask.name, ask.shown)
                    });
                }
                continue;
            };
            self.runbook.check_value(ask.name, value).map_err(|unfit| {
                let name = ask.name.to_owned();
                match unfit {
                    Unfit::Pattern(pattern) => OpenError::Refused { name, pattern },
                    other => OpenError::Unfit { name, why: other.to_string() },
                }
            })?;
            values.insert(ask.name.to_owned(), value.clone());
        }
        if missing.is_empty() || self.parent.is_some() || self.later {
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
