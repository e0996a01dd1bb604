//! Whether an event's signature shows what its body says: that its signer's key signed this very body.
//!
//! The signer is whom the body names, the time is the body's own, so that anybody judges the same at any later time.

use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::proof;
use crate::sign::signers::AllowedSigners;
use crate::sign::sshsig::message;
use crate::sign::verify::{Proven, Unproven, holds, verify};

/// Why an event's signature, or the lack of one, does not show what its body says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The body says that a key proves the name, and there is no signature.
    #[error("it says that a key proves {0}, and there is no signature")]
    Missing(String),
    /// There is a signature, and the body does not say that a key proves a name.
    #[error("there is a signature beside a body that names no signer with a key")]
    Stray,
    /// The body names another key than the one that signed it.
    #[error("it says that the key {said} signed it, and the key {found} did")]
    OtherKey {
        /// The fingerprint in the body.
        said: String,
        /// That of the signature's key.
        found: String,
    },
    /// The signature does not prove the name.
    #[error("{0}")]
    Unproven(#[from] Unproven),
}

/// Judges one event. `None` if its body says nothing of a key and no signature is there.
///
/// # Errors
/// [`Doubt`].
pub fn judge(
    body: &str,
    sig: Option<&str>,
    event: &Event,
    at: Stamp,
    allowed: &AllowedSigners,
) -> Result<Option<Proven>, Doubt> {
    let claims = proof::who(event).filter(|_| proof::claims_key(event));
    match (claims, sig) {
        (None, None) => Ok(None),
        (None, Some(sig)) => {
            holds(sig, &message(body))?;
            Err(Doubt::Stray)
        }
        (Some(who), None) => Err(Doubt::Missing(who.name.clone())),
        (Some(who), Some(sig)) => {
            let proven = verify(sig, &message(body), &who.name, at.wall.timestamp(), allowed)?;
            match who.key().filter(|said| *said != proven.fingerprint) {
                Some(said) => Err(Doubt::OtherKey { said: said.to_owned(), found: proven.fingerprint }),
                None => Ok(Some(proven)),
            }
        }
    }
}
