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
    /// Base64 (RFC 4648), standard or URL-safe, wrapped or not.
    Base64(Base64),
}

/// Reads base64 whose first group of four lacks some characters: where a group begins is known to the encoder only.
#[derive(Default)]
pub(super) struct Base64 {
    /// Place in the group of the first character.
    first: u8,
    /// Place in the group of the next character.
    next: u8,
    /// The last character's bits and where it stands.
    last: Option<(u8, u64)>,
    /// White space since, which wraps lines.
    gap: u8,
}

/// Most bytes of a line break with the indentation after it that base64 is read across.
const GAP: u8 = 40;

/// The ways to write a quote inside single quotes.
const QUOTES: [&[u8]; 2] = [b"'\\''", b"'\"'\"'"];

impl View {
    /// Returns the view of base64 whose first character has this place (0 to 3) in its group.
    pub(super) fn base64(first: u8) -> Self {
        Self::Base64(Base64 { first, next: first, ..Base64::default() })
    }

    /// Takes the next bytes, which begin at `start`.
    pub(super) fn push(&mut self, bytes: &[u8], start: u64, reader: &mut impl Reader) {
        let places = (start..).zip(bytes.iter().copied());
        // The choice is made once for all bytes: it is most of the work otherwise.
        match self {
            Self::Plain => places.for_each(|(at, byte)| reader.byte(byte, at, at + 1)),
            Self::Lines(open) => places.for_each(|(at, byte)| lines(open, byte, at, reader)),
            Self::Percent { plus, open } => {
                places.for_each(|(at, byte)| percent(*plus, open, byte, at, reader));
            }
            Self::Escapes(escapes) => places.for_each(|(at, byte)| escapes.push(byte, at, reader)),
            Self::Quotes { from, seen } => {
                places.for_each(|(at, byte)| quotes(from, seen, byte, at, reader));
            }
            Self::Base64(base64) => places.for_each(|(at, byte)| base64.push(byte, at, reader)),
        }
    }

    /// The stream is over.
    pub(super) fn finish(&mut self, reader: &mut impl Reader) {
        match self {
            Self::Plain | Self::Base64(_) => {}
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
            Self::Base64(base64) => {
                let (bits, from) = base64.last.filter(|_| base64.next > 0)?;
                automaton.may_begin(bits, 8 - 2 * base64.next).then_some(from)
            }
        }
    }
}

impl Base64 {
    #[inline]
    fn push(&mut self, byte: u8, at: u64, reader: &mut impl Reader) {
        let Some(bits) = sextet(byte) else { return self.other(byte, reader) };
        self.gap = 0;
        let place = self.next;
        self.next = (place + 1) & 3;
        if let Some((before, from)) = self.last.replace((bits, at))
            && place > 0
        {
            let whole = u16::from(before) << 6 | u16::from(bits);
            let [_, decoded] = (whole >> (6 - 2 * place)).to_be_bytes();
            reader.byte(decoded, from, at + 1);
        }
    }

    /// A byte that is no base64 ends it, unless it breaks a line.
    fn other(&mut self, byte: u8, reader: &mut impl Reader) {
        let breaks = matches!(byte, b'\r' | b'\n') || self.gap > 0 && matches!(byte, b' ' | b'\t');
        if breaks && self.last.is_some() && self.gap < GAP {
            self.gap += 1;
        } else {
            (self.next, self.last, self.gap) = (self.first, None, 0);
            reader.cut();
        }
    }
}

fn lines(open: &mut Option<u64>, byte: u8, at: u64, reader: &mut impl Reader) {
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

#[inline]
fn percent(plus: bool, open: &mut Option<(u64, Option<u8>)>, byte: u8, at: u64, reader: &mut impl Reader) {
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
#[inline]
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
