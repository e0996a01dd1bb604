//! Texts for readers: what happened in a run, as a timeline, as Markdown, as JSON, and in six lines; and what a runbook
//! is before it runs, as an outline, as a plan and on paper.
//!
//! Pure folds over a run and its facts, or over a runbook: no clock, no file, no log. Output is read through a trait,
//! within a bound. Everything that a person, a file or a host wrote is taken for hostile: it cannot leave its place in
//! a document, and control, bidirectional and invisible characters are visible. May import `run`, `runbook`, `text` and `clock`;
//! outside the crate `serde_json`.

pub mod asks;
pub mod changes;
pub mod drills;
pub mod excerpt;
pub mod findings;
pub mod json;
pub mod listing;
pub mod markdown;
pub mod outline;
pub mod owed;
pub mod paper;
pub mod phrase;
pub mod plan;
pub mod record;
pub mod span;
pub mod statement;
pub mod summary;
pub mod targets;
pub mod timeline;

pub use excerpt::{Excerpt, Gather};
pub use json::json;
pub use listing::{Row, from_json, row, table, to_json};
pub use markdown::markdown;
pub use record::{NoOutput, Output, RunRecord, Seal, Sitting, Strange};
pub use summary::summary;
pub use timeline::{Moment, moment, timeline};
