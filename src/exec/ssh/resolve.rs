//! From a host as a run names it to the [`Target`] that is dialled: what is written in an environment file, or what the
//! user's SSH configuration makes of a name.
//!
//! Invariant: a host is resolved before anything is sent to it, and what cannot be resolved is not reached by a guess.

mod written;

pub use written::Written;

use crate::exec::event::NotStarted;
use crate::exec::output::BoxFuture;
use crate::exec::request::Host;
use crate::exec::target::Target;

/// Resolves hosts.
pub trait Resolve: Send + Sync {
    /// Returns how `host` is reached, or why it cannot be said.
    fn resolve<'a>(&'a self, host: &'a Host) -> BoxFuture<'a, Result<Target, NotStarted>>;
}
