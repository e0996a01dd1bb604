//! The answers file of a headless run: what a person decided beforehand, box by box; pure, imports `runbook`.
//!
//! There is no wildcard: what the file does not say stops. Whether a signature is allowed at all (steps passed, two
//! persons) is the run's to decide, whatever stands here.

mod check;
mod read;
mod template;

pub use check::{Answers, check};
pub use read::{KNOWN as KEYS, parse};
pub use template::{quote, template};

use crate::diag::Place;

/// Largest answers file: the template of the largest runbook is several times as large as that.
pub const MAX_BYTES: usize = 16 * crate::runbook::MAX_BYTES;

/// An answers file as it stands; [`check`] makes [`Answers`] of it that hold for a runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswersFile {
    /// The hash of the text these answers were given for, lower-case hex.
    pub runbook: String,
    /// Who answers.
    pub operator: Operator,
    /// Values of variables.
    pub vars: Vec<Entry<String>>,
    /// Answers to boxes, by id.
    pub boxes: Vec<Entry<BoxAnswer>>,
    /// Answers at gates, by the phase they stand before.
    pub gates: Vec<Entry<GateAnswer>>,
    /// Which section applies, by the heading above the sections.
    pub choices: Vec<Entry<String>>,
    /// The environment whose run may start although it wants a confirmation.
    pub start: Option<String>,
    /// Hosts of steps that do not say where they run, by step name.
    pub hosts: Vec<Entry<String>>,
    /// Words that confirm dangerous steps, by step name.
    pub confirm: Vec<Entry<String>>,
    /// Lower-case hex SHA-256 of the file, which every answer used is recorded with.
    pub sha256: String,
}

/// A line of the file: a name, what it says, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<T> {
    /// The name.
    pub name: String,
    /// What it says.
    pub value: T,
    /// Where the name stands.
    pub place: Place,
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operator {
    /// The name.
    pub name: Option<String>,
    /// The principal.
    pub principal: Option<String>,
}

/// What is answered to a box.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BoxAnswer {
    /// Leave it to a person: the run stays open.
    #[default]
    Stop,
    /// Sign it, if its steps passed.
    Sign {
        /// The value it asks for.
        value: Option<String>,
        /// A note.
        note: Option<String>,
        /// Why its wait is ended before the time is over; without it the run waits.
        end_wait: Option<String>,
    },
    /// Waive it.
    Waive {
        /// Why.
        reason: String,
    },
}

/// What is answered at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GateAnswer {
    /// Leave it to a person.
    #[default]
    Stop,
    /// Go.
    Go,
}
