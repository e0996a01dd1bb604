//! Asking a person for secrets: nothing of what is typed is shown, from the first question to the last reply, and the
//! terminal is as before afterwards.

use std::io::{self, Write as _};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

/// Longest value in bytes; a variable on a host cannot hold more.
const LONGEST: usize = 100 * 1024;

/// The terminal without echo; as before when it is dropped. Lines that are written meanwhile end with `\r\n`.
#[derive(Debug)]
pub struct Quiet(());

impl Quiet {
    /// Begins before the first question: keys that come at once, or between two questions, would be shown else.
    ///
    /// # Errors
    /// When the terminal cannot be used.
    pub fn begin() -> io::Result<Self> {
        enable_raw_mode()?;
        Ok(Self(()))
    }

    /// Asks `question` on standard error and reads one line from the terminal without showing it. Returns none when the
    /// person wants to leave (Ctrl-C, Ctrl-D, Escape) or the terminal is gone.
    ///
    /// # Errors
    /// When the question cannot be shown.
    pub fn ask(&self, question: &str) -> io::Result<Option<SecretString>> {
        let mut err = io::stderr();
        err.write_all(format!("{question} ").as_bytes())?;
        err.flush()?;
        let typed = read(io::stdin().lock());
        err.write_all(b"\r\n")?;
        Ok(match typed {
            Typed::Text(text) => Some(text),
            Typed::Nothing | Typed::Interrupt => None,
        })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        disable_raw_mode().unwrap_or_default();
    }
}

/// How typing ended.
#[derive(Debug, Clone)]
pub enum Typed {
    /// With Enter.
    Text(SecretString),
    /// With Escape or Ctrl-D, or with what is no text: nothing is given.
    Nothing,
    /// With Ctrl-C, or because the terminal is gone.
    Interrupt,
}

/// A line that is being typed, key by key.
#[derive(Debug)]
pub struct Typing(Zeroizing<Vec<u8>>);

impl Default for Typing {
    fn default() -> Self {
        // Never grows, so that no copy is left behind.
        Self(Zeroizing::new(Vec::with_capacity(LONGEST)))
    }
}

impl Typing {
    /// Takes a key, and says how the line ended if it did.
    pub fn key(&mut self, byte: u8) -> Option<Typed> {
        let typed = &mut self.0;
        match byte {
            b'\r' | b'\n' => {
                let text = std::str::from_utf8(typed).map(SecretString::from);
                return Some(text.map_or(Typed::Nothing, Typed::Text));
            }
            0x03 => return Some(Typed::Interrupt),
            0x04 | 0x1b => return Some(Typed::Nothing),
            // Backspace takes a whole character back.
            0x08 | 0x7f => while typed.pop().is_some_and(|byte| (0x80..0xc0).contains(&byte)) {},
            // Ctrl-U takes everything back.
            0x15 => typed.clear(),
            _ if typed.len() < LONGEST => typed.push(byte),
            _ => return Some(Typed::Nothing),
        }
        None
    }
}

/// Reads keys up to Enter.
fn read(mut keys: impl io::Read) -> Typed {
    let mut typing = Typing::default();
    let mut key = [0];
    while matches!(keys.read(&mut key), Ok(1)) {
        let [byte] = key;
        if let Some(typed) = typing.key(byte) {
            return typed;
        }
    }
    Typed::Interrupt
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn keys_become_a_value() {
        let read = |keys: &[u8]| match read(keys) {
            Typed::Text(value) => Some(value.expose_secret().to_owned()),
            Typed::Nothing | Typed::Interrupt => None,
        };
        assert_eq!(read(b"hunter2\r").as_deref(), Some("hunter2"));
        assert_eq!(read("gehe\u{fc}\x7f\x08im\nrest".as_bytes()).as_deref(), Some("gehim"));
        assert_eq!(read(b"wrong\x15right\r").as_deref(), Some("right"));
        assert_eq!(read(b"\x7f\r").as_deref(), Some(""));
        for left in [&b"half\x03"[..], b"half\x04", b"\x1b[A", b"half", b"\xff\r"] {
            assert_eq!(read(left), None, "{left:?}");
        }
        let ends = |keys: &[u8]| matches!(super::read(keys), Typed::Interrupt);
        assert!(ends(b"half\x03") && ends(b"half") && !ends(b"half\x1b") && !ends(b"half\x04"));
    }
}
