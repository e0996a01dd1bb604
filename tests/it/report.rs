//! Tests of report: one release with its rollback, hostile text in every field, bounds of excerpts.

mod changes;
mod drills;
mod excerpt;
mod filled;
mod hostile;
mod outline;
mod paper;
mod plan;
mod rollback;
mod samples;
