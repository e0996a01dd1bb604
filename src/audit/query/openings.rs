//! Runs that are found without reading the others: by the index of runs, from one to the next.

use rusqlite::Connection;

use super::runs::{Found, SUMMED};
use super::{QueryError, Reader, RunSummary};
use crate::audit::codec::Fact;
use crate::audit::row::{COLUMNS, Row, from_sql};
use crate::run::event::{Event, RunOpened};

/// Every run in the order of the ids. SQLite's index goes from one to the next; `DISTINCT` would read all between.
const EACH: &str = "WITH RECURSIVE each(run) AS (
    SELECT min(run) FROM event
    UNION ALL SELECT (SELECT min(run) FROM event WHERE run > each.run) FROM each WHERE each.run IS NOT NULL)";

/// Returns how many runs there are.
///
/// # Errors
/// If the log cannot be read.
pub(super) fn count(conn: &Connection) -> rusqlite::Result<u64> {
    let sql = format!("{EACH} SELECT count(*) FROM each WHERE run IS NOT NULL AND run <> '-'");
    conn.query_row(&sql, [], |row| row.get(0)).map(from_sql)
}

/// Returns the runs whose ids begin with `prefix`, in the order of the ids, nine at most.
///
/// # Errors
/// If the log cannot be read.
pub(super) fn beginning(conn: &Connection, prefix: &str) -> rusqlite::Result<Vec<String>> {
    let sql = "WITH RECURSIVE each(run) AS (
        SELECT min(run) FROM event WHERE run >= ?1
        UNION ALL SELECT (SELECT min(run) FROM event WHERE run > each.run) FROM each
            WHERE substr(each.run, 1, length(?1)) = ?1)
        SELECT run FROM each WHERE substr(run, 1, length(?1)) = ?1 AND run <> '-' LIMIT 9";
    conn.prepare(sql)?.query_map([prefix], |row| row.get(0))?.collect()
}

/// Returns the ids of the runs that are not closed. A run's end is looked for from its last event on.
///
/// # Errors
/// If the log cannot be read.
pub(in crate::audit) fn open(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = format!(
        "{EACH} SELECT run FROM each WHERE run IS NOT NULL AND run <> '-'
         AND (SELECT seq FROM event WHERE run = each.run AND kind = 'run.closed' ORDER BY seq DESC LIMIT 1) IS NULL"
    );
    conn.prepare_cached(&sql)?.query_map([], |row| row.get(0))?.collect()
}

impl Reader {
    /// Returns the runs that are not closed in the order in which they were opened.
    ///
    /// # Errors
    /// If the log cannot be read, or one of the events that it takes does not hold.
    pub fn open_runs(&self) -> Result<Vec<RunSummary>, QueryError> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE run = ?1 AND kind IN ({SUMMED}) ORDER BY seq");
        let mut runs: Vec<(u64, RunSummary)> = Vec::new();
        for run in open(&self.db.conn)? {
            let (mut summary, mut first) = (None, 0);
            self.each(&sql, &[&run], |found| {
                if summary.is_none() {
                    first = found.seq;
                }
                RunSummary::sum(&mut summary, &found);
                Ok(())
            })?;
            runs.extend(summary.map(|summary| (first, summary)));
        }
        runs.sort_by_key(|(first, _)| *first);
        Ok(runs.into_iter().map(|(_, run)| run).collect())
    }

    /// Hands the openings of runs to `take`, each with its run, newest first, until that says false.
    ///
    /// # Errors
    /// If the log cannot be read, or one of the events that it takes does not hold.
    pub fn openings(&self, mut take: impl FnMut(String, RunOpened) -> bool) -> Result<(), QueryError> {
        let sql = format!(
            "{EACH} SELECT (SELECT min(seq) FROM event WHERE run = each.run) AS first FROM each
             WHERE run IS NOT NULL AND run <> '-' ORDER BY first DESC"
        );
        let mut statement = self.db.conn.prepare_cached(&sql)?;
        let mut places = statement.query([])?;
        let sql = format!("SELECT {COLUMNS} FROM event WHERE seq = ?1");
        let mut statement = self.db.conn.prepare_cached(&sql)?;
        while let Some(place) = places.next()? {
            let place: i64 = place.get(0)?;
            let mut rows = statement.query([place])?;
            let Some(row) = rows.next()? else { continue };
            let found = Found::new(Row::read(row)?, &self.allowed)?;
            if let Fact::Known(Event::RunOpened(opened)) = found.fact
                && !take(found.run, *opened)
            {
                break;
            }
        }
        Ok(())
    }
}
