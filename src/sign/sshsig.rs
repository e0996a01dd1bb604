//! The form of a signature (OpenSSH's PROTOCOL.sshsig): what is signed, and the armored text that is stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha512};

use super::wire::{Reader, put_string};

/// What signatures of this program are for; one that was made for anything else is none of ours.
pub const NAMESPACE: &str = "signoff@gonogo";

/// The hash of the message, the only one that is made and taken.
pub const HASH: &str = "sha512";

const MAGIC: &[u8] = b"SSHSIG";
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";

/// Longest armored signature; one by 16384 bits of RSA has 6 KiB, a certificate adds a few more.
pub const MOST: usize = 64 * 1024;

/// Letters in a line of the armor, as `ssh-keygen` writes it.
const COLUMNS: usize = 70;

/// A signature taken apart. Nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSig {
    /// The key, or the certificate, as the wire has it.
    pub key: Vec<u8>,
    /// What it is for.
    pub namespace: String,
    /// The message's hash by its name.
    pub hash: String,
    /// Algorithm and bytes, as the wire has them.
    pub signature: Vec<u8>,
}

/// Why a text is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is longer than any signature.
    #[error("it is longer than any signature")]
    TooLong,
    /// The lines that begin and end it are missing.
    #[error("it has no armor that begins and ends")]
    Armor,
    /// The armor holds something else than base64.
    #[error("its armor is not base64")]
    Base64,
    /// The bytes are not those of a signature of version 1.
    #[error("it is cut off, or no SSH signature of version 1")]
    Blob,
}

impl SshSig {
    /// Returns the signature by `key`, in this program's namespace.
    #[must_use]
    pub fn new(key: &[u8], signature: &[u8]) -> Self {
        Self {
            key: key.to_vec(),
            namespace: NAMESPACE.to_owned(),
            hash: HASH.to_owned(),
            signature: signature.to_vec(),
        }
    }

    /// Returns the armored text, with a line feed at its end.
    #[must_use]
    pub fn armor(&self) -> String {
        let mut blob = MAGIC.to_vec();
        blob.extend(1_u32.to_be_bytes());
        put_string(&mut blob, &self.key);
        put_string(&mut blob, self.namespace.as_bytes());
        put_string(&mut blob, b"");
        put_string(&mut blob, self.hash.as_bytes());
        put_string(&mut blob, &self.signature);
        let mut out = format!("{BEGIN}\n");
        for (n, letter) in STANDARD.encode(blob).chars().enumerate() {
            if n > 0 && n % COLUMNS == 0 {
                out.push('\n');
            }
            out.push(letter);
        }
        out + "\n" + END + "\n"
    }

    /// Takes an armored text apart.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(armored: &str) -> Result<Self, Malformed> {
        if armored.len() > MOST {
            return Err(Malformed::TooLong);
        }
        let body = armored
            .strip_prefix(BEGIN)
            .and_then(|rest| rest.trim_end_matches(['\n', '\r']).strip_suffix(END));
        let body = body
            .filter(|body| body.starts_with(['\n', '\r']) && body.ends_with('\n'))
            .ok_or(Malformed::Armor)?;
        let letters: String = body.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
        let blob = STANDARD.decode(letters).map_err(|_| Malformed::Base64)?;
        Self::taken_apart(&blob).ok_or(Malformed::Blob)
    }

    fn taken_apart(blob: &[u8]) -> Option<Self> {
        let mut reader = Reader(blob.strip_prefix(MAGIC)?);
        let version = reader.number()?;
        let key = reader.string()?;
        let namespace = String::from_utf8(reader.string()?.to_vec()).ok()?;
        let reserved = reader.string()?;
        let hash = String::from_utf8(reader.string()?.to_vec()).ok()?;
        let signature = reader.string()?;
        // Nobody writes anything there in version 1, and whatever stood there would not be shown to anyone.
        (version == 1 && reserved.is_empty() && reader.0.is_empty()).then(|| Self {
            key: key.to_vec(),
            namespace,
            hash,
            signature: signature.to_vec(),
        })
    }
}

/// Returns what a key signs for `message`, in this program's namespace.
#[must_use]
pub fn signed_data(message: &[u8]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    put_string(&mut out, NAMESPACE.as_bytes());
    put_string(&mut out, b"");
    put_string(&mut out, HASH.as_bytes());
    put_string(&mut out, &Sha512::digest(message));
    out
}

/// Returns the message of a body: the body and a line feed, the same bytes that `body_sha` is the hash of.
#[must_use]
pub fn message(body: &str) -> Vec<u8> {
    let mut message = body.as_bytes().to_vec();
    message.push(b'\n');
    message
}
