//! The hashes that chain the log's events. Pure: the same bytes give the same hashes for ever.
//!
//! Everything here can be done by hand with `sha256sum`: each hash is over a line that ends in a line feed. May import
//! nothing of this house.

use sha2::{Digest, Sha256};

/// What stands before the first event of the log and of a run: 64 zeros.
pub const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What stands for the hash of a signature that is not there.
pub const NO_SIG: &str = "-";

/// Returns the lower-case hex SHA-256 of `bytes`.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Returns `bytes` as lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
    let mut out = vec![0; 2 * bytes.len()];
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Returns whether `text` is a hash as the log writes one: 64 lower-case hex digits.
#[must_use]
pub fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn line_hash(line: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(line.as_bytes());
    hasher.update(b"\n");
    hex(&hasher.finalize())
}

/// Returns `body_sha`: the hash of the body and a line feed.
#[must_use]
pub fn body_sha(body: &str) -> String {
    line_hash(body)
}

/// Returns `sig_sha`: the hash of the armored signature as it is stored, or `-` without one.
#[must_use]
pub fn sig_sha(sig: Option<&str>) -> String {
    sig.map_or_else(|| NO_SIG.to_owned(), |sig| sha256_hex(sig.as_bytes()))
}

/// What one event hangs on the chain with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    /// Its place in the log, from 1.
    pub seq: u64,
    /// The hash of the event before it in the log.
    pub prev: &'a str,
    /// The hash of the event before it in its run.
    pub run_prev: &'a str,
    /// The hash of its body.
    pub body_sha: &'a str,
    /// The hash of its signature, or `-`.
    pub sig_sha: &'a str,
}

impl Link<'_> {
    /// Returns the line that is hashed, without its line feed; the view `link` of the file gives the same.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { seq, prev, run_prev, body_sha, sig_sha } = self;
        ["v1", &seq.to_string(), prev, run_prev, body_sha, sig_sha].join(" ")
    }

    /// Returns the event's hash.
    #[must_use]
    pub fn hash(&self) -> String {
        line_hash(&self.line())
    }
}
