//! Which host keys are trusted: the lines of `known_hosts` files, or exact keys that the caller pins.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

/// A host's public key in wire form (RFC 4253, 6.6).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostKey {
    /// Key type, for example `ssh-ed25519`; for RSA always `ssh-rsa`, whatever the signature.
    pub kind: String,
    /// The key blob.
    pub blob: Vec<u8>,
}

impl HostKey {
    /// Returns the key in wire form.
    ///
    /// # Errors
    /// When the key cannot be encoded.
    pub fn from_public(key: &russh::keys::PublicKey) -> Result<Self, russh::keys::ssh_key::Error> {
        Ok(Self { kind: key.algorithm().as_str().to_owned(), blob: key.to_bytes()? })
    }

    /// Returns `SHA256:…` as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.blob)))
    }
}

/// The policy for host keys. There is no way to accept an unknown key here.
#[derive(Debug, Clone)]
pub enum HostKeys {
    /// Only keys that these `known_hosts` files name; a missing file is an empty one. The first is the user's own,
    /// which a host's `known_hosts` replaces.
    Files(Vec<PathBuf>),
    /// Only these keys, by [`crate::exec::Host::name`].
    Exact(Arc<HashMap<String, HostKey>>),
}
