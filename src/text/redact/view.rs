//! How a secret may look in output: each view reads a stream as one family of encodings and yields what it means.
//!
//! A view is a function of the bytes so far, whatever the pieces they came in. It yields each decoded byte with the place
//! of the bytes that stand for it, and says how far back an encoding that is not over yet began.

use super::automaton::Automaton;
use super::escapes::Escapes;

/// Takes what a view yields.
pub(super) trait Reader {
    /// A decoded byte; `from..to` is where it stands in the stream.
    fn byte(&mut self, byte: u8, from: u64, to: u64);
    /// What comes next does not continue what came before.
    fn cut(&mut self);
}

/// See the module.
pub(super) enum View {
    /// The bytes as they are.
    Plain,
    /// A terminal's line ends: CR LF for LF. Where a CR stands that is not passed on yet.
    Lines(Option<u64>),
    /// `%41` for `A` (RFC 3986, upper or lower hex), and `+` for a space if `plus`.
    Percent {
        plus: bool,
        /// Where a percent sign stands that is not passed on yet, and the digit after it.
        open: Option<(u64, Option<u8>)>,
    },
    /// Backslash escapes: JSON (RFC 8259), `$'…'` and double quotes of shells, `printf %q`.
    Escapes(Escapes),
    /// A single quote inside single quotes: `'\''`, and `'"'"'` as Python writes it. Where they begin and how many of
    /// their bytes were seen, with which of the two they may be.
    Quotes { from: u64, seen: Vec<u8> },
    /// Base64 (RFC 4648, standard or URL-safe, wrapped or not) whose groups of four begin `phase` characters late.
    Base64 {
        phase: u8,
        /// Place in the group of the next character.
        index: u8,
        /// The last character's bits and where it stands.
        last: Option<(u8, u64)>,
        /// White space since, which wraps lines.
        gap: u8,
    },
}

/// Most bytes of a line break with the indentation after it that base64 is read across.
const GAP: u8 = 40;

/// The ways to write a quote inside single quotes.
const QUOTES: [&[u8]; 2] = [b"'\\''", b"'\"'\"'"];

impl View {
    pub(super) const fn base64(phase: u8) -> Self {
        Self::Base64 { phase, index: 0, last: None, gap: 0 }
    }

    /// Takes the byte at `at`.
    pub(super) fn push(&mut self, byte: u8, at: u64, reader: &mut impl Reader) {
        match self {
            Self::Plain => reader.byte(byte, at, at + 1),
            Self::Lines(open) => {
                let before = open.take();
                if let (b'\n', Some(from)) = (byte, before) {
                    reader.byte(b'\n', from, at + 1);
                    return;
                }
                if let Some(from) = before {
                    reader.byte(b'\r', from, from + 1);
                }
                if byte == b'\r' {
                    *open = Some(at);
                } else {
                    reader.byte(byte, at, at + 1);
                }
            }
            Self::Percent { plus, open } => percent(*plus, open, byte, at, reader),
            Self::Escapes(escapes) => escapes.push(byte, at, reader),
            Self::Quotes { from, seen } => quotes(from, seen, byte, at, reader),
            Self::Base64 { phase, index, last, gap } => {
                let Some(bits) = sextet(byte) else {
                    let wraps = matches!(byte, b'\r' | b'\n') || *gap > 0 && matches!(byte, b' ' | b'\t');
                    if wraps && last.is_some() && *gap < GAP {
                        *gap += 1;
                    } else {
                        (*index, *last, *gap) = (0, None, 0);
                        reader.cut();
                    }
                    return;
                };
                *gap = 0;
                let place = (*index + *phase) % 4;
                *index = (*index + 1) % 4;
                if let Some((before, from)) = last.replace((bits, at))
                    && place > 0
                {
                    let whole = u16::from(before) << 6 | u16::from(bits);
                    let [_, decoded] = (whole >> (6 - 2 * place)).to_be_bytes();
                    reader.byte(decoded, from, at + 1);
                }
            }
        }
    }

    /// The stream is over.
    pub(super) fn finish(&mut self, reader: &mut impl Reader) {
        match self {
            Self::Plain | Self::Base64 { .. } => {}
            Self::Lines(open) => {
                if let Some(from) = open.take() {
                    reader.byte(b'\r', from, from + 1);
                }
            }
            Self::Percent { open, .. } => unpercent(open, reader),
            Self::Escapes(escapes) => escapes.finish(reader),
            Self::Quotes { from, seen } => {
                for byte in std::mem::take(seen) {
                    reader.byte(byte, *from, *from + 1);
                    *from += 1;
                }
            }
        }
    }

    /// Returns where an encoding began that is not over yet and with which a secret may begin.
    pub(super) fn open(&self, automaton: &Automaton) -> Option<u64> {
        match self {
            Self::Plain => None,
            Self::Lines(open) => *open,
            Self::Percent { open, .. } => open.map(|(from, _)| from),
            Self::Escapes(escapes) => escapes.open(),
            Self::Quotes { from, seen } => (!seen.is_empty()).then_some(*from),
            Self::Base64 { phase, index, last, .. } => {
                let (bits, from) = (*last)?;
                let left = match (*index + *phase) % 4 {
                    0 => return None,
                    place => 8 - 2 * place,
                };
                automaton.may_begin(bits, left).then_some(from)
            }
        }
    }
}

fn percent(
    plus: bool,
    open: &mut Option<(u64, Option<u8>)>,
    byte: u8,
    at: u64,
    reader: &mut impl Reader,
) {
    match (*open, hex(byte)) {
        (Some((from, None)), Some(_)) => *open = Some((from, Some(byte))),
        (Some((from, Some(high))), Some(low)) => {
            *open = None;
            reader.byte(hex(high).unwrap_or_default() << 4 | low, from, at + 1);
        }
        (Some(_), None) => {
            unpercent(open, reader);
            percent(plus, open, byte, at, reader);
        }
        (None, _) if byte == b'%' => *open = Some((at, None)),
        (None, _) => reader.byte(if plus && byte == b'+' { b' ' } else { byte }, at, at + 1),
    }
}

/// Passes on what was no encoding after all.
fn unpercent(open: &mut Option<(u64, Option<u8>)>, reader: &mut impl Reader) {
    if let Some((from, digit)) = open.take() {
        reader.byte(b'%', from, from + 1);
        if let Some(digit) = digit {
            reader.byte(digit, from + 1, from + 2);
        }
    }
}

fn quotes(from: &mut u64, seen: &mut Vec<u8>, byte: u8, at: u64, reader: &mut impl Reader) {
    if seen.is_empty() {
        *from = at;
    }
    seen.push(byte);
    // What begins neither of them is passed on, up to where one may begin again.
    while !seen.is_empty() && !QUOTES.iter().any(|quote| quote.starts_with(seen)) {
        reader.byte(seen.remove(0), *from, *from + 1);
        *from += 1;
    }
    if QUOTES.contains(&seen.as_slice()) {
        seen.clear();
        reader.byte(b'\'', *from, at + 1);
    }
}

/// Returns the value of a hex digit.
pub(super) const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Returns the bits of a character of either base64 alphabet.
const fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
