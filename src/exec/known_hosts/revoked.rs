//! A list of revoked keys (`RevokedHostKeys` of ssh_config(5)): public keys, one a line, or a key revocation list of
//! ssh-keygen(1).
//!
//! Invariant: a list that is not understood to its end, as far as it had to be read, refuses every key.

use super::line;
use super::{Shown, Spot};
use crate::sign::krl::{Certified, Krl, Sought};

/// See the module.
#[derive(Debug, Clone)]
pub struct Revoked {
    file: String,
    list: List,
}

#[derive(Debug, Clone)]
enum List {
    /// Lines, read when a key is looked for: as with ssh, what follows the key's own line does not matter.
    Text(String),
    Krl(Box<Krl>),
}

impl Revoked {
    /// Reads the list in `bytes`; `file` is its name, for messages.
    ///
    /// # Errors
    /// Says, as a fragment, why it is not understood.
    pub fn read(file: String, bytes: &[u8]) -> Result<Self, String> {
        let list = match Krl::read(bytes) {
            Some(krl) => List::Krl(Box::new(krl.map_err(|why| format!("{file} is a KRL that {why}"))?)),
            None => List::Text(String::from_utf8_lossy(bytes).into_owned()),
        };
        Ok(Self { file, list })
    }

    /// Returns where the key that is `shown`, its certificate or the authority of that is revoked, if it is.
    ///
    /// # Errors
    /// Says, as a fragment, what of the list is not understood.
    pub fn find(&self, shown: Shown<'_>) -> Result<Option<String>, String> {
        match &self.list {
            List::Krl(krl) => Ok(krl.find(sought(shown)).map(|what| format!("{} ({what})", self.file))),
            List::Text(text) => self.line(text, shown),
        }
    }

    fn line(&self, text: &str, shown: Shown<'_>) -> Result<Option<String>, String> {
        let authority = shown.certificate.map(|certificate| certificate.authority.as_slice());
        for (index, text) in text.split('\n').enumerate() {
            let at = || Spot { file: self.file.clone(), line: index + 1 };
            let text = text.trim_start_matches([' ', '\t']);
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let Some(blob) = line::key(text) else {
                return Err(format!("{} is no public key", at()));
            };
            if blob == shown.blob || Some(blob.as_slice()) == authority {
                return Ok(Some(at().to_string()));
            }
        }
        Ok(None)
    }
}

fn sought(shown: Shown<'_>) -> Sought<'_> {
    let certificate = shown.certificate.map(|certificate| Certified {
        authority: &certificate.authority,
        id: &certificate.id,
        serial: certificate.serial,
    });
    Sought { blob: shown.blob, certificate }
}
