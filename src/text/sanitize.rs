//! Makes control, bidirectional and invisible characters visible; pure, imports nothing.
//!
//! Every text that comes from a file, a host or a person passes here before it reaches a screen (Trojan Source,
//! CVE-2021-42574). What is legitimate stays: letters of every script, combining marks, emoji presentation, and
//! joiners between letters of scripts that need them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What a character could do to the one who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hazard {
    /// A C0 or C1 control, DEL, or a Unicode line or paragraph separator.
    Control,
    /// Reorders what stands around it (UAX #9 embeddings, overrides, isolates and marks).
    Bidi,
    /// Has no width and no shape of its own, or is a blank that passes for nothing.
    Invisible,
}

/// Returns what is dangerous about `c` wherever it stands, `None` for an ordinary character.
///
/// Line feed and tab count as [`Hazard::Control`]: whether they are allowed is for the caller to say.
#[must_use]
pub fn hazard(c: char) -> Option<Hazard> {
    match u32::from(c) {
        0x00..=0x1f | 0x7f..=0x9f | 0x2028 | 0x2029 => Some(Hazard::Control),
        0x061c | 0x200e | 0x200f | 0x202a..=0x202e | 0x2066..=0x2069 => Some(Hazard::Bidi),
        0x00ad
        | 0x034f
        | 0x115f
        | 0x1160
        | 0x17b4
        | 0x17b5
        | 0x180b..=0x180f
        | 0x200b..=0x200d
        | 0x2060..=0x2065
        | 0x206a..=0x206f
        | 0x2800
        | 0x3164
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0xffa0
        | 0xfff0..=0xfffb
        | 0x13430..=0x1343f
        | 0x1bca0..=0x1bca3
        | 0x1d173..=0x1d17a
        | 0xe0000..=0xe0fff => Some(Hazard::Invisible),
        _ => None,
    }
}

/// Returns whether `c` is one of the typographic quotation marks that word processors put into commands.
#[must_use]
pub fn is_typographic_quote(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201f}' | '\u{2039}' | '\u{203a}' | '\u{00ab}' | '\u{00bb}')
}

/// Returns `text` as one line in which every hazard is visible: `␛` for controls, `⟨U+202E⟩` for the rest.
///
/// Line feeds and tabs become `␊` and `␉`. Text without hazards is returned as it is.
#[must_use]
pub fn sanitize(text: &str) -> Cow<'_, str> {
    clean(text, false)
}

/// Returns `text` with hazards visible as [`sanitize`] does, but keeps its lines; tabs become spaces up to the next
/// multiple of four characters.
#[must_use]
pub fn sanitize_block(text: &str) -> Cow<'_, str> {
    clean(text, true)
}

fn clean(text: &str, block: bool) -> Cow<'_, str> {
    if !text.chars().any(|c| hazard(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut column = 0;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        match hazard(c) {
            None => out.push(c),
            Some(_) if block && c == '\n' => out.push('\n'),
            Some(_) if block && c == '\r' && after == Some('\n') => {}
            Some(_) if block && c == '\t' => {
                let spaces = 4 - column % 4;
                out.extend(std::iter::repeat_n(' ', spaces));
                column += spaces - 1;
            }
            Some(_) if keeps(before, c, after) => out.push(c),
            Some(hazard) => push_visible(&mut out, c, hazard),
        }
        column = if c == '\n' { 0 } else { column + 1 };
        before = Some(c);
    }
    Cow::Owned(out)
}

/// A joiner between two letters of a script beyond Latin shapes them (Persian, Hindi); U+FE0E and U+FE0F choose
/// how the symbol before them is drawn.
fn keeps(before: Option<char>, c: char, after: Option<char>) -> bool {
    let letter =
        |c: Option<char>| c.is_some_and(|c| c > '\u{02ff}' && c.is_alphanumeric() && hazard(c).is_none());
    match c {
        '\u{200c}' | '\u{200d}' => letter(before) && letter(after),
        '\u{fe0e}' | '\u{fe0f}' => before
            .is_some_and(|b| hazard(b).is_none() && (b > '\u{a0}' || b.is_ascii_digit() || "#*".contains(b))),
        _ => false,
    }
}

/// Appends the visible form of the dangerous character `c` to `out`.
fn push_visible(out: &mut String, c: char, hazard: Hazard) {
    let code = u32::from(c);
    match (hazard, code) {
        (Hazard::Control, 0x00..=0x1f) => out.push(char::from_u32(0x2400 + code).unwrap_or('\u{fffd}')),
        (Hazard::Control, 0x7f) => out.push('\u{2421}'),
        // Writing to a String cannot fail.
        _ => write!(out, "⟨U+{code:04X}⟩").unwrap_or_default(),
    }
}
