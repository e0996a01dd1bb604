//! The system's clocks. The only place that reads them.

use chrono::Utc;
use rustix::time::{ClockId, clock_gettime};

use crate::clock::Stamp;

/// Returns what both clocks say now.
#[must_use]
pub fn now() -> Stamp {
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    let mono = clock_gettime(clock);
    let seconds = u64::try_from(mono.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(mono.tv_nsec).unwrap_or(0);
    Stamp { wall: Utc::now(), mono_ns: seconds.saturating_mul(1_000_000_000).saturating_add(nanos) }
}

/// Returns the seconds since 1970, by which certificates are valid or not.
#[must_use]
pub fn unix() -> u64 {
    u64::try_from(Utc::now().timestamp()).unwrap_or(0)
}

/// Returns the id of this boot, `-` where the system has none.
#[must_use]
pub fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let id = id.trim();
    if id.is_empty() { "-".to_owned() } else { id.to_owned() }
}

/// Returns `digits` hex digits from the system's random source.
///
/// # Errors
/// When the system has no random source.
pub fn random_hex(digits: usize) -> Result<String, getrandom::Error> {
    let mut bytes = vec![0_u8; digits.div_ceil(2)];
    getrandom::fill(&mut bytes)?;
    let mut text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    text.truncate(digits);
    Ok(text)
}

/// Returns a fresh run id: `r-` and eight letters and digits that are not easily confused, 40 random bits.
///
/// # Errors
/// When the system has no random source.
pub fn run_id() -> Result<String, getrandom::Error> {
    const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz7";
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)?;
    let letter = |b: &u8| char::from(LETTERS.get(usize::from(b & 31)).copied().unwrap_or(b'a'));
    Ok(format!("r-{}", bytes.iter().map(letter).collect::<String>()))
}
