//! Hosts that are written out: everything is in the request, the rest is what the engine was given. Pure.

use std::path::PathBuf;

use super::Resolve;
use crate::exec::event::{Class, NotStarted};
use crate::exec::output::BoxFuture;
use crate::exec::request::Host;
use crate::exec::target::{IdentityFile, Route, Target};

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
        let mut target = Target {
            identity_files: usual().collect(),
            agent: self.agent.clone(),
            user_known_hosts: self.user_known_hosts.clone(),
            global_known_hosts: self.global_known_hosts.clone(),
            ..Target::new(&host.name, &host.user, &host.address, host.port)
        };
        self.own(host, &mut target);
        target
    }

    /// Puts what is written for `host` into `target`, whose own it wins over.
    pub(super) fn own(&self, host: &Host, target: &mut Target) {
        if let Some(path) = &host.identity {
            target.identity_files = vec![IdentityFile { path: path.clone(), named: true }];
            target.identities_only = true;
        }
        if let Some(file) = &host.known_hosts {
            target.user_known_hosts = vec![file.clone()];
        }
        if host.way.keepalive.is_some() {
            target.keepalive = host.way.keepalive;
        }
    }
}

impl Resolve for Written {
    fn resolve<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<Target, NotStarted>> {
        Box::pin(async move {
            if let Some(ssh) = &host.way.ssh {
                let why = format!("{} goes by the SSH configuration, which is not read here", ssh.name);
                return Err(NotStarted { class: Class::Request, why });
            }
            let mut target = self.target(host);
            if let Some(jump) = &host.way.jump {
                let through = self.resolve(jump).await?;
                target.route = Route::Jump(through.in_the_way());
            }
            Ok(target)
        })
    }
}
