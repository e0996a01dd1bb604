//! The same programs as root: the command that leads there through sudo(8), and what is heard until a shell of root reads
//! our program.
//!
//! sudo asks with a prompt of ours, so that nothing else is taken for its question, and the shell behind it says that it
//! is there before anything is sent to it: a password is never read as a script, and no script as a password. Both carry
//! a nonce of their own that is good for nothing else, because it stands in the argument list.

/// Most bytes kept of what is neither a question nor the shell.
const NOISE_MAX: usize = 4 * 1024;
/// Longest account name in a prompt; Linux has 32.
const NAME_MAX: usize = 64;

/// Returns the command of an exec request that runs our program as root. All shells that people log in with read it
/// alike; `%p` becomes the account whose password is wanted (`rootpw` and `targetpw` of sudoers(5) make it another one).
#[must_use]
pub fn sudo(nonce: &str) -> String {
    format!(
        "exec sudo -S -H -p ::gonogo:{nonce}:pw:%p: sh -c 'echo ::gonogo:{nonce}:ready >&2; eval \"$(cat)\"'"
    )
}

/// What was heard on the way to root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// sudo asks for the password of this account; none when it does not say whose.
    Password(Option<String>),
    /// A shell of root reads what comes next.
    Ready,
}

/// Reads what comes on standard error until [`Heard::Ready`], however it is cut into pieces.
#[derive(Debug, Clone)]
pub struct Handshake {
    marker: Vec<u8>,
    held: Vec<u8>,
    /// What else was said on standard error, and elsewhere.
    noise: Vec<u8>,
    aside: Vec<u8>,
}

impl Handshake {
    /// Returns a reader for the words with this nonce.
    #[must_use]
    pub fn new(nonce: &str) -> Self {
        Self {
            marker: format!("::gonogo:{nonce}:").into_bytes(),
            held: Vec::new(),
            noise: Vec::new(),
            aside: Vec::new(),
        }
    }

    /// Takes the next bytes and returns what is complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Heard> {
        self.held.extend_from_slice(bytes);
        let mut all = Vec::new();
        loop {
            let held = std::mem::take(&mut self.held);
            let found = held.windows(self.marker.len()).position(|part| part == self.marker);
            let Some(at) = found else {
                // The beginning of a marker may stand at the end.
                let keep = held.len().min(self.marker.len() - 1);
                let (before, rest) = held.split_at(held.len() - keep);
                keep_of(&mut self.noise, before);
                self.held = rest.to_vec();
                return all;
            };
            let (before, rest) = held.split_at(at);
            keep_of(&mut self.noise, before);
            let text = rest.get(self.marker.len()..).unwrap_or_default();
            match word(text) {
                Word::Complete(heard, length) => {
                    all.push(heard);
                    self.held = text.get(length..).unwrap_or_default().to_vec();
                }
                Word::Cut => {
                    self.held = rest.to_vec();
                    return all;
                }
                Word::Foreign => self.held = text.to_vec(),
            }
        }
    }

    /// Takes what was said on standard output, for [`Handshake::said`].
    pub fn overheard(&mut self, bytes: &[u8]) {
        keep_of(&mut self.aside, bytes);
    }

    /// Returns what else was said so far: a greeting, sudo's own words. Hostile text.
    #[must_use]
    pub fn said(&self) -> String {
        let mut all = self.aside.clone();
        if all.last().is_some_and(|last| *last != b'\n') {
            all.push(b'\n');
        }
        all.extend_from_slice(&self.noise);
        all.extend_from_slice(&self.held);
        String::from_utf8_lossy(&all).into_owned()
    }
}

/// Keeps the beginning of what was said.
fn keep_of(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = NOISE_MAX.saturating_sub(kept.len()).min(bytes.len());
    kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
}

enum Word {
    /// What it means, and how many bytes it has.
    Complete(Heard, usize),
    Cut,
    Foreign,
}

/// Reads what stands behind a marker.
fn word(text: &[u8]) -> Word {
    const READY: &[u8] = b"ready";
    const ASKS: &[u8] = b"pw:";
    for word in [READY, ASKS] {
        if text.len() < word.len() && word.starts_with(text) {
            return Word::Cut;
        }
    }
    if let Some(end) = text.strip_prefix(READY) {
        return match end {
            [] | [b'\r'] => Word::Cut,
            [b'\n', ..] => Word::Complete(Heard::Ready, READY.len() + 1),
            [b'\r', b'\n', ..] => Word::Complete(Heard::Ready, READY.len() + 2),
            _ => Word::Foreign,
        };
    }
    let Some(name) = text.strip_prefix(ASKS) else { return Word::Foreign };
    match name.iter().take(NAME_MAX + 1).position(|b| *b == b':') {
        Some(end) => {
            let name = String::from_utf8_lossy(name.get(..end).unwrap_or_default()).into_owned();
            let shaped = |c: char| c.is_alphanumeric() || "._-@+\\$".contains(c);
            let whose = (!name.is_empty() && name.chars().all(shaped)).then_some(name);
            Word::Complete(Heard::Password(whose), ASKS.len() + end + 1)
        }
        None if name.len() <= NAME_MAX => Word::Cut,
        None => Word::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &[u8] =
        b"Welcome\n::gonogo:aa:pw:omar:Sorry, try again.\n::gonogo:aa:pw:%p:::gonogo:aa:ready\n";

    fn whole() -> Vec<Heard> {
        vec![Heard::Password(Some("omar".to_owned())), Heard::Password(None), Heard::Ready]
    }

    #[test]
    fn questions_and_the_shell_are_heard_however_they_are_cut() {
        for size in 1..=SAID.len() {
            let mut handshake = Handshake::new("aa");
            let heard: Vec<Heard> = SAID.chunks(size).flat_map(|part| handshake.push(part)).collect();
            assert_eq!(heard, whole(), "in pieces of {size}");
            assert_eq!(handshake.said(), "Welcome\nSorry, try again.\n", "in pieces of {size}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_noise() {
        let mut handshake = Handshake::new("aa");
        for text in ["::gonogo:bb:ready\n", "::gonogo:aa:other\n", "Password: ", "::gonogo:aa:readyyy\n"] {
            assert_eq!(handshake.push(text.as_bytes()), [], "{text}");
        }
        let long = format!("::gonogo:aa:pw:{}", "x".repeat(200));
        assert_eq!(handshake.push(long.as_bytes()), []);
        assert!(handshake.said().contains("Password: "), "{}", handshake.said());
    }

    #[test]
    fn words_of_one_stream_stay_together() {
        let mut handshake = Handshake::new("aa");
        handshake.push(b"omar is not in ");
        handshake.overheard(b"Welcome");
        handshake.push(b"the sudoers file.\n");
        assert_eq!(handshake.said(), "Welcome\nomar is not in the sudoers file.\n");
    }

    #[test]
    fn noise_is_bounded() {
        let mut handshake = Handshake::new("aa");
        for _ in 0..100 {
            handshake.push(&[b'x'; 1000]);
            handshake.overheard(&[b'x'; 1000]);
        }
        assert!(handshake.said().len() <= 2 * NOISE_MAX + 64);
        assert_eq!(handshake.push(b"::gonogo:aa:ready\r\n"), [Heard::Ready]);
    }
}
