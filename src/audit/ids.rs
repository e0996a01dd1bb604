//! Random names: log ids, sessions and nonces, from the system's random source.

use super::chain::hex;

/// Returns 32 hex digits that nobody has seen before.
pub(super) fn fresh() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(hex(&bytes))
}

/// Returns whether `run` can name a run: 1 to 64 letters, digits, `.`, `_` and `-`, beginning with no `-` or `.`.
#[must_use]
pub fn is_run(run: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=64).contains(&run.len()) && run.bytes().all(plain) && !run.starts_with(['-', '.'])
}
