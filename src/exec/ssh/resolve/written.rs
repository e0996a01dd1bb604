//! Hosts that are written out: everything is in the request, the rest is what the engine was given. Pure.

use std::path::PathBuf;

use super::Resolve;
use crate::exec::event::NotStarted;
use crate::exec::output::BoxFuture;
use crate::exec::request::Host;
use crate::exec::target::{IdentityFile, Target};

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The agent's socket.
    pub agent: Option<PathBuf>,
    /// Usual key files, for hosts without one of their own.
    pub identity_files: Vec<PathBuf>,
    /// The user's `known_hosts` files, for hosts without one of their own.
    pub user_known_hosts: Vec<PathBuf>,
    /// The `known_hosts` files of the machine.
    pub global_known_hosts: Vec<PathBuf>,
}

impl Written {
    /// Returns how `host` is reached.
    #[must_use]
    pub fn target(&self, host: &Host) -> Target {
        let usual = || self.identity_files.iter().cloned().map(|path| IdentityFile { path, named: false });
        Target {
            identity_files: match &host.identity {
                Some(path) => vec![IdentityFile { path: path.clone(), named: true }],
                None => usual().collect(),
            },
            identities_only: host.identity.is_some(),
            agent: self.agent.clone(),
            user_known_hosts: match &host.known_hosts {
                Some(file) => vec![file.clone()],
                None => self.user_known_hosts.clone(),
            },
            global_known_hosts: self.global_known_hosts.clone(),
            ..Target::new(&host.name, &host.user, &host.address, host.port)
        }
    }
}

impl Resolve for Written {
    fn resolve<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<Target, NotStarted>> {
        Box::pin(std::future::ready(Ok(self.target(host))))
    }
}
