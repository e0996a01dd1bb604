//! What other sessions recorded, for those who follow a log while they write it.

use super::runs::Found;
use super::{QueryError, Reader};
use crate::audit::codec::{self, Fact};
use crate::audit::row::{COLUMNS, Row, from_sql, to_sql};
use crate::run::fact::Recorded;

/// What other sessions recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Others {
    /// The newest place that was looked at.
    pub upto: u64,
    /// The facts in their order, each with its run.
    pub found: Vec<(String, Recorded)>,
}

impl Reader {
    /// Returns the facts of runs that sessions other than `own` recorded after place `after`; output, and kinds that this
    /// version does not know, are left aside.
    ///
    /// # Errors
    /// If one of them does not hold.
    pub fn from_others(&self, own: &str, after: u64) -> Result<Others, QueryError> {
        let newest = "SELECT coalesce(max(seq), 0) FROM event";
        let upto = from_sql(self.db.conn.prepare_cached(newest)?.query_row([], |row| row.get(0))?);
        let sql = format!(
            "SELECT {COLUMNS} FROM event
             WHERE seq > ?1 AND seq <= ?2 AND kind <> 'step.output' AND run <> '-' ORDER BY seq"
        );
        let mut others = Others { upto, found: Vec::new() };
        let mut statement = self.db.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([to_sql(after), to_sql(upto)])?;
        while let Some(row) = rows.next()? {
            let row = Row::read(row)?;
            // Judging a signature takes its time, and this process knows its own facts.
            let header = row.body.as_deref().and_then(|body| codec::header(body).ok());
            if header.is_some_and(|header| header.session == own) {
                continue;
            }
            let Found { seq, run, at, hash, fact, .. } = Found::new(row, &self.allowed)?;
            if let Fact::Known(event) = fact {
                others.found.push((run, Recorded { seq, at, hash, event }));
            }
        }
        Ok(others)
    }
}
