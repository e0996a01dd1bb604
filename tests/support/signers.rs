//! Keys, certificates and signatures that a test makes for itself.

use gonogo::clock::Zone;
use gonogo::sign::key::PublicKey;
use gonogo::sign::secret::SecretKey;
use gonogo::sign::signers::AllowedSigners;
use gonogo::sign::sshsig::{SshSig, message, signed_data};
use russh::keys::key::safe_rng;
use russh::keys::ssh_key::certificate::{Builder, CertType};
use russh::keys::ssh_key::{EcdsaCurve, LineEnding};
use russh::keys::{Algorithm, PrivateKey};

/// A key of a test's own.
pub struct Key {
    private: PrivateKey,
    /// It, as the program has it.
    pub secret: SecretKey,
    /// Its public half.
    pub public: PublicKey,
}

impl Key {
    /// Makes an Ed25519 key.
    pub fn new() -> Self {
        Self::of(Algorithm::Ed25519)
    }

    /// Makes an ECDSA key.
    pub fn ecdsa() -> Self {
        Self::of(Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 })
    }

    /// Reads one back.
    pub fn of_file(text: &str) -> Self {
        Self::from(PrivateKey::from_openssh(text).expect("a key"))
    }

    fn of(algorithm: Algorithm) -> Self {
        Self::from(PrivateKey::random(&mut safe_rng(), algorithm).expect("a key"))
    }

    fn from(private: PrivateKey) -> Self {
        let text = private.to_openssh(LineEnding::LF).expect("its text");
        let secret = SecretKey::open(&text, None).expect("it opens");
        let public = secret.public().expect("its public half");
        Self { private, secret, public }
    }

    /// Returns the text of its file, locked with the passphrase if there is one.
    pub fn file(&self, passphrase: Option<&str>) -> String {
        let key = match passphrase {
            None => self.private.clone(),
            Some(word) => self.private.encrypt(&mut safe_rng(), word).expect("it is locked"),
        };
        key.to_openssh(LineEnding::LF).expect("its text").to_string()
    }

    /// Signs a body.
    pub fn sign(&self, body: &str) -> String {
        self.sign_as(&self.public, body)
    }

    /// Signs a body and shows `shown`, a certificate of the key or, for an attack, another key.
    pub fn sign_as(&self, shown: &PublicKey, body: &str) -> String {
        let signature = self.secret.sign(&signed_data(&message(body))).expect("it signs");
        SshSig::new(shown.blob(), &signature).armor()
    }

    /// Certifies `other` for `names` from `after` to `before`.
    pub fn certify(
        &self,
        other: &Self,
        names: &[&str],
        (after, before): (u64, u64),
        host: bool,
    ) -> PublicKey {
        let key = other.private.public_key().key_data().clone();
        let mut builder = Builder::new(vec![7; 16], key, after, before).expect("a certificate");
        builder.cert_type(if host { CertType::Host } else { CertType::User }).expect("its type");
        builder.key_id("test").expect("its id");
        for name in names {
            builder.valid_principal(*name).expect("a name");
        }
        if names.is_empty() {
            builder.all_principals_valid().expect("for all");
        }
        let certificate = builder.sign(&self.private).expect("it is signed");
        PublicKey::from_blob(&certificate.to_bytes().expect("its bytes")).expect("it is read")
    }
}

/// Reads allowed signers that hold no bad line.
pub fn allowed(text: &str) -> AllowedSigners {
    let (allowed, bad) = AllowedSigners::parse(text, Zone::default());
    assert!(bad.is_empty(), "{bad:?}");
    allowed
}
