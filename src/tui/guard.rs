//! Which keys are not meant: those that a new question catches, held keys, double presses.
//!
//! A terminal seldom tells a held key from a repeated press, so only the time between events is left. The first
//! repeat of a held key comes 250 to 660 ms after the press; hence the second, longer limit for what starts something.

use crate::clock::Stamp;
use crate::tui::input::{Code, Key};

/// A new question ignores keys for this long.
pub const NEW_NS: u64 = 300_000_000;
/// Enter starts or records something only this long after the Enter before it.
pub const AGAIN_NS: u64 = 700_000_000;
/// When a question went away by itself, an Enter in this time was still meant for it.
pub const GONE_NS: u64 = 2_000_000_000;
/// Presses nearer than this are one held key, or one press that bounced.
pub const HELD_NS: u64 = 250_000_000;

/// What is known about the newest keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guard {
    opened: Option<Stamp>,
    enter: Option<Stamp>,
    again: bool,
    gone: Option<Stamp>,
    before: Option<Stamp>,
}

impl Guard {
    /// A question was opened, or what Enter does changed by itself.
    pub const fn opened(&mut self, now: Stamp) {
        self.opened = Some(now);
    }

    /// Notes a key.
    pub fn key(&mut self, key: &Key, now: Stamp) {
        if key.code == Code::Enter {
            let since = |at: Option<Stamp>| at.map(|at| now.since_ns(&at));
            let held = key.repeat || since(self.before).is_some_and(|ns| ns < HELD_NS);
            self.again = held || since(self.enter).is_some_and(|ns| ns < AGAIN_NS);
            self.before = Some(now);
            // A refused press does not begin the time anew, else a steady hand would never get through; a held key does.
            if held || !self.again {
                self.enter = Some(now);
            }
        } else {
            // A held Enter has no other key in between, a person who types has.
            self.again = false;
            self.enter = None;
            self.before = None;
        }
    }

    /// A question went away, because events have answered it.
    pub const fn gone(&mut self, now: Stamp) {
        self.gone = Some(now);
    }

    /// Returns whether an Enter at `now` was meant for a question that went away. Says so once.
    pub fn misses(&mut self, now: Stamp) -> bool {
        self.gone.take().is_some_and(|at| now.since_ns(&at) < GONE_NS)
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
