//! The environment file: hosts by role, variables, how loud an environment is; pure, imports `runbook` and `diag`.

mod host;
mod read;

use std::path::PathBuf;

pub use host::Host;
pub use read::{parse, plain};

use super::reserved::is_reserved;
use crate::diag::Place;
use crate::runbook::Targets;

/// Returns every key of an environment file, now or later; the manual explains each.
#[must_use]
pub fn keys() -> Vec<&'static str> {
    [read::KNOWN.as_slice(), &read::LATER, &host::KNOWN, &host::LATER].concat()
}

/// All environments of one file, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environments {
    /// The environments.
    pub list: Vec<Environment>,
}

impl Environments {
    /// Returns the environment called `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Environment> {
        self.list.iter().find(|e| e.name == name)
    }

    /// Returns the names of all environments.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|e| e.name.as_str())
    }
}

/// One environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// How loud the screen is.
    pub colour: Option<Colour>,
    /// What starting a run wants.
    pub confirm: Confirm,
    /// Variables, which override the runbook's.
    pub vars: Vec<(String, String)>,
    /// Roles and their hosts, in the order of the file.
    pub roles: Vec<(String, Vec<Host>)>,
    /// An IANA time zone.
    pub timezone: Option<String>,
    /// When the change window closes.
    pub window: Option<Window>,
    /// Where its name stands.
    pub place: Place,
}

/// The colour of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Production.
    Red,
    /// Loud.
    Yellow,
    /// Loud.
    Magenta,
    /// Calm.
    Green,
    /// Calm.
    Cyan,
    /// Calm.
    Blue,
}

/// What starting a run wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confirm {
    /// Nothing.
    #[default]
    None,
    /// One press.
    Press,
    /// The environment's name, typed.
    Type,
}

/// A time of day, in the environment's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
}

impl Environment {
    /// Returns the hosts of `role`, or the one host with that name.
    #[must_use]
    pub fn hosts_of(&self, role: &str) -> Vec<&Host> {
        match self.roles.iter().find(|(name, _)| name == role) {
            Some((_, hosts)) => hosts.iter().collect(),
            None => self.hosts().find(|h| h.name == role).into_iter().collect(),
        }
    }

    /// Returns every host once, in the order of the file.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        let all = self.roles.iter().flat_map(|(_, hosts)| hosts);
        let mut seen = std::collections::HashSet::new();
        all.filter(move |host| seen.insert(host.name.as_str()))
    }

    /// Returns the hosts that are reserved for samples; a run refuses an environment that has any.
    #[must_use]
    pub fn reserved(&self) -> Vec<&Host> {
        self.hosts().filter(|host| is_reserved(&host.address)).collect()
    }

    /// Returns what the environment offers, for checking a runbook against it.
    #[must_use]
    pub fn targets(&self) -> Targets {
        let names = |hosts: &[Host]| hosts.iter().map(|h| h.name.clone()).collect();
        Targets {
            name: self.name.clone(),
            roles: self.roles.iter().map(|(role, hosts)| (role.clone(), names(hosts))).collect(),
            vars: self.vars.iter().map(|(name, _)| name.clone()).collect(),
            reserved: self.reserved().into_iter().map(|h| h.address.clone()).collect(),
        }
    }
}

/// Returns `path` as written in a file of `directory`: `~/` is `home`, other relative paths begin at the directory.
#[must_use]
pub fn resolve(path: &str, directory: &std::path::Path, home: &std::path::Path) -> PathBuf {
    match path.strip_prefix("~/") {
        Some(rest) => home.join(rest),
        None => directory.join(path),
    }
}
