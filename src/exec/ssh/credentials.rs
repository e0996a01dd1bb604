//! What a user is authenticated with. Paths are passed in: no environment is read here.

use std::path::PathBuf;
use std::sync::Arc;

use russh::keys::PrivateKey;

/// Keys to try, in this order: the one in memory, the agent's, the files'. A host's own `identity` comes alone.
#[derive(Clone, Default)]
pub struct Credentials {
    /// Path of the agent's socket (`SSH_AUTH_SOCK`).
    pub agent: Option<PathBuf>,
    /// Default key files; missing ones are skipped.
    pub files: Vec<PathBuf>,
    /// A key that exists only in memory, for embedded hosts.
    pub memory: Option<Arc<PrivateKey>>,
}
