//! Verifying a log: four verdicts that are never mixed, and a sentence on what they cannot prove.
//!
//! Reads only, executes nothing of the file, keeps memory flat whatever the file says of itself, and goes on after the
//! first flaw. May import what the other rooms of the log offer; knows nothing of screens.

mod chunks;
mod complete;
mod report;
mod walk;

use std::path::Path;

pub use self::report::{Finding, Flaw, Report, Verdict};
use super::query;
use super::store::connect;
use super::store::refuse::OpenError;

/// What no verdict says, in words for people.
pub const CANNOT_PROVE: &str = "\
    The chain shows edits. It does not show that events were cut off at the end, that the whole file was replaced by \
    an older copy, or that somebody who can write the file made all of it anew: compare the head with one that was \
    kept where they cannot write. It does not show that what people typed or hosts answered was true.";

/// Verifies the log at `path`.
///
/// # Errors
/// If there is no log to verify: nothing there, not readable, not SQLite's, another program's, of a newer schema, or
/// cut so that SQLite cannot read it. Everything else is a finding.
pub fn verify(path: &Path) -> Result<Report, OpenError> {
    // The schema is compared as a finding, so opening asks only whether SQLite can read the file at all.
    let readable = |db: &connect::Db, path: &Path| {
        let probe = db.conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
        probe.map_err(|error| connect::damaged(path, error))
    };
    let (db, path) = query::open(path, readable)?;
    let mut report = Report::new(path);
    walk::walk(&db.conn, &mut report);
    Ok(report)
}
