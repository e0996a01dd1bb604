//! Tests of report: one release with its rollback, hostile text in every field, bounds of excerpts.

mod drills;
mod excerpt;
mod hostile;
mod outline;
mod paper;
mod rollback;
mod samples;
