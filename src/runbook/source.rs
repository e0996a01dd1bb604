//! From bytes to a text that may be parsed: size, UTF-8, binary content, characters that hide or reorder; pure.

use crate::diag::{Diagnostic, LineIndex};
use crate::text::sanitize::{Hazard, hazard};

/// Returns the text of `bytes`, which may have at most `limit` bytes.
///
/// # Errors
/// One finding: too large, binary (a NUL byte), or not UTF-8, with the place of the first bad byte.
pub fn text(bytes: &[u8], limit: usize) -> Result<&str, Diagnostic> {
    if bytes.len() > limit {
        let message = format!("the file has {} bytes; the most it may have is {limit}", bytes.len());
        return Err(Diagnostic::error("too-large", message));
    }
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => {
            let before =
                std::str::from_utf8(bytes.get(..e.valid_up_to()).unwrap_or_default()).unwrap_or_default();
            let place = LineIndex::new(before).place(before.len()..before.len());
            let found = if bytes.contains(&0) {
                Diagnostic::error("binary", "the file is binary, not text")
            } else {
                Diagnostic::error("not-utf8", "the file is not UTF-8 text from here on")
                    .help("save it as UTF-8; `iconv -t UTF-8` converts other encodings")
            };
            return Err(found.at(place));
        }
    };
    match valid.find('\0') {
        Some(at) => Err(Diagnostic::error("binary", "the file holds a NUL byte: it is binary, not text")
            .at(LineIndex::new(valid).place(at..at + 1))),
        None => Ok(valid),
    }
}

/// Returns the characters of `text` that have no place in a runbook, each with its offset and what it is.
///
/// Line ends and tabs are ordinary here. `joiners` allows U+200C and U+200D, which prose of many scripts needs, and
/// the choice of emoji or text.
pub fn hazards(text: &str, joiners: bool) -> impl Iterator<Item = (usize, char, Hazard)> + '_ {
    // Most of every file is plain: it is not looked up.
    let odd = text.char_indices().filter(|(_, c)| !matches!(c, ' '..='~'));
    odd.filter_map(move |(at, c)| match hazard(c) {
        Some(Hazard::Control) if matches!(c, '\n' | '\r' | '\t') => None,
        Some(Hazard::Invisible)
            if joiners && matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}') =>
        {
            None
        }
        Some(hazard) => Some((at, c, hazard)),
        None => None,
    })
}

/// Returns the first of [`hazards`].
pub fn first_hazard(text: &str, joiners: bool) -> Option<(usize, char, Hazard)> {
    hazards(text, joiners).next()
}

/// Returns the first character of `text` that nobody sees or that reorders it, line ends and tabs aside; `joiners`
/// allows the joiners that names and prose of many scripts need.
#[must_use]
pub fn first_hidden(text: &str, joiners: bool) -> Option<char> {
    first_hazard(text, joiners).map(|(_, c, _)| c)
}

/// Returns what `c` is called in a message.
pub fn describe(c: char, hazard: Hazard) -> String {
    let kind = match hazard {
        Hazard::Control => "control character",
        Hazard::Bidi => "bidirectional control",
        Hazard::Invisible => "invisible character",
    };
    format!("{kind} U+{:04X}", u32::from(c))
}
