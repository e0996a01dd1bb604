//! Time as data: stamps that travel inside messages and events, and how they are written for people.
//!
//! Nothing here reads a clock; `runtime` does, once a message, and the core only ever sees a [`Stamp`].

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// One reading of both clocks: the wall clock, which people quote, and the monotonic one, which measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Wall-clock time in UTC.
    pub wall: DateTime<Utc>,
    /// Nanoseconds of `CLOCK_BOOTTIME`; comparable only within one boot of one machine.
    pub mono_ns: u64,
}

impl Stamp {
    /// Returns the stamp `seconds` after the Unix epoch with the same monotonic reading; for tests and fixtures.
    #[must_use]
    pub fn at_unix(seconds: i64) -> Self {
        let wall = Utc.timestamp_opt(seconds, 0).single().unwrap_or_default();
        Self { wall, mono_ns: u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000_000) }
    }

    /// Returns the nanoseconds from `earlier` to `self` by the monotonic clock, zero if it runs backwards.
    #[must_use]
    pub fn since_ns(&self, earlier: &Self) -> u64 {
        self.mono_ns.saturating_sub(earlier.mono_ns)
    }

    /// Returns how long after `earlier` this is, zero if it is not later.
    ///
    /// The monotonic clock tells, so that a wall clock that is set ends nothing; but never more than the wall clock
    /// says, and where the monotonic one went back (the machine was started again) the wall clock alone.
    #[must_use]
    pub fn after(&self, earlier: &Self) -> Duration {
        let wall = self.wall.signed_duration_since(earlier.wall).to_std().unwrap_or_default();
        if self.mono_ns < earlier.mono_ns {
            wall
        } else {
            wall.min(Duration::from_nanos(self.since_ns(earlier)))
        }
    }
}

/// Returns `at` as RFC 3339 in UTC with milliseconds, the form every record and export uses.
#[must_use]
pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A time zone in which times are shown; records keep UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(chrono_tz::Tz);

impl Default for Zone {
    fn default() -> Self {
        Self(chrono_tz::Tz::UTC)
    }
}

impl Zone {
    /// Returns the zone with this IANA name, such as `Asia/Riyadh`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// Returns the IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Returns the instant of a time on the wall here, in seconds of Unix: of two, the earlier one; of none, as in UTC.
    #[must_use]
    pub fn unix(self, time: NaiveDateTime) -> i64 {
        let here = self.0.from_local_datetime(&time).earliest();
        here.map_or_else(|| time.and_utc().timestamp(), |at| at.timestamp())
    }

    /// Returns the day of the calendar.
    #[must_use]
    pub fn date(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.0).date_naive()
    }

    /// Returns the time of day as `HH:MM:SS`.
    #[must_use]
    pub fn hms(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0).format("%H:%M:%S").to_string()
    }

    /// Returns the time of day as `HH:MM`.
    #[must_use]
    pub fn hm(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0).format("%H:%M").to_string()
    }

    /// Returns day, month and time of day as `21 Nov 22:04`.
    #[must_use]
    pub fn day_hm(self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.0).format("%-d %b %H:%M").to_string()
    }
}
