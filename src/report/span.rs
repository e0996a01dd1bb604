//! Lengths of time and points in time as reports write them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::{Stamp, Zone};

/// Returns a length in seconds as `0:47`, `12:05` or `1:02:03`.
#[must_use]
pub fn clock(seconds: u64) -> String {
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m}:{s:02}") }
}

/// Returns how long something took, from nanoseconds: `40 ms`, `1.3 s`, from a minute on as [`clock`].
#[must_use]
pub fn took(ns: u64) -> String {
    if ns < 1_000_000_000 {
        return format!("{} ms", ns / 1_000_000);
    }
    let tenths = ns / 100_000_000;
    if tenths < 600 { format!("{}.{} s", tenths / 10, tenths % 10) } else { clock(tenths / 10) }
}

/// Returns the time from `from` to `to` as [`clock`] writes it. Where the two clocks disagree, as across machines and
/// restarts, it is the wall clock's word and carries `≈`.
#[must_use]
pub fn between(from: &Stamp, to: &Stamp) -> String {
    let (time, agree) = elapsed(from, to);
    let shown = clock(time.as_secs());
    if agree { shown } else { format!("≈ {shown}") }
}

/// Returns the time from `from` to `to` and whether the two clocks agree on it: then it is the monotonic clock's word,
/// else, as across machines and restarts, the wall clock's.
#[must_use]
pub fn elapsed(from: &Stamp, to: &Stamp) -> (Duration, bool) {
    let wall = to.wall.signed_duration_since(from.wall).to_std().unwrap_or_default();
    let mono = Duration::from_nanos(to.since_ns(from));
    let agree = mono.as_secs().abs_diff(wall.as_secs()) <= 1;
    (if agree { mono } else { wall }, agree)
}

/// Returns a point in time as `2026-11-21 01:02:03 UTC`.
#[must_use]
pub fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Returns a point in time in UTC and, if `zone` names another one, there.
#[must_use]
pub fn there(at: DateTime<Utc>, zone: Option<&str>) -> String {
    match zone.and_then(Zone::named).filter(|z| z.name() != "UTC") {
        Some(zone) => format!("{} ({} {})", utc(at), zone.hm(at), zone.name()),
        None => utc(at),
    }
}
