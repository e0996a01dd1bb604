//! Reads `known_hosts` files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") and says whether a key is trusted. Pure: over text.
//!
//! Invariant: what is not understood never trusts. Understood are plain, comma-separated, hashed and `[host]:port`
//! names. Lines of certificate authorities and names with wildcards or negations never trust; `@revoked` lines are
//! honoured with all of them. Never writes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// One file: the name to show and what it contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHostsFile {
    /// Path, for messages.
    pub name: String,
    /// Content; bytes that are not UTF-8 can only be in lines that then match nothing.
    pub text: String,
}

/// What the files say about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This line names this key for this host.
    Trusted {
        /// Name of the file.
        file: String,
        /// One-based line number.
        line: usize,
    },
    /// No line names a key of this type for this host.
    Unknown {
        /// Types of the keys that are recorded for the host.
        other_types: Vec<String>,
    },
    /// Another key of this type is recorded for the host.
    Changed {
        /// Name of the file.
        file: String,
        /// One-based number of the first such line.
        line: usize,
    },
    /// The key is marked as revoked.
    Revoked {
        /// Name of the file.
        file: String,
        /// One-based line number.
        line: usize,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    None,
    Revoked,
    Other,
}

struct Line<'a> {
    marker: Marker,
    names: &'a str,
    kind: &'a str,
    blob: Vec<u8>,
}

/// How a line's names fit a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    No,
    /// Only by a wildcard, or in a list with negations: enough to revoke, not to trust.
    Loose,
    Exact,
}

/// Says what `files` say about the key `blob` of type `kind` for `host` and `port`.
///
/// As ssh does, a host on another port than 22 is looked for as `[host]:port` first; if no line with the port holds a
/// key of this type, a line without port serves that holds this very key.
#[must_use]
pub fn check(files: &[KnownHostsFile], host: &str, port: u16, kind: &str, blob: &[u8]) -> Verdict {
    let names = lookup_names(host, port);
    let mut trusted = None;
    let mut portless = None;
    let mut other_for_port = false;
    let mut changed = None;
    let mut other_types: Vec<String> = Vec::new();
    for file in files {
        for (index, text) in file.text.split('\n').enumerate() {
            let Some(line) = parse(text) else { continue };
            let fits = names.iter().map(|name| fit(line.names, name)).collect::<Vec<_>>();
            let at = || (file.name.clone(), index + 1);
            let same = line.blob == blob && line.kind == kind;
            if line.marker == Marker::Revoked && line.blob == blob && fits.iter().any(|fit| *fit != Fit::No) {
                let (file, line) = at();
                return Verdict::Revoked { file, line };
            }
            if line.marker != Marker::None {
                continue;
            }
            let first = fits.first() == Some(&Fit::Exact);
            other_for_port |= !same && line.kind == kind && fits.first() == Some(&Fit::Loose);
            if same && first {
                trusted.get_or_insert_with(at);
            } else if same && fits.contains(&Fit::Exact) {
                portless.get_or_insert_with(at);
            } else if first && line.kind == kind {
                changed.get_or_insert_with(at);
            } else if first && !other_types.iter().any(|known| known == line.kind) {
                other_types.push(line.kind.to_owned());
            }
        }
    }
    match (trusted, changed, portless) {
        (Some((file, line)), _, _) => Verdict::Trusted { file, line },
        (None, Some((file, line)), _) => Verdict::Changed { file, line },
        (None, None, Some((file, line))) if !other_for_port => Verdict::Trusted { file, line },
        (None, None, _) => Verdict::Unknown { other_types },
    }
}

/// Returns the types of the keys recorded for a host, in file order: what to ask the server for first, as it may have
/// keys of several types and shows only one.
#[must_use]
pub fn recorded_types(files: &[KnownHostsFile], host: &str, port: u16) -> Vec<String> {
    let mut types: Vec<String> = Vec::new();
    for name in lookup_names(host, port) {
        for line in files.iter().flat_map(|file| file.text.split('\n')).filter_map(parse) {
            let counts = line.marker == Marker::None && fit(line.names, &name) == Fit::Exact;
            if counts && !types.iter().any(|known| known == line.kind) {
                types.push(line.kind.to_owned());
            }
        }
    }
    types
}

fn lookup_names(host: &str, port: u16) -> Vec<String> {
    let host = host.to_lowercase();
    if port == 22 { vec![host] } else { vec![format!("[{host}]:{port}"), host] }
}

fn parse(text: &str) -> Option<Line<'_>> {
    let mut words = text.split([' ', '\t', '\r']).filter(|word| !word.is_empty());
    let mut names = words.next()?;
    if names.starts_with('#') {
        return None;
    }
    let mut marker = Marker::None;
    if names.starts_with('@') {
        marker = if names == "@revoked" { Marker::Revoked } else { Marker::Other };
        names = words.next()?;
    }
    let kind = words.next()?;
    let blob = STANDARD.decode(words.next()?).ok()?;
    // The blob begins with its own type (RFC 4253, 6.6); a line that contradicts itself is not understood.
    let rest = field(&blob).filter(|(own, _)| *own == kind.as_bytes())?.1;
    if !whole(rest) {
        return None;
    }
    Some(Line { marker, names, kind, blob })
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

fn fit(names: &str, host: &str) -> Fit {
    if names.starts_with('|') {
        return if hashed(names, host) { Fit::Exact } else { Fit::No };
    }
    let mut best = Fit::No;
    let mut negations = false;
    for name in names.split(',') {
        let name = name.to_lowercase();
        if let Some(negated) = name.strip_prefix('!') {
            negations = true;
            if wildcard(negated.as_bytes(), host.as_bytes()) {
                return Fit::No;
            }
        } else if name == host {
            best = Fit::Exact;
        } else if best == Fit::No && wildcard(name.as_bytes(), host.as_bytes()) {
            best = Fit::Loose;
        }
    }
    if best == Fit::Exact && negations { Fit::Loose } else { best }
}

/// `|1|SALT|HASH`, HASH being HMAC-SHA1 of the name under SALT.
fn hashed(names: &str, host: &str) -> bool {
    let Some((salt, hash)) = names.strip_prefix("|1|").and_then(|rest| rest.split_once('|')) else {
        return false;
    };
    let (Ok(salt), Ok(hash)) = (STANDARD.decode(salt), STANDARD.decode(hash)) else { return false };
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&salt) else { return false };
    mac.update(host.as_bytes());
    mac.verify_slice(&hash).is_ok()
}

/// Matches `*` and `?`, linear in the product of the lengths.
fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((back, from)) = star else { return false };
                star = Some((back, from + 1));
                p = back + 1;
                t = from + 1;
            }
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == b'*'))
}
