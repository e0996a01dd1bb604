//! One row of the table `event` as it lies in the file, and what is wrong with it taken alone.

use std::borrow::Cow;

use rusqlite::types::ValueRef;

use super::chain::{self, Link};

/// The longest body that is written or read.
pub(super) const MAX_BODY: usize = 4 * 1024 * 1024;

/// The columns that [`Row::read`] expects, in their order. Text longer than a body may be comes as nothing, so that
/// a hostile file cannot fill the memory.
pub(super) const COLUMNS: &str = "seq, run, kind, \
    CASE WHEN octet_length(body) <= 4194304 THEN body END, octet_length(body), \
    CASE WHEN octet_length(sig) <= 4194304 THEN sig END, prev, run_prev, body_sha, sig_sha, hash";

/// Returns a place as SQLite's integer. A log never has as many events as would not fit.
pub(super) fn to_sql(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// Returns a place as it lies in the file; 0, which no event has, for what is none.
pub(super) fn from_sql(place: i64) -> u64 {
    u64::try_from(place).unwrap_or(0)
}

/// A row, as long as the cursor stands on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub(super) seq: u64,
    pub(super) run: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    /// None in a copy from which it was withheld, and when it is too long.
    pub(super) body: Option<Cow<'a, str>>,
    pub(super) too_long: bool,
    pub(super) sig: Option<Cow<'a, str>>,
    pub(super) prev: Cow<'a, str>,
    pub(super) run_prev: Cow<'a, str>,
    pub(super) body_sha: Cow<'a, str>,
    pub(super) sig_sha: Cow<'a, str>,
    pub(super) hash: Cow<'a, str>,
}

impl<'a> Row<'a> {
    /// Reads a row of [`COLUMNS`]. Values of another type than the column's become text that no check accepts.
    pub(super) fn read(row: &'a rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let body = optional(row, 3)?;
        Ok(Self {
            seq: from_sql(row.get(0)?),
            run: text(row, 1)?,
            kind: text(row, 2)?,
            too_long: body.is_none() && !matches!(row.get_ref(4)?, ValueRef::Null),
            body,
            sig: optional(row, 5)?,
            prev: text(row, 6)?,
            run_prev: text(row, 7)?,
            body_sha: text(row, 8)?,
            sig_sha: text(row, 9)?,
            hash: text(row, 10)?,
        })
    }

    /// Reads a row that stays when the cursor goes on.
    pub(super) fn keep(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row<'static>> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let row = Row::read(row)?;
        Ok(Row {
            seq: row.seq,
            run: own(row.run),
            kind: own(row.kind),
            body: row.body.map(own),
            too_long: row.too_long,
            sig: row.sig.map(own),
            prev: own(row.prev),
            run_prev: own(row.run_prev),
            body_sha: own(row.body_sha),
            sig_sha: own(row.sig_sha),
            hash: own(row.hash),
        })
    }

    /// Returns the link that the row's own columns give.
    pub(super) fn link(&self) -> Link<'_> {
        Link {
            seq: self.seq,
            prev: &self.prev,
            run_prev: &self.run_prev,
            body_sha: &self.body_sha,
            sig_sha: &self.sig_sha,
        }
    }

    /// Returns whether body, signature and link have the hashes that stand beside them.
    pub(super) fn holds(&self) -> bool {
        self.body.as_deref().is_none_or(|body| chain::body_sha(body) == self.body_sha)
            && !self.too_long
            && chain::sig_sha(self.sig.as_deref()) == self.sig_sha
            && self.link().hash() == self.hash
    }
}

fn text<'a>(row: &'a rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Cow<'a, str>> {
    optional(row, at).map(Option::unwrap_or_default)
}

fn optional<'a>(row: &'a rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<Cow<'a, str>>> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => None,
        // What is right is told sooner than what is wrong.
        ValueRef::Text(bytes) => {
            Some(str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed))
        }
        ValueRef::Blob(_) | ValueRef::Integer(_) | ValueRef::Real(_) => Some(Cow::Borrowed("")),
    })
}
