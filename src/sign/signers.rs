//! Who may sign under which name: the allowed_signers file of git and `ssh-keygen` (ssh-keygen(1), "ALLOWED SIGNERS").
//!
//! A line that cannot be read allows nobody and is told; the others count. Times without `Z` are of the zone that the
//! caller names, as `ssh-keygen` takes them in that of the system.

use chrono::NaiveDateTime;

use super::key::PublicKey;
use super::krl::Krl;
use crate::clock::Zone;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Its line, from 1.
    pub line: usize,
    /// The list of patterns for names.
    pub principals: String,
    /// Whether the key is an authority's, which signs certificates.
    pub authority: bool,
    /// The list of patterns for namespaces, if it is bound to some.
    pub namespaces: Option<String>,
    /// From when it counts, in seconds of Unix.
    pub valid_after: Option<i64>,
    /// Until when it counts.
    pub valid_before: Option<i64>,
    /// The key.
    pub key: PublicKey,
}

/// A line that allows nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BadLine {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// A file of allowed signers, and keys that count no longer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedSigners {
    /// Its lines.
    pub signers: Vec<Signer>,
    /// Keys that were revoked, by themselves.
    pub revoked: Vec<PublicKey>,
    /// Keys and certificates that were revoked, by a list of OpenSSH's.
    pub krl: Option<Krl>,
}

/// Why a revocation file is not understood: it must not count as none then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRevocation {
    /// A line is no key.
    #[error("{0}; write the revoked public keys one a line, or a list of `ssh-keygen -k`")]
    Line(#[from] BadLine),
    /// It is a list of `ssh-keygen -k` that is not understood.
    #[error("it is a key revocation list that {0}")]
    Krl(String),
}

impl AllowedSigners {
    /// Reads the file's text; also returns the lines that allow nobody.
    #[must_use]
    pub fn parse(text: &str, zone: Zone) -> (Self, Vec<BadLine>) {
        let (mut signers, mut bad) = (Vec::new(), Vec::new());
        for (n, line) in text.lines().enumerate() {
            let line_number = n + 1;
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            match signer(line_number, trimmed, zone) {
                Ok(signer) => signers.push(signer),
                Err(why) => bad.push(BadLine { line: line_number, why }),
            }
        }
        (Self { signers, revoked: Vec::new(), krl: None }, bad)
    }

    /// Adds the keys of a revocation file: public keys, one a line, or OpenSSH's binary form, a KRL.
    ///
    /// # Errors
    /// [`BadRevocation`]: the first line that is no key, or what of the list is not understood.
    pub fn revoking(mut self, bytes: &[u8]) -> Result<Self, BadRevocation> {
        if let Some(krl) = Krl::read(bytes) {
            self.krl = Some(krl.map_err(BadRevocation::Krl)?);
            return Ok(self);
        }
        let text = String::from_utf8_lossy(bytes);
        for (n, line) in text.lines().enumerate() {
            let line_number = n + 1;
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let read = PublicKey::from_line(trimmed);
            let (key, _) = read.map_err(|error| BadLine { line: line_number, why: error.to_string() })?;
            self.revoked.push(key);
        }
        Ok(self)
    }

    /// Returns whether the key, the certificate or its authority was revoked.
    #[must_use]
    pub fn is_revoked(&self, key: &PublicKey) -> bool {
        let authority = key.authority();
        self.krl.as_ref().is_some_and(|krl| key.is_in(krl))
            || self
                .revoked
                .iter()
                .any(|gone| gone.is_same_key(key) || authority.as_ref().is_some_and(|a| a == gone))
    }
}

fn signer(line: usize, text: &str, zone: Zone) -> Result<Signer, String> {
    let (principals, rest) = word(text)?;
    let (first, after) = word(rest)?;
    let signer = |options: &str, kind: &str, rest: &str| {
        let base64 = rest.split([' ', '\t']).next().unwrap_or_default();
        let key = PublicKey::from_words(kind, base64).map_err(|error| error.to_string())?;
        let mut out = Signer {
            line,
            principals: principals.clone(),
            authority: false,
            namespaces: None,
            valid_after: None,
            valid_before: None,
            key,
        };
        for option in split_options(options)? {
            take(&mut out, &option, zone)?;
        }
        if let (Some(after), Some(before)) = (out.valid_after, out.valid_before)
            && before <= after
        {
            return Err("valid-before is not after valid-after".to_owned());
        }
        Ok(out)
    };
    if principals.is_empty() || first.is_empty() {
        return Err("a line is `NAMES [OPTIONS] TYPE KEY`".to_owned());
    }
    if is_type(&first) {
        return signer("", &first, after);
    }
    let options = rest.get(..rest.len() - after.len()).unwrap_or_default().trim_end();
    let (kind, after) = word(after)?;
    signer(options, &kind, after)
}

/// Returns whether the word is a key's type and no option.
fn is_type(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-", "rsa-"].iter().any(|start| word.starts_with(start))
        && !word.contains(['=', '"', ','])
}

/// Takes the first word, without its quotes, and returns what stands behind it.
fn word(text: &str) -> Result<(String, &str), String> {
    let text = text.trim_start_matches([' ', '\t']);
    let mut quoted = false;
    let end = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        !quoted && matches!(c, ' ' | '\t')
    });
    if quoted && end.is_none() {
        return Err("a quote has no end".to_owned());
    }
    let end = end.map_or(text.len(), |(at, _)| at);
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let bare = word.strip_prefix('"').and_then(|w| w.strip_suffix('"')).unwrap_or(word);
    Ok((bare.to_owned(), rest.trim_start_matches([' ', '\t'])))
}

/// Splits options at commas outside of quotes.
fn split_options(text: &str) -> Result<Vec<String>, String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '"';
        match (c, out.last_mut()) {
            (',', _) if !quoted => out.push(String::new()),
            (_, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    if quoted {
        return Err("a quote has no end".to_owned());
    }
    Ok(out.into_iter().filter(|option| !option.is_empty()).collect())
}

fn take(signer: &mut Signer, option: &str, zone: Zone) -> Result<(), String> {
    let (name, value) = match option.split_once('=') {
        None => (option, None),
        Some((name, value)) => {
            let bare = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
            (name, Some(bare.ok_or_else(|| format!("the value of {name} is not in quotes"))?))
        }
    };
    let twice = || format!("{name} stands twice");
    match (name.to_ascii_lowercase().as_str(), value) {
        ("cert-authority", None) => signer.authority = true,
        ("namespaces", Some(value)) => {
            if signer.namespaces.replace(value.to_owned()).is_some() {
                return Err(twice());
            }
        }
        ("valid-after", Some(value)) => {
            if signer.valid_after.replace(time(value, zone)?).is_some() {
                return Err(twice());
            }
        }
        ("valid-before", Some(value)) => {
            if signer.valid_before.replace(time(value, zone)?).is_some() {
                return Err(twice());
            }
        }
        _ => return Err(format!("{name} is no option of allowed signers, or lacks its value")),
    }
    Ok(())
}

/// Reads `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, of the zone or, with `Z`, of UTC.
fn time(text: &str, zone: Zone) -> Result<i64, String> {
    let bad =
        || format!("`{text}` is no time: write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with Z for UTC");
    let digits = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let utc = digits.len() != text.len();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let whole = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(bad()),
    };
    let time = NaiveDateTime::parse_from_str(&whole, "%Y%m%d%H%M%S").map_err(|_| bad())?;
    let zone = if utc { Zone::default() } else { zone };
    Ok(zone.unix(time))
}
