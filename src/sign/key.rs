//! Public keys and certificates: reading them, naming them, and whether a signature is theirs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use russh::keys::signature::Verifier as _;
use russh::keys::ssh_encoding::Decode as _;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::ssh_key::{Algorithm, Certificate, Signature};
use sha2::{Digest, Sha256};

use super::krl::{Certified, Krl, Sought};
use super::wire::{Reader, put_string};

/// A public key, or a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    data: KeyData,
    blob: Vec<u8>,
}

/// Why a key cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// It is not base64 behind a type.
    #[error("a key is written as its type and base64")]
    Form,
    /// Its bytes are not those of a key.
    #[error("its bytes are not those of a key: {0}")]
    Bytes(String),
    /// The bytes are of another type than the word before them.
    #[error("it is called {said}, its bytes are of {found}")]
    Type {
        /// What stands before the bytes.
        said: String,
        /// What they say.
        found: String,
    },
}

/// Why a certificate does not prove a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// It is for hosts.
    #[error("it is a host's certificate")]
    Host,
    /// Its authority's signature does not hold.
    #[error("its authority did not sign it")]
    NotSigned,
    /// It is not valid yet.
    #[error("it is not valid yet")]
    NotYet,
    /// It has expired.
    #[error("it has expired")]
    Expired,
    /// It names other people, or nobody.
    #[error("it is for {}, not for {wanted}", if .named.is_empty() { "nobody by name" } else { .named })]
    Principal {
        /// Whom it names.
        named: String,
        /// Who is wanted.
        wanted: String,
    },
}

impl PublicKey {
    /// Reads a key from its bytes on the wire.
    ///
    /// # Errors
    /// [`BadKey::Bytes`].
    pub fn from_blob(blob: &[u8]) -> Result<Self, BadKey> {
        let mut rest = blob;
        let data = KeyData::decode(&mut rest).map_err(|error| BadKey::Bytes(error.to_string()))?;
        if !rest.is_empty() {
            return Err(BadKey::Bytes("something stands behind it".to_owned()));
        }
        Ok(Self { data, blob: blob.to_vec() })
    }

    /// Reads a key from its type and its base64, as they stand in files.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn from_words(kind: &str, base64: &str) -> Result<Self, BadKey> {
        let blob = STANDARD.decode(base64).map_err(|_| BadKey::Form)?;
        let key = Self::from_blob(&blob)?;
        let found = key.kind();
        if found == kind { Ok(key) } else { Err(BadKey::Type { said: kind.to_owned(), found }) }
    }

    /// Reads a line as it stands in a `.pub` file; returns the key and its comment.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn from_line(line: &str) -> Result<(Self, String), BadKey> {
        let mut words = line.trim().splitn(3, [' ', '\t']);
        let (Some(kind), Some(base64)) = (words.next(), words.next()) else { return Err(BadKey::Form) };
        Ok((Self::from_words(kind, base64)?, words.next().unwrap_or_default().trim().to_owned()))
    }

    /// Returns the bytes on the wire.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Returns the type as files spell it, such as `ssh-ed25519`.
    #[must_use]
    pub fn kind(&self) -> String {
        let name = Reader(&self.blob).string().unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    }

    /// Returns type and base64, as files have them.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.kind(), STANDARD.encode(&self.blob))
    }

    /// Returns the fingerprint as `ssh-keygen -l` prints it; of a certificate, that of its own key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = match self.own() {
            Some(own) => Sha256::digest(own.blob()),
            None => Sha256::digest(&self.blob),
        };
        format!("SHA256:{}", STANDARD_NO_PAD.encode(digest))
    }

    /// Returns whether it is a certificate.
    #[must_use]
    pub const fn is_certificate(&self) -> bool {
        matches!(self.data, KeyData::Certificate(_))
    }

    /// Returns whether its signatures have to be asked for with SHA-2 by name.
    #[must_use]
    pub fn is_rsa(&self) -> bool {
        match &self.data {
            KeyData::Rsa(_) => true,
            KeyData::Certificate(certificate) => matches!(certificate.public_key(), KeyData::Rsa(_)),
            _ => false,
        }
    }

    /// Returns the key that a certificate is for; none of a plain key.
    #[must_use]
    pub fn own(&self) -> Option<Self> {
        Self::of(self.certificate()?.public_key().clone())
    }

    /// Returns the authority that signed a certificate; none of a plain key.
    #[must_use]
    pub fn authority(&self) -> Option<Self> {
        Self::of(self.certificate()?.signature_key().clone())
    }

    /// Returns whether both are the same key, a certificate standing for its own.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        let own = |key: &Self| key.own().unwrap_or_else(|| key.clone()).blob;
        own(self) == own(other)
    }

    /// Returns whether the list revokes the key, its certificate or the authority of that.
    #[must_use]
    pub fn is_in(&self, krl: &Krl) -> bool {
        let own = self.own();
        let blob = own.as_ref().map_or(self.blob(), Self::blob);
        let authority = self.authority();
        let certificate = self.certificate().zip(authority.as_ref()).map(|(certificate, authority)| {
            Certified { authority: authority.blob(), id: certificate.key_id(), serial: certificate.serial() }
        });
        krl.find(Sought { blob, certificate }).is_some()
    }

    /// Returns whom a certificate names.
    #[must_use]
    pub fn principals(&self) -> &[String] {
        self.certificate().map_or(&[], Certificate::valid_principals)
    }

    fn certificate(&self) -> Option<&Certificate> {
        match &self.data {
            KeyData::Certificate(certificate) => Some(certificate),
            _ => None,
        }
    }

    fn of(data: KeyData) -> Option<Self> {
        use russh::keys::ssh_encoding::Encode as _;
        let blob = data.encode_vec().ok()?;
        Some(Self { data, blob })
    }

    /// Returns whether `signature`, as the wire has it, is this key's over `data`. SHA-1 is refused, as OpenSSH does.
    #[must_use]
    pub fn signed(&self, data: &[u8], signature: &[u8]) -> bool {
        let mut rest = signature;
        let Ok(signature) = Signature::decode(&mut rest) else { return false };
        if !rest.is_empty() || matches!(signature.algorithm(), Algorithm::Rsa { hash: None } | Algorithm::Dsa)
        {
            return false;
        }
        let key = self.certificate().map_or(&self.data, Certificate::public_key);
        key.verify(data, &signature).is_ok()
    }

    /// Checks that a certificate names `principal` at `at`, in seconds of Unix, and that its authority signed it.
    ///
    /// # Errors
    /// [`BadCertificate`]; a plain key is one that nobody signed.
    pub fn certifies(&self, principal: &str, at: i64) -> Result<(), BadCertificate> {
        let Some(certificate) = self.certificate() else { return Err(BadCertificate::NotSigned) };
        if certificate.cert_type() != CertType::User {
            return Err(BadCertificate::Host);
        }
        // An authority that signs with SHA-1 is none (OpenSSH 8.2 and later refuse it).
        if matches!(certificate.signature().algorithm(), Algorithm::Rsa { hash: None } | Algorithm::Dsa)
            || certificate.verify_signature().is_err()
        {
            return Err(BadCertificate::NotSigned);
        }
        let at = u64::try_from(at).unwrap_or(0);
        if at < certificate.valid_after() {
            return Err(BadCertificate::NotYet);
        }
        if at >= certificate.valid_before() {
            return Err(BadCertificate::Expired);
        }
        if certificate.valid_principals().iter().any(|named| named == principal) {
            return Ok(());
        }
        let named = certificate.valid_principals().join(", ");
        Err(BadCertificate::Principal { named, wanted: principal.to_owned() })
    }
}

/// Returns the bytes on the wire of a signature by `algorithm`.
#[must_use]
pub fn signature_blob(algorithm: &str, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_string(&mut out, algorithm.as_bytes());
    put_string(&mut out, data);
    out
}
