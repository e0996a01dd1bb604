//! Which host keys are trusted: the lines of `known_hosts` files, or exact keys that the caller pins.
//!
//! Invariant: there is no way to accept an unknown, changed or revoked key here.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

use crate::exec::event::{Class, NotStarted, Trust};
use crate::exec::known_hosts::{KnownHostsFile, Verdict, check, recorded_types};
use crate::exec::target::Target;

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
        let kind =
            if key.algorithm().is_rsa() { "ssh-rsa".to_owned() } else { key.algorithm().as_str().to_owned() };
        Ok(Self { kind, blob: key.to_bytes()? })
    }

    /// Returns `SHA256:…` as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.blob)))
    }
}

/// The policy for host keys.
#[derive(Debug, Clone)]
pub enum HostKeys {
    /// Only keys that the target's `known_hosts` files name. These are the files of targets that have none of their
    /// own: the first is the user's own, which a host's `known_hosts` replaces, the others are the machine's.
    Files(Vec<PathBuf>),
    /// Only these keys, by [`crate::exec::Host::name`].
    Exact(Arc<HashMap<String, HostKey>>),
}

/// The policy for one host, with the files read.
pub(super) enum Policy {
    Files { files: Vec<KnownHostsFile>, host: String, port: u16 },
    Exact(Option<HostKey>),
}

impl HostKeys {
    /// Reads what is needed to judge the key of `target`.
    pub(super) async fn policy(&self, target: &Target) -> Result<Policy, NotStarted> {
        if let Self::Exact(keys) = self {
            return Ok(Policy::Exact(keys.get(&target.name).cloned()));
        }
        let mut files = Vec::new();
        for path in target.user_known_hosts.iter().chain(&target.global_known_hosts) {
            let name = path.display().to_string();
            match tokio::fs::read(path).await {
                Ok(bytes) => {
                    files.push(KnownHostsFile { name, text: String::from_utf8_lossy(&bytes).into_owned() });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    files.push(KnownHostsFile { name: format!("{name} (missing)"), text: String::new() });
                }
                // It might hold a revocation.
                Err(error) => {
                    let why =
                        format!("the host key of {} cannot be checked: reading {name}: {error}", target.name);
                    return Err(NotStarted { class: Class::HostKey, why });
                }
            }
        }
        let (host, port) = target.key_name();
        Ok(Policy::Files { files, host: host.to_owned(), port })
    }
}

impl Policy {
    /// Returns the key types to ask for first.
    pub(super) fn preferred(&self) -> Vec<String> {
        match self {
            Self::Files { files, host, port } => recorded_types(files, host, *port),
            Self::Exact(key) => key.iter().map(|key| key.kind.clone()).collect(),
        }
    }

    /// Judges the key that `name` showed; the error is the sentence for the refusal.
    pub(super) fn judge(&self, name: &str, key: &HostKey) -> Result<Trust, String> {
        let shown = format!("{} {}", key.kind, key.fingerprint());
        let (files, host, port) = match self {
            Self::Exact(Some(expected)) if expected == key => return Ok(Trust::Pinned),
            Self::Exact(Some(expected)) => {
                let expected = expected.fingerprint();
                return Err(format!(
                    "{name} shows the host key {shown}, not the expected {expected}; nothing was sent"
                ));
            }
            Self::Exact(None) => return Err(format!("no host key is pinned for {name}; it shows {shown}")),
            Self::Files { files, host, port } => (files, host, port),
        };
        match check(files, host, *port, &key.kind, &key.blob) {
            Verdict::Trusted { file, line } => Ok(Trust::KnownHosts { file, line }),
            Verdict::Changed { file, line } => Err(format!(
                "the host key of {name} has changed: it shows {shown}, but {file}:{line} names another key. \
                 This may be an attack; nothing was sent. If the host really has a new key, its owner confirms the \
                 fingerprint and that line is replaced"
            )),
            Verdict::Revoked { file, line } => {
                Err(format!("the host key of {name} ({shown}) is revoked by {file}:{line}; nothing was sent"))
            }
            Verdict::Unknown { other_types } => {
                let files: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
                let other = if other_types.is_empty() {
                    String::new()
                } else {
                    format!(" (recorded for it: {})", other_types.join(", "))
                };
                Err(format!(
                    "the host key of {name} is not known: it shows {shown}, which is not recorded for {host} port \
                     {port} in {}{other}. Compare the fingerprint with the host's owner, then record it, for example \
                     by logging in once with `ssh -p {port} {host}`",
                    files.join(", ")
                ))
            }
        }
    }
}
