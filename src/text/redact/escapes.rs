//! Backslash escapes read as what they stand for: those of JSON (RFC 8259), and of shells in `"…"`, `$'…'` and behind
//! `printf %q` (bash(1), QUOTING).

use super::view::{Reader, hex};

/// Reads escapes; `from` is where the one stands that is not over yet.
#[derive(Default)]
pub(super) struct Escapes {
    from: u64,
    state: State,
}

#[derive(Default, Clone, Copy)]
enum State {
    #[default]
    Outside,
    /// After a backslash.
    Slash,
    /// In up to three octal digits.
    Octal { value: u32, left: u8 },
    /// In up to two hex digits after `\x`.
    Hex { value: u32, left: u8 },
    /// In the four digits after `\u`, or the eight after `\U`; the first half of a surrogate pair goes before them.
    Unicode { high: Option<u32>, value: u32, left: u8 },
    /// After the first half of a surrogate pair.
    Pair(u32),
    /// After the backslash of its second half, which stands here.
    PairSlash(u32, u64),
}

impl Escapes {
    #[inline]
    pub(super) fn push(&mut self, byte: u8, at: u64, reader: &mut impl Reader) {
        match self.state {
            State::Outside if byte == b'\\' => (self.from, self.state) = (at, State::Slash),
            State::Outside => reader.byte(byte, at, at + 1),
            _ => self.inside(byte, at, reader),
        }
    }

    fn inside(&mut self, byte: u8, at: u64, reader: &mut impl Reader) {
        let to = at + 1;
        match self.state {
            State::Outside => self.push(byte, at, reader),
            State::Slash => self.slash(byte, to, reader),
            State::Octal { value, left } => match byte {
                b'0'..=b'7' => {
                    let value = value * 8 + u32::from(byte - b'0');
                    if left == 1 {
                        self.low_byte(value, to, reader);
                    } else {
                        self.state = State::Octal { value, left: left - 1 };
                    }
                }
                _ => {
                    self.low_byte(value, at, reader);
                    self.push(byte, at, reader);
                }
            },
            State::Hex { value, left } => match hex(byte) {
                Some(digit) if left == 1 => self.low_byte(value << 4 | u32::from(digit), to, reader),
                Some(digit) => {
                    self.state = State::Hex { value: value << 4 | u32::from(digit), left: left - 1 };
                }
                None if left == 1 => {
                    self.low_byte(value, at, reader);
                    self.push(byte, at, reader);
                }
                None => self.broken(byte, at, reader),
            },
            State::Unicode { high, value, left } => match hex(byte) {
                Some(digit) if left == 1 => self.code(high, value << 4 | u32::from(digit), to, reader),
                Some(digit) => {
                    let value = value << 4 | u32::from(digit);
                    self.state = State::Unicode { high, value, left: left - 1 };
                }
                None => self.broken(byte, at, reader),
            },
            State::Pair(high) if byte == b'\\' => self.state = State::PairSlash(high, at),
            State::Pair(_) => self.broken(byte, at, reader),
            State::PairSlash(high, _) if byte == b'u' => {
                self.state = State::Unicode { high: Some(high), value: 0, left: 4 };
            }
            State::PairSlash(_, slash) => {
                reader.cut();
                (self.from, self.state) = (slash, State::Slash);
                self.push(byte, at, reader);
            }
        }
    }

    pub(super) fn finish(&mut self, reader: &mut impl Reader) {
        match self.state {
            State::Octal { value, left } => self.low_byte(value, self.from + 4 - u64::from(left), reader),
            State::Hex { value, left: 1 } => self.low_byte(value, self.from + 3, reader),
            _ => reader.cut(),
        }
        self.state = State::Outside;
    }

    /// Returns where an escape began that is not over yet.
    pub(super) const fn open(&self) -> Option<u64> {
        match self.state {
            State::Outside => None,
            _ => Some(self.from),
        }
    }

    fn slash(&mut self, byte: u8, to: u64, reader: &mut impl Reader) {
        self.state = match byte {
            b'0'..=b'7' => State::Octal { value: u32::from(byte - b'0'), left: 2 },
            b'x' => State::Hex { value: 0, left: 2 },
            b'u' => State::Unicode { high: None, value: 0, left: 4 },
            b'U' => State::Unicode { high: None, value: 0, left: 8 },
            _ => {
                let meant = match byte {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    b'e' | b'E' => 27,
                    // Itself: a quote, a backslash, whatever a shell would take for more than itself.
                    other => other,
                };
                reader.byte(meant, self.from, to);
                State::Outside
            }
        };
    }

    /// The escape is over and stood for one byte.
    fn low_byte(&mut self, value: u32, to: u64, reader: &mut impl Reader) {
        let [.., byte] = value.to_be_bytes();
        reader.byte(byte, self.from, to);
        self.state = State::Outside;
    }

    /// The escape is over and stood for a character, or half of one.
    fn code(&mut self, high: Option<u32>, value: u32, to: u64, reader: &mut impl Reader) {
        self.state = State::Outside;
        let value = match (high, value) {
            (None, 0xd800..0xdc00) => {
                self.state = State::Pair(value);
                return;
            }
            (Some(high), 0xdc00..0xe000) => 0x1_0000 + ((high - 0xd800) << 10) + (value - 0xdc00),
            _ => value,
        };
        match char::from_u32(value) {
            Some(code) => {
                for byte in code.encode_utf8(&mut [0; 4]).bytes() {
                    reader.byte(byte, self.from, to);
                }
            }
            None => reader.cut(),
        }
    }

    /// What looked like an escape was none; no encoder writes such a thing.
    fn broken(&mut self, byte: u8, at: u64, reader: &mut impl Reader) {
        reader.cut();
        self.state = State::Outside;
        self.push(byte, at, reader);
    }
}
