//! Which host keys are trusted: the lines of `known_hosts` files, exact keys that the caller pins, and what a person
//! accepted.
//!
//! Invariant: there is no way to accept a changed or revoked key here.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use russh::keys::{Algorithm, Certificate, HashAlg, PublicKey, PublicKeyOrCertificate};
use sha2::{Digest, Sha256};

use crate::exec::event::{Class, NotStarted, Trust};
use crate::exec::known_hosts::{
    self, KnownHostsFile, Revoked, Shown, Sought, Verdict, check, has_authority, other_names, recorded_types,
};
use crate::exec::question::NewHostKey;
use crate::exec::target::{Strict, Target};

/// How many other names of a new key are told.
const OTHERS: usize = 5;

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
    Files(Files),
    Exact(Option<HostKey>),
}

/// What the files say about one host.
pub(super) struct Files {
    files: Vec<KnownHostsFile>,
    sought: Sought,
    strict: Strict,
    /// Seconds since 1970.
    now: u64,
    /// Where a new key would be recorded.
    own: Option<PathBuf>,
    /// Keys that a person accepted for the host in this process.
    accepted: Vec<HostKey>,
    /// What is revoked for all hosts.
    revoked: Option<Revoked>,
}

/// Why a key is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Distrust {
    /// It is refused for good; the sentence.
    Refused(String),
    /// Nothing is recorded for the host.
    Unknown {
        /// What to ask a person.
        new: Box<NewHostKey>,
        /// The sentence for the refusal.
        why: String,
    },
}

/// Returns what decides the trust in a certificate.
pub(super) fn read_certificate(certificate: &Certificate) -> Result<known_hosts::Certificate, russh::Error> {
    let authority = PublicKey::from(certificate.signature_key().clone());
    let weak = matches!(
        certificate.signature().algorithm(),
        Algorithm::Rsa { hash: None } | Algorithm::Dsa | Algorithm::Other(_)
    );
    // Its times are judged apart from its signature, to say what is wrong.
    let signed = certificate
        .validate_at(certificate.valid_after(), [&authority.fingerprint(HashAlg::Sha256)])
        .is_ok_and(|()| !weak);
    let times = certificate.valid_after() < certificate.valid_before();
    Ok(known_hosts::Certificate {
        authority: authority.to_bytes()?,
        id: certificate.key_id().to_owned(),
        serial: certificate.serial(),
        for_hosts: certificate.cert_type().is_host(),
        principals: certificate.valid_principals().to_vec(),
        valid_after: certificate.valid_after(),
        valid_before: certificate.valid_before(),
        critical: certificate.critical_options().keys().cloned().collect(),
        fault: match (signed, weak, times) {
            (true, ..) | (false, false, false) => None,
            (_, true, _) => Some("it is signed in a way that is not safe any more".to_owned()),
            _ => Some("its signature is not its authority's".to_owned()),
        },
    })
}

impl HostKeys {
    /// Reads what is needed to judge the key of `target`; `now` in seconds since 1970.
    pub(super) async fn policy(
        &self,
        target: &Target,
        accepted: Vec<HostKey>,
        now: u64,
    ) -> Result<Policy, NotStarted> {
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
        let revoked = match &target.revoked_host_keys {
            None => None,
            Some(path) => {
                let name = path.display().to_string();
                // As with ssh, a list that is not there refuses everybody: somebody relies on it.
                let read = match tokio::fs::read(path).await {
                    Ok(bytes) => Revoked::read(name, &bytes),
                    Err(error) => Err(format!("reading {name}: {error}")),
                };
                Some(read.map_err(|why| NotStarted {
                    class: Class::HostKey,
                    why: format!(
                        "the host key of {} cannot be checked: {why} (RevokedHostKeys)",
                        target.name
                    ),
                })?)
            }
        };
        let (host, port) = target.key_name();
        let own = target.user_known_hosts.first().filter(|path| path.as_os_str() != "/dev/null").cloned();
        let (strict, sought) = (target.strict, Sought::new(host, port));
        Ok(Policy::Files(Files { files, sought, strict, now, own, accepted, revoked }))
    }
}

impl Policy {
    /// Returns the key types to ask for first.
    pub(super) fn preferred(&self) -> Vec<String> {
        match self {
            Self::Files(of) if of.accepted.is_empty() => recorded_types(&of.files, &of.sought),
            Self::Files(of) => {
                let accepted = of.accepted.iter().map(|key| key.kind.clone());
                recorded_types(&of.files, &of.sought).into_iter().chain(accepted).collect()
            }
            Self::Exact(key) => key.iter().map(|key| key.kind.clone()).collect(),
        }
    }

    /// Returns whether the host is asked for a certificate: if somebody could vouch for it, or could have revoked it.
    pub(super) fn wants_certificate(&self) -> bool {
        matches!(self, Self::Files(of) if of.revoked.is_some() || has_authority(&of.files, &of.sought))
    }

    /// Judges what `name` showed.
    pub(super) fn judge(&self, name: &str, shown: &PublicKeyOrCertificate) -> Result<Trust, Distrust> {
        let broken =
            |_| Distrust::Refused(format!("{name} shows a host key that cannot be read; nothing was sent"));
        let key = HostKey::from_public(&shown.public_key()).map_err(broken)?;
        let text = format!("{} {}", key.kind, key.fingerprint());
        match self {
            Self::Exact(Some(expected)) if *expected == key => Ok(Trust::Pinned),
            Self::Exact(Some(expected)) => {
                let expected = expected.fingerprint();
                let why = format!(
                    "{name} shows the host key {text}, not the expected {expected}; nothing was sent"
                );
                Err(Distrust::Refused(why))
            }
            Self::Exact(None) => {
                Err(Distrust::Refused(format!("no host key is pinned for {name}; it shows {text}")))
            }
            Self::Files(of) => {
                let broken = |_| {
                    Distrust::Refused(format!(
                        "{name} shows a certificate that cannot be read; nothing was sent"
                    ))
                };
                let certificate = shown.certificate().map(read_certificate).transpose().map_err(broken)?;
                of.judge(name, &key, certificate.as_ref())
            }
        }
    }
}

impl Files {
    fn judge(
        &self,
        name: &str,
        key: &HostKey,
        certificate: Option<&known_hosts::Certificate>,
    ) -> Result<Trust, Distrust> {
        let text = format!("{} {}", key.kind, key.fingerprint());
        let not = |why: &Option<String>| {
            why.as_ref().map(|why| format!(". Its certificate does not count: {why}")).unwrap_or_default()
        };
        let shown = Shown { kind: &key.kind, blob: &key.blob, certificate };
        match self.revoked.as_ref().map_or(Ok(None), |revoked| revoked.find(shown)) {
            Ok(None) => {}
            Ok(Some(at)) => {
                let why = format!("the host key of {name} ({text}) is revoked by {at}; nothing was sent");
                return Err(Distrust::Refused(why));
            }
            Err(why) => {
                let why = format!(
                    "the host key of {name} cannot be checked: {why} (RevokedHostKeys); nothing was sent"
                );
                return Err(Distrust::Refused(why));
            }
        }
        match check(&self.files, &self.sought, shown, self.now) {
            Verdict::Trusted(at) => Ok(Trust::KnownHosts { file: at.file, line: at.line }),
            Verdict::Vouched(at) => {
                let id = certificate.map(|certificate| certificate.id.clone()).unwrap_or_default();
                Ok(Trust::Authority { file: at.file, line: at.line, id })
            }
            Verdict::Changed { at, kind, certificate } => Err(Distrust::Refused(format!(
                "the host key of {name} has changed: it shows {text}, but {at} names another key ({kind}). \
                 This may be an attack; nothing was sent. If the host really has a new key, its owner confirms the \
                 fingerprint and that line is replaced{}",
                not(&certificate)
            ))),
            Verdict::Revoked(at) => Err(Distrust::Refused(format!(
                "the host key of {name} ({text}) is revoked by {at}; nothing was sent"
            ))),
            Verdict::Unknown { .. } if self.accepted.contains(key) => Ok(Trust::Accepted),
            Verdict::Unknown { .. } if !self.accepted.is_empty() => Err(Distrust::Refused(format!(
                "the host key of {name} has changed: it shows {text}, not the one that was accepted before. \
                 This may be an attack; nothing was sent"
            ))),
            Verdict::Unknown { other_types, certificate } => {
                Err(self.unknown(name, key, other_types, certificate))
            }
        }
    }

    fn unknown(
        &self,
        name: &str,
        key: &HostKey,
        other_types: Vec<String>,
        certificate: Option<String>,
    ) -> Distrust {
        let files: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        let host = self.sought.names().into_iter().next().unwrap_or_default();
        let other = if other_types.is_empty() {
            String::new()
        } else {
            format!(" (recorded without the port: {})", other_types.join(", "))
        };
        let not = certificate.as_ref();
        let not = not.map(|why| format!(" Its certificate does not count: {why}.")).unwrap_or_default();
        let why = format!(
            "the host key of {name} is not known: it shows {} {}, which is not recorded for {host} in {}{other}.{not} \
             Compare the fingerprint with the host's owner, then record it, for example by logging in once with ssh",
            key.kind,
            key.fingerprint(),
            if files.is_empty() { "any file".to_owned() } else { files.join(", ") },
        );
        if self.strict == Strict::Yes {
            return Distrust::Refused(format!("{why} (StrictHostKeyChecking yes)"));
        }
        let new = Box::new(NewHostKey {
            kind: key.kind.clone(),
            fingerprint: key.fingerprint(),
            recorded_as: host,
            file: self.own.as_ref().map(|path| path.display().to_string()),
            other_types,
            other_names: other_names(&self.files, &key.kind, &key.blob, OTHERS),
            certificate,
            reached: Vec::new(),
        });
        Distrust::Unknown { new, why }
    }
}
