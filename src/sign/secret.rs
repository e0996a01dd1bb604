//! Private keys from the text of a key file. Invariant: what is decrypted is signed with and never shown.

use russh::keys::signature::Signer as _;
use russh::keys::ssh_encoding::Encode as _;
use russh::keys::ssh_key::Signature;
use russh::keys::{self, PrivateKey};

use super::key::PublicKey;

/// A private key that can sign.
pub struct SecretKey(PrivateKey);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey")
    }
}

/// Why the text of a key file is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It wants a passphrase.
    #[error("it needs a passphrase")]
    Encrypted,
    /// That was not its passphrase.
    #[error("that is not its passphrase")]
    Wrong,
    /// It is no key that can be read.
    #[error("it is no key that can be read: {0}")]
    Unreadable(String),
}

impl SecretKey {
    /// Reads a key file's text.
    ///
    /// # Errors
    /// [`Closed`].
    pub fn open(text: &str, passphrase: Option<&str>) -> Result<Self, Closed> {
        match keys::decode_secret_key(text, passphrase) {
            Ok(key) => Ok(Self(key)),
            Err(keys::Error::KeyIsEncrypted) => Err(Closed::Encrypted),
            // One ECDSA key in 256 begins with a zero byte that its file leaves out.
            Err(keys::Error::SshKey(keys::ssh_key::Error::Encoding(error))) => {
                Err(Closed::Unreadable(format!("{error}; let an ssh-agent hold it, or make another key")))
            }
            // A wrong passphrase makes noise of the key, which then is wrong in any way.
            Err(_) if passphrase.is_some() => Err(Closed::Wrong),
            Err(error) => Err(Closed::Unreadable(error.to_string())),
        }
    }

    /// Returns its public half.
    #[must_use]
    pub fn public(&self) -> Option<PublicKey> {
        let blob = self.0.public_key().key_data().encode_vec().ok()?;
        PublicKey::from_blob(&blob).ok()
    }

    /// Signs `data`; returns the signature as the wire has it. RSA signs with SHA-512.
    ///
    /// # Errors
    /// As a sentence, for a key whose kind cannot sign here (one that lives in a device).
    pub fn sign(&self, data: &[u8]) -> Result<Vec<u8>, String> {
        let signature: Signature = self.0.try_sign(data).map_err(|error| error.to_string())?;
        signature.encode_vec().map_err(|error| error.to_string())
    }
}
