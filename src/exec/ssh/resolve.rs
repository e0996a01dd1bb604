//! From a host as a run names it to the [`Target`] that is dialled: what is written in an environment file, or what the
//! user's SSH configuration makes of a name.
//!
//! The configuration is read by OpenSSH itself: `ssh -G` is asked, because no other program reads `Match`, `Include` and
//! canonical names as it does. Invariant: a host is resolved before anything is sent to it, what cannot be resolved is
//! not reached by a guess, and what resolves to something else than the run was opened with is refused.

mod command;
mod configured;
mod hop;
mod options;
mod tokens;
mod written;

pub use command::OpenSsh;
pub use configured::Configured;
pub use tokens::Surroundings;
pub use written::Written;

use std::path::PathBuf;

use crate::exec::event::NotStarted;
use crate::exec::output::BoxFuture;
use crate::exec::request::Host;
use crate::exec::target::Target;

/// Resolves hosts.
pub trait Resolve: Send + Sync {
    /// Returns how `host` is reached, or why it cannot be said.
    fn resolve<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<Target, NotStarted>>;
}

/// A question to the SSH configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// The configuration file instead of the user's own and the machine's (`-F`).
    pub config: Option<PathBuf>,
    /// The user, if something else than the configuration says it (`-l`).
    pub user: Option<String>,
    /// The port, if something else than the configuration says it (`-p`).
    pub port: Option<u16>,
    /// The name.
    pub name: String,
}

/// Answers what the SSH configuration says about a name.
pub trait Configuration: Send + Sync {
    /// Returns what `ssh -G` prints: a keyword and its arguments a line.
    ///
    /// # Errors
    /// A sentence that says why there is no answer.
    fn ask<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<String, String>>;
}
