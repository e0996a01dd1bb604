//! Which keys are not meant: those that a new question catches, held keys, double presses.
//!
//! A terminal seldom tells a held key from a repeated press, so only the time between events is left. The first
//! repeat of a held key comes 250 to 660 ms after the press; hence the second, longer limit for what starts something.

use crate::clock::Stamp;
use crate::tui::input::{Code, Key};

/// A new question ignores keys for this long.
pub const NEW_NS: u64 = 300_000_000;
/// Enter starts something only this long after the Enter before it.
pub const AGAIN_NS: u64 = 700_000_000;

/// What is known about the newest keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guard {
    opened: Option<Stamp>,
    enter: Option<Stamp>,
    again: bool,
}

impl Guard {
    /// A question was opened, or what Enter does changed by itself.
    pub const fn opened(&mut self, now: Stamp) {
        self.opened = Some(now);
    }

    /// Notes a key.
    pub fn key(&mut self, key: &Key, now: Stamp) {
        if key.code == Code::Enter {
            self.again = self.enter.is_some_and(|before| now.since_ns(&before) < AGAIN_NS);
            self.enter = Some(now);
        }
    }

    /// Returns whether a key at `now` was pressed before the question could be read.
    #[must_use]
    pub fn too_early(&self, now: Stamp) -> bool {
        self.opened.is_some_and(|at| now.since_ns(&at) < NEW_NS)
    }

    /// Returns whether the newest Enter may be the echo of the one before it.
    #[must_use]
    pub const fn double(&self) -> bool {
        self.again
    }
}
