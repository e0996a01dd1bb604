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
        Ok(typed)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        disable_raw_mode().unwrap_or_default();
    }
}

/// Reads keys up to Enter.
fn read(mut keys: impl io::Read) -> Option<SecretString> {
    // Never grows, so that no copy is left behind.
    let mut typed = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut key = [0];
    loop {
        if keys.by_ref().read(&mut key).ok()? == 0 {
            return None;
        }
        let [byte] = key;
        match byte {
            b'\r' | b'\n' => break,
            0x03 | 0x04 | 0x1b => return None,
            // Backspace takes a whole character back.
            0x08 | 0x7f => while typed.pop().is_some_and(|byte| (0x80..0xc0).contains(&byte)) {},
            // Ctrl-U takes everything back.
            0x15 => typed.clear(),
            _ if typed.len() < LONGEST => typed.push(byte),
            _ => return None,
        }
    }
    std::str::from_utf8(&typed).ok().map(SecretString::from)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn keys_become_a_value() {
        let read = |keys: &[u8]| read(keys).map(|value| value.expose_secret().to_owned());
        assert_eq!(read(b"hunter2\r").as_deref(), Some("hunter2"));
        assert_eq!(read("gehe\u{fc}\x7f\x08im\nrest".as_bytes()).as_deref(), Some("gehim"));
        assert_eq!(read(b"wrong\x15right\r").as_deref(), Some("right"));
        assert_eq!(read(b"\x7f\r").as_deref(), Some(""));
        for left in [&b"half\x03"[..], b"half\x04", b"\x1b[A", b"half", b"\xff\r"] {
            assert_eq!(read(left), None, "{left:?}");
        }
    }
}
