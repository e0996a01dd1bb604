//! Reads `known_hosts` files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") and says whether a key is trusted, as OpenSSH
//! does. Pure: over text and a time that is passed in.
//!
//! Invariant: what is not understood never trusts, and a revoked key never does, whatever else is recorded. Never writes;
//! [`entry`] is the line to write. In one thing this is stricter than ssh: a key that is revoked for a host's bare name is
//! revoked on all its ports, even if another line trusts it on one.

mod certificate;
mod line;
mod names;
mod revoked;

pub use certificate::Certificate;
pub use names::Sought;
pub use revoked::Revoked;

use line::{Line, Marker};

/// One file: the name to show and what it contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownHostsFile {
    /// Path, for messages.
    pub name: String,
    /// Content; bytes that are not UTF-8 can only be in lines that then match nothing.
    pub text: String,
}

/// Where a line stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spot {
    /// Name of the file.
    pub file: String,
    /// One-based line number.
    pub line: usize,
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The key that a host shows.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Type of the key, for RSA `ssh-rsa`.
    pub kind: &'a str,
    /// The key in wire form (RFC 4253, 6.6).
    pub blob: &'a [u8],
    /// The certificate that came with it.
    pub certificate: Option<&'a Certificate>,
}

/// What the files say about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// This line names this key for this host.
    Trusted(Spot),
    /// This line names the authority that vouches for the key.
    Vouched(Spot),
    /// Nothing is recorded for this host on this port.
    Unknown {
        /// Types of the keys that are recorded for the host's bare name; not this key.
        other_types: Vec<String>,
        /// Why the certificate that was shown does not count, if one was.
        certificate: Option<String>,
    },
    /// Another key is recorded for the host.
    Changed {
        /// The first line with a key of the same type, else the first with any.
        at: Spot,
        /// Type of the key on that line.
        kind: String,
        /// Why the certificate that was shown does not count, if one was.
        certificate: Option<String>,
    },
    /// The key, or the authority that vouches for it, is marked as revoked.
    Revoked(Spot),
}

/// Says what `files` say about the key that a host showed, `now` being in seconds since 1970.
///
/// As ssh does: a certificate counts if a line with `@cert-authority` names its authority for the host and it is valid
/// ([`Certificate`]), else the key in it is judged alone. A host on another port than 22 is looked for as `[host]:port`;
/// only if nothing at all is recorded so, a line without a port serves that holds this very key. Any key that is recorded
/// for the host, of whatever type, makes another key a changed one.
#[must_use]
pub fn check(files: &[KnownHostsFile], sought: &Sought, shown: Shown<'_>, now: u64) -> Verdict {
    let names = sought.names();
    let fitting = |index: usize| {
        let name = names.get(index);
        lines(files).filter(move |(_, line)| name.is_some_and(|name| names::fit(line.names, name)))
    };
    let both = || fitting(0).chain(fitting(1));
    let authority = shown.certificate.map(|certificate| certificate.authority.as_slice());
    let revoked = both().find(|(_, line)| {
        line.marker == Marker::Revoked && (line.blob == shown.blob || Some(line.blob.as_slice()) == authority)
    });
    if let Some((at, _)) = revoked {
        return Verdict::Revoked(at);
    }
    let mut why_not = None;
    if let Some(certificate) = shown.certificate {
        let mut authorities =
            both().filter(|(_, line)| line.marker == Marker::Authority && line.blob == certificate.authority);
        match (authorities.next(), certificate.check(sought.principal(), now)) {
            (Some((at, _)), Ok(())) => return Verdict::Vouched(at),
            (Some(_), Err(why)) => why_not = Some(why),
            (None, _) => why_not = Some("its authority is not recorded for the host".to_owned()),
        }
    }
    let plain = |index| fitting(index).filter(|(_, line)| line.marker == Marker::None);
    let same = |line: &Line<'_>| line.kind == shown.kind && line.blob == shown.blob;
    if let Some((at, _)) = plain(0).find(|(_, line)| same(line)) {
        return Verdict::Trusted(at);
    }
    let other = plain(0).find(|(_, line)| line.kind == shown.kind).or_else(|| plain(0).next());
    if let Some((at, line)) = other {
        return Verdict::Changed { at, kind: line.kind.to_owned(), certificate: why_not };
    }
    if let Some((at, _)) = plain(1).find(|(_, line)| same(line)) {
        return Verdict::Trusted(at);
    }
    Verdict::Unknown { other_types: types(plain(1)), certificate: why_not }
}

/// Returns the types of the keys recorded for a host, in file order: what to ask the server for first, as it may have
/// keys of several types and shows only one. Lines without the port count where there is none with it.
#[must_use]
pub fn recorded_types(files: &[KnownHostsFile], sought: &Sought) -> Vec<String> {
    let of = |name: &String| {
        types(lines(files).filter(|(_, l)| l.marker == Marker::None && names::fit(l.names, name)))
    };
    sought.names().iter().map(of).find(|types| !types.is_empty()).unwrap_or_default()
}

/// Returns whether an authority is recorded for a host: then certificates are worth asking for.
#[must_use]
pub fn has_authority(files: &[KnownHostsFile], sought: &Sought) -> bool {
    let names = sought.names();
    lines(files)
        .any(|(_, line)| line.marker == Marker::Authority && names.iter().any(|n| names::fit(line.names, n)))
}

/// Returns the other names that this very key is recorded for, each with its place: at most `most`, hashed names as
/// `(a hashed name)`.
#[must_use]
pub fn other_names(files: &[KnownHostsFile], kind: &str, blob: &[u8], most: usize) -> Vec<(String, Spot)> {
    let plain = lines(files).filter(|(_, l)| l.marker == Marker::None && l.kind == kind && l.blob == blob);
    let name =
        |names: &str| if names.starts_with('|') { "(a hashed name)".to_owned() } else { names.to_owned() };
    plain.map(|(at, line)| (name(line.names), at)).take(most).collect()
}

/// Returns the line that records a key, without its end. With a `salt` the name is hashed, as with `HashKnownHosts`.
#[must_use]
pub fn entry(sought: &Sought, kind: &str, blob: &[u8], salt: Option<[u8; 20]>) -> String {
    let name = sought.names().into_iter().next().unwrap_or_default();
    let name = salt.and_then(|salt| names::hash(&salt, &name)).unwrap_or(name);
    format!("{name} {kind} {}", line::encode(blob))
}

/// Returns whether a file holds only hashed names, and some: then a new one is hashed, too.
#[must_use]
pub fn is_hashed(text: &str) -> bool {
    let mut plain =
        text.split('\n').filter_map(line::parse).filter(|line| line.marker == Marker::None).peekable();
    plain.peek().is_some() && plain.all(|line| line.names.starts_with('|'))
}

fn lines(files: &[KnownHostsFile]) -> impl Iterator<Item = (Spot, Line<'_>)> {
    files.iter().flat_map(|file| {
        file.text.split('\n').enumerate().filter_map(|(index, text)| {
            Some((Spot { file: file.name.clone(), line: index + 1 }, line::parse(text)?))
        })
    })
}

fn types<'a>(lines: impl Iterator<Item = (Spot, Line<'a>)>) -> Vec<String> {
    let mut types: Vec<String> = Vec::new();
    for (_, line) in lines {
        if !types.iter().any(|known| known == line.kind) {
            types.push(line.kind.to_owned());
        }
    }
    types
}
