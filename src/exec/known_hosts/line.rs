//! One line: marker, names, type, key. A line that is not understood is none.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a line says about its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    None,
    Revoked,
    Authority,
}

/// A line that is understood.
pub struct Line<'a> {
    pub marker: Marker,
    pub names: &'a str,
    pub kind: &'a str,
    pub blob: Vec<u8>,
}

pub fn parse(text: &str) -> Option<Line<'_>> {
    let mut words = text.split([' ', '\t', '\r']).filter(|word| !word.is_empty());
    let mut names = words.next()?;
    if names.starts_with('#') {
        return None;
    }
    let mut marker = Marker::None;
    if names.starts_with('@') {
        marker = match names {
            "@revoked" => Marker::Revoked,
            "@cert-authority" => Marker::Authority,
            _ => return None,
        };
        // Two markers, too, are more than ssh understands.
        names = words.next().filter(|names| !names.starts_with('@'))?;
    }
    let kind = words.next()?;
    let blob = blob(kind, words.next()?)?;
    Some(Line { marker, names, kind, blob })
}

/// Returns the key of a line that has nothing before its type, as a file of public keys has.
pub fn key(text: &str) -> Option<Vec<u8>> {
    let mut words = text.split([' ', '\t', '\r']).filter(|word| !word.is_empty());
    blob(words.next()?, words.next()?)
}

fn blob(kind: &str, text: &str) -> Option<Vec<u8>> {
    let blob = STANDARD.decode(text).ok()?;
    // The blob begins with its own type (RFC 4253, 6.6); a line that contradicts itself is not understood.
    let rest = field(&blob).filter(|(own, _)| *own == kind.as_bytes())?.1;
    whole(rest).then_some(blob)
}

/// Returns a key blob as a line holds it.
pub fn encode(blob: &[u8]) -> String {
    STANDARD.encode(blob)
}

/// Returns the first field of a key blob (RFC 4251, 5: length and bytes) and what follows it.
fn field(blob: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = blob.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// Returns whether these are fields to the very end, and at least one: a key that was cut off is none.
fn whole(mut blob: &[u8]) -> bool {
    let mut fields = 0;
    while let Some((_, rest)) = field(blob) {
        fields += 1;
        blob = rest;
    }
    fields > 0 && blob.is_empty()
}
