//! The environment file: hosts by role, variables, how loud an environment is; pure, imports `runbook` and `diag`.

mod host;
mod read;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

pub use host::Host;
pub use read::{parse, plain};

use super::reserved::is_reserved;
use crate::diag::Place;
use crate::runbook::Targets;
use crate::runbook::hosts::{self, SSH_PORT};

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
    /// The SSH configuration that stands for the user's own and the machine's, as written.
    pub ssh_config: Option<String>,
    /// Interval of keepalive messages.
    pub keepalive: Option<Duration>,
    /// Where the log's heads are left on each host that a run touches.
    pub witness: Option<Witness>,
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

/// Where a host keeps the log's heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// In its system log.
    Syslog,
}

impl Witness {
    /// Returns the word of the file, which is also that of the record.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Syslog => "syslog",
        }
    }
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

    /// Returns the host that `host` is reached through: what its `jump` names in this environment, else what it says
    /// by itself.
    ///
    /// # Errors
    /// A sentence when it names a role of several hosts, or leads back to the host.
    pub fn jump_of(&self, host: &Host) -> Result<Option<Host>, String> {
        let Some(jump) = self.next(host)? else { return Ok(None) };
        let mut passed = vec![host.name.clone(), jump.name.clone()];
        let mut last = jump.clone();
        while let Some(next) = self.next(&last)? {
            if passed.contains(&next.name) {
                return Err(format!("the way to `{}` leads back to `{}`", host.name, next.name));
            }
            passed.push(next.name.clone());
            last = next;
        }
        if jump.name == host.name {
            return Err(format!("`{}` is reached through itself", host.name));
        }
        Ok(Some(jump))
    }

    fn next(&self, host: &Host) -> Result<Option<Host>, String> {
        let Some(jump) = &host.jump else { return Ok(None) };
        match self.hosts_of(jump).as_slice() {
            [] => hosts::parse(jump).map(|spec| Some(Host::of(spec))),
            [one] => Ok(Some((*one).clone())),
            many => Err(format!(
                "`jump: {jump}` is a role of {} hosts: name one of them ({})",
                many.len(),
                many.iter().map(|host| host.name.as_str()).collect::<Vec<_>>().join(", ")
            )),
        }
    }

    /// Returns every host once, in the order of the file.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        let all = self.roles.iter().flat_map(|(_, hosts)| hosts);
        let mut seen = HashSet::new();
        all.filter(move |host| seen.insert(host.name.as_str()))
    }

    /// Returns the hosts that are reserved for samples, with those that others are reached through; a run refuses an
    /// environment that has any.
    #[must_use]
    pub fn reserved(&self) -> Vec<Host> {
        let mut all: Vec<Host> = self.hosts().cloned().collect();
        let mut seen: HashSet<String> = all.iter().map(|host| host.name.clone()).collect();
        for host in self.hosts().filter(|host| host.jump.is_some()) {
            let mut last = host.clone();
            // An environment whose jumps go round in a circle was refused when it was read.
            while let Ok(Some(jump)) = self.jump_of(&last)
                && seen.insert(jump.name.clone())
            {
                all.push(jump.clone());
                last = jump;
            }
        }
        all.retain(|host| is_reserved(&host.address));
        all
    }

    /// Returns in words which hosts of one role are the same place by what is written of them: a step on the role would
    /// run there more than once.
    #[must_use]
    pub fn twice(&self) -> Vec<String> {
        let place = |host: &Host| {
            let port = host.user.as_ref().map(|_| host.port.unwrap_or(SSH_PORT)).or(host.port);
            (host.user.clone(), host.address.to_ascii_lowercase(), port, host.jump.clone())
        };
        let mut found = Vec::new();
        for (role, hosts) in &self.roles {
            let mut places: BTreeMap<_, Vec<&Host>> = BTreeMap::new();
            for host in hosts {
                places.entry(place(host)).or_default().push(host);
            }
            for same in places.values().filter(|same| same.len() > 1) {
                let names: Vec<&str> = same.iter().map(|host| host.name.as_str()).collect();
                let target = same.first().map(|host| host.target()).unwrap_or_default();
                found.push(format!("{} of the role {role} are all {target}", names.join(", ")));
            }
        }
        found
    }

    /// Returns what the environment offers, for checking a runbook against it.
    #[must_use]
    pub fn targets(&self) -> Targets {
        let names = |hosts: &[Host]| hosts.iter().map(|h| h.name.clone()).collect();
        Targets {
            name: self.name.clone(),
            roles: self.roles.iter().map(|(role, hosts)| (role.clone(), names(hosts))).collect(),
            vars: self.vars.iter().map(|(name, _)| name.clone()).collect(),
            reserved: self.reserved().into_iter().map(|h| h.address).collect(),
            twice: self.twice(),
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
