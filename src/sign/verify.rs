//! Whether a signature proves a name: it holds over the message, and the name may sign with that key at that time.
//!
//! The rules are those of `ssh-keygen -Y verify`; two are stricter: only SHA-512 counts, and a certificate that names
//! nobody proves nobody.

use super::key::{BadCertificate, PublicKey};
use super::pattern::matches_list;
use super::signers::{AllowedSigners, Signer};
use super::sshsig::{HASH, Malformed, NAMESPACE, SshSig, signed_data};

/// A name that a signature proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The key's fingerprint.
    pub fingerprint: String,
    /// The line of the file that allows it.
    pub line: usize,
    /// The authority's fingerprint, where a certificate says who it is.
    pub authority: Option<String>,
}

/// Why a signature proves no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// It is no signature.
    #[error("the signature is none: {0}")]
    Malformed(#[from] Malformed),
    /// The key in it cannot be read.
    #[error("the signature's key cannot be read: {0}")]
    Key(String),
    /// It was made for something else.
    #[error("the signature is for `{0}`, not for {NAMESPACE}")]
    Namespace(String),
    /// It is over another hash.
    #[error("the signature is over {0}, not over {HASH}")]
    Hash(String),
    /// It does not hold over this message.
    #[error("the signature does not hold: the text, the signature or its key was changed")]
    DoesNotHold,
    /// The key was revoked.
    #[error("the key {0} was revoked")]
    Revoked(String),
    /// Nobody may sign with the key.
    #[error("nobody is allowed to sign with the key {0}")]
    UnknownKey(String),
    /// Others may, this name may not.
    #[error("the key {fingerprint} is allowed for {allowed}, not for {wanted}")]
    OtherPrincipal {
        /// The key.
        fingerprint: String,
        /// For whom it is.
        allowed: String,
        /// Who signed.
        wanted: String,
    },
    /// The key counts only for other things.
    #[error("line {0}: the key may not sign for {NAMESPACE}")]
    NotForThis(usize),
    /// The key does not count yet.
    #[error("line {0}: the key is not valid yet at the time of the signature")]
    NotYet(usize),
    /// The key counts no longer.
    #[error("line {0}: the key had expired at the time of the signature")]
    Expired(usize),
    /// The certificate does not say so.
    #[error("the certificate does not prove it: {0}")]
    Certificate(#[from] BadCertificate),
    /// No authority of the file signed the certificate.
    #[error("no allowed authority signed the certificate of the key {0}")]
    UnknownAuthority(String),
}

impl Unproven {
    /// Returns whether the signature holds and only the name is in doubt.
    #[must_use]
    pub const fn is_about_names(&self) -> bool {
        !matches!(
            self,
            Self::Malformed(_) | Self::Key(_) | Self::Namespace(_) | Self::Hash(_) | Self::DoesNotHold
        )
    }
}

/// Returns the key of an armored signature over `message`, if the signature holds; who may use it is not asked.
///
/// # Errors
/// [`Unproven`], of the kinds that concern the signature alone.
pub fn holds(armored: &str, message: &[u8]) -> Result<PublicKey, Unproven> {
    let sig = SshSig::parse(armored)?;
    if sig.namespace != NAMESPACE {
        return Err(Unproven::Namespace(sig.namespace));
    }
    if sig.hash != HASH {
        return Err(Unproven::Hash(sig.hash));
    }
    let key = PublicKey::from_blob(&sig.key).map_err(|error| Unproven::Key(error.to_string()))?;
    if key.signed(&signed_data(message), &sig.signature) { Ok(key) } else { Err(Unproven::DoesNotHold) }
}

/// Checks that `principal` signed `message`, and was allowed to at `at`, in seconds of Unix.
///
/// # Errors
/// [`Unproven`]; of several lines that say no, the reason of the one that comes nearest.
pub fn verify(
    armored: &str,
    message: &[u8],
    principal: &str,
    at: i64,
    allowed: &AllowedSigners,
) -> Result<Proven, Unproven> {
    allows(&holds(armored, message)?, principal, at, allowed)
}

/// Checks that `principal` may sign with `key`, or with a key that it certifies, at `at`.
///
/// # Errors
/// [`Unproven`]; of several lines that say no, the reason of the one that comes nearest.
pub fn allows(
    key: &PublicKey,
    principal: &str,
    at: i64,
    allowed: &AllowedSigners,
) -> Result<Proven, Unproven> {
    let fingerprint = key.fingerprint();
    if allowed.is_revoked(key) {
        return Err(Unproven::Revoked(fingerprint));
    }
    let mut nearest = None;
    let mut others = Vec::new();
    for signer in allowed.signers.iter().filter(|signer| meant(signer, key)) {
        if !matches_list(principal, &signer.principals) {
            others.push(signer.principals.clone());
            continue;
        }
        match line_allows(signer, key, principal, at) {
            Ok(()) => {
                let authority = signer.authority.then(|| signer.key.fingerprint());
                return Ok(Proven { fingerprint, line: signer.line, authority });
            }
            Err(why) => {
                nearest.get_or_insert(why);
            }
        }
    }
    Err(match nearest {
        Some(why) => why,
        None if !others.is_empty() => {
            let wanted = principal.to_owned();
            Unproven::OtherPrincipal { fingerprint, allowed: others.join(" and "), wanted }
        }
        None if key.is_certificate() => Unproven::UnknownAuthority(fingerprint),
        None => Unproven::UnknownKey(fingerprint),
    })
}

/// Returns whether the line is about the key: its own, or that of the authority which signed it.
fn meant(signer: &Signer, key: &PublicKey) -> bool {
    if signer.authority { key.authority().is_some_and(|a| a == signer.key) } else { signer.key == *key }
}

fn line_allows(signer: &Signer, key: &PublicKey, principal: &str, at: i64) -> Result<(), Unproven> {
    if signer.authority {
        key.certifies(principal, at)?;
    }
    if signer.namespaces.as_ref().is_some_and(|list| !matches_list(NAMESPACE, list)) {
        return Err(Unproven::NotForThis(signer.line));
    }
    if signer.valid_after.is_some_and(|after| at < after) {
        return Err(Unproven::NotYet(signer.line));
    }
    if signer.valid_before.is_some_and(|before| at > before) {
        return Err(Unproven::Expired(signer.line));
    }
    Ok(())
}
