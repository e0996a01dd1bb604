//! What a host is looked for as, and whether the names of a line fit it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::text::wildcard;

/// Longest pattern that ssh reads; a list with a longer one fits nothing.
const LONGEST: usize = 1022;

/// A host as it is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    host: String,
    port: u16,
}

impl Sought {
    /// Returns how a host is looked for; for a `HostKeyAlias`, which stands for host and port, the port is 22.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_lowercase(), port }
    }

    /// Returns the names in the order of their worth: the first is the one to write; a second, without the port, serves
    /// where nothing is recorded with it.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        if self.port == 22 {
            vec![self.host.clone()]
        } else {
            vec![format!("[{}]:{}", self.host, self.port), self.host.clone()]
        }
    }

    /// Returns the name that a certificate must be made for.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.host
    }
}

/// Returns whether the names of a line fit `host`, which is in lower case: a hashed name, or a list of patterns of which
/// one fits and no negated one does.
pub fn fit(names: &str, host: &str) -> bool {
    if names.starts_with('|') {
        return hashed(names, host);
    }
    let mut fits = false;
    for name in names.split(',') {
        let name = name.to_lowercase();
        let (negated, pattern) = match name.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, name.as_str()),
        };
        if pattern.len() > LONGEST {
            return false;
        }
        if wildcard::fits(pattern, host) {
            if negated {
                return false;
            }
            fits = true;
        }
    }
    fits
}

/// Returns `|1|SALT|HASH`, HASH being HMAC-SHA1 of the name under SALT.
pub fn hash(salt: &[u8; 20], host: &str) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(salt).ok()?;
    mac.update(host.as_bytes());
    Some(format!("|1|{}|{}", STANDARD.encode(salt), STANDARD.encode(mac.finalize().into_bytes())))
}

fn hashed(names: &str, host: &str) -> bool {
    let salt = names.strip_prefix("|1|").and_then(|rest| rest.split_once('|'));
    let salt = salt.and_then(|(salt, _)| STANDARD.decode(salt).ok()).and_then(|salt| salt.try_into().ok());
    salt.and_then(|salt| hash(&salt, host)).is_some_and(|hash| hash == names)
}
