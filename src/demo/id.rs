//! The identity of one start of the demo, by which its processes are known among all others.
//!
//! It is no secret: it stands in the environment and in the resource limits of every command, and in the guard's arguments.

use super::DemoError;

/// 128 random bits, new at every start of the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoId(String);

impl DemoId {
    /// The environment variable that carries the identity.
    pub const VARIABLE: &str = "GONOGO_DEMO_ID";

    /// Returns a fresh identity.
    pub fn random() -> Result<Self, DemoError> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Returns the identity written as `text`: 32 small hexadecimal digits, nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 32 && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }

    /// Returns the identity as 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the identity as the environment has it, `GONOGO_DEMO_ID=…`.
    pub(super) fn assignment(&self) -> String {
        format!("{}={}", Self::VARIABLE, self.0)
    }

    /// Returns the limit of file locks that marks a process of this start, see [`super::sweep`].
    ///
    /// 60 bits of the identity with the highest of them set: no limit that a person would choose, and below "unlimited".
    pub(super) fn mark(&self) -> u64 {
        let bits = self.0.bytes().take(15).fold(0u64, |sum, byte| {
            let digit = char::from(byte).to_digit(16).unwrap_or_default();
            (sum << 4) | u64::from(digit)
        });
        bits | 1 << 59
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_identities_differ_and_survive_being_written() {
        let (one, two) = (DemoId::random().unwrap(), DemoId::random().unwrap());
        assert_ne!(one, two);
        assert_ne!(one.mark(), two.mark());
        assert_eq!(DemoId::parse(one.as_str()), Some(one));
    }

    #[test]
    fn only_32_small_hexadecimal_digits_are_an_identity() {
        for text in ["", "12", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcde/", "é"] {
            assert_eq!(DemoId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_mark_is_the_first_fifteen_digits() {
        let id = DemoId::parse("8000000000000ff00000000000000000").unwrap();
        assert_eq!(id.mark(), 0x0800_0000_0000_00ff);
    }
}
