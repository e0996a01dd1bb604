//! What can go wrong when the demo's hosts are started or ended.

use std::io;
use std::path::PathBuf;

/// Why the demo's hosts could not be started or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// A directory of the demo could not be read or made.
    #[error("cannot use the demo directory {}: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program that the demo cannot do without is not installed.
    #[error("the demo needs `{name}` and found none on PATH: install it, then start the demo again")]
    Missing {
        /// The program's name.
        name: &'static str,
    },
    /// `git` is there but does not run (on some systems the name leads to an installer).
    #[error("the demo needs git, but `{} --version` {why}: install git, then start the demo again", path.display())]
    Git {
        /// The file that was tried.
        path: PathBuf,
        /// What it did instead of naming its version.
        why: String,
    },
    /// A host name that is not a plain label, or comes twice.
    #[error("`{0}` cannot be the name of a demo host: each needs its own, of small letters, digits and `-`")]
    HostName(String),
    /// The hosts were started outside a tokio runtime.
    #[error("the demo hosts need a running tokio runtime")]
    NoRuntime,
    /// The system has no random numbers.
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    /// A key could not be made.
    #[error("cannot make a key: {0}")]
    Key(String),
    /// The thread that starts the hosts' commands could not be started.
    #[error("cannot start the thread that starts commands: {0}")]
    Spawner(io::Error),
    /// The guard process could not be started, or did not do its work.
    #[error("the guard process of the demo failed: {0}")]
    Guard(io::Error),
}
