//! Verifying a log: four verdicts that are never mixed, and a sentence on what they cannot prove.
//!
//! Reads only, executes nothing of the file, keeps memory flat whatever the file says of itself, and goes on after the
//! first flaw. May import what the other rooms of the log offer; knows nothing of screens.

mod bundle;
mod chunks;
mod complete;
mod report;
mod walk;
mod witness;

use std::path::Path;
use std::sync::Arc;

pub use self::bundle::bundle;
pub use self::report::{Finding, Flaw, Report, Verdict};
pub use self::witness::{Before, Breach, Heads, Witnessed};
use super::query;
use super::store::connect;
use super::store::refuse::OpenError;
use crate::sign::signers::AllowedSigners;

/// What no verdict says, in words for people.
pub const CANNOT_PROVE: &str = "\
    The chain shows edits. It does not show that events were cut off at the end, that the whole file was replaced by \
    an older copy, or that somebody who can write the file made all of it anew: heads show that, if they were \
    kept where that somebody cannot write (--heads FILE), for all events up to the newest of them and for none after \
    it. A signature shows that a key signed, not whose hand it was in. It does not show that what people typed or hosts answered was true.";

/// Verifies the log at `path`.
///
/// # Errors
/// If there is no log to verify: nothing there, not readable, not SQLite's, another program's, of a newer schema, or
/// cut so that SQLite cannot read it. Everything else is a finding.
pub fn verify(path: &Path) -> Result<Report, OpenError> {
    judged(path, &Scope::default())
}

/// What is verified, and by whose word.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Who may sign; without it signatures are checked and names are not.
    pub allowed: Option<Arc<AllowedSigners>>,
    /// One run's events alone, by its whole id, along the run's own chain.
    pub run: Option<String>,
    /// The heads that the events are held against.
    pub heads: Option<Heads>,
}

/// Verifies the log at `path`, or one run of it, and the names in it.
///
/// # Errors
/// As [`verify`].
pub fn judged(path: &Path, scope: &Scope) -> Result<Report, OpenError> {
    // The schema is compared as a finding, so opening asks only whether SQLite can read the file at all.
    let readable = |db: &connect::Db, path: &Path| {
        let probe = db.conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
        probe.map_err(|error| connect::damaged(path, error))
    };
    let (db, path) = query::open(path, readable)?;
    let mut report = Report::new(path);
    report.run.clone_from(&scope.run);
    report.judged = scope.allowed.is_some();
    walk::walk(&db.conn, scope, &mut report);
    Ok(report)
}

/// Returns the hash of event `place` of the log at `path`, if it has that many; none if it cannot be read.
fn hash_in(path: &Path, place: u64) -> Option<Option<String>> {
    let (db, _) = query::open(path, |db, path| connect::identify(&db.conn, path)).ok()?;
    witness::hash_at(&db.conn, place, None).ok()
}
