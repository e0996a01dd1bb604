//! What an ssh-agent is asked and answers (draft-miller-ssh-agent), as bytes; the socket is somebody else's.

use super::wire::{Reader, put_string};

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// RSA keys sign with SHA-512; others take no notice.
const RSA_SHA2_512: u32 = 4;

/// Longest answer that is read.
pub const MOST: u32 = 256 * 1024;

/// A key that the agent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The key or certificate as the wire has it.
    pub blob: Vec<u8>,
    /// Its comment, often a file or a person.
    pub comment: String,
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_string(&mut out, message);
    out
}

/// Returns the question for its keys.
#[must_use]
pub fn ask_identities() -> Vec<u8> {
    framed(&[REQUEST_IDENTITIES])
}

/// Returns the question for a signature by the key `blob` over `data`.
#[must_use]
pub fn ask_signature(blob: &[u8], data: &[u8]) -> Vec<u8> {
    let mut message = vec![SIGN_REQUEST];
    put_string(&mut message, blob);
    put_string(&mut message, data);
    message.extend(RSA_SHA2_512.to_be_bytes());
    framed(&message)
}

/// Reads the keys from an answer without its length; `None` when it is no such answer.
#[must_use]
pub fn identities(answer: &[u8]) -> Option<Vec<Identity>> {
    let mut reader = Reader(answer);
    if reader.take(1)? != [IDENTITIES_ANSWER] {
        return None;
    }
    let count = reader.number()?;
    let mut found = Vec::new();
    for _ in 0..count {
        let blob = reader.string()?.to_vec();
        let comment = String::from_utf8_lossy(reader.string()?).into_owned();
        found.push(Identity { blob, comment });
    }
    Some(found)
}

/// Reads the signature from an answer without its length; `None` when the agent did not sign.
#[must_use]
pub fn signature(answer: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader(answer);
    if reader.take(1)? != [SIGN_RESPONSE] {
        return None;
    }
    reader.string().map(<[u8]>::to_vec)
}
