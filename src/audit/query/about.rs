//! What a log says of itself: whose it is, what came before it, how much is in it.

use super::{QueryError, Reader, openings};
use crate::audit::codec::{self, Fact};
use crate::audit::heads;
use crate::audit::row::from_sql;
use crate::audit::store;
use crate::audit::store::tail::Head;
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::{Group, LogCheckpoint, Segment};

/// A log in a few numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The log that it goes on from.
    pub after: Option<Segment>,
    /// The accounts that share it.
    pub group: Option<Group>,
    /// The name that it was given when it ended, if it has.
    pub ended: Option<String>,
    /// How many runs it has.
    pub runs: u64,
    /// How many of them are open.
    pub open: u64,
    /// How many sessions wrote it.
    pub sessions: u64,
    /// The newest checkpoint that could be left somewhere, and when.
    pub checkpoint: Option<(Stamp, LogCheckpoint)>,
}

impl Reader {
    /// Returns the log in a few numbers.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn about(&self) -> Result<About, QueryError> {
        let conn = &self.db.conn;
        let count = |sql: &str| conn.query_row(sql, [], |row| row.get(0)).map(from_sql);
        let opened = store::opened(conn)?;
        Ok(About {
            after: opened.as_ref().and_then(|opened| opened.after.clone()),
            group: opened.and_then(|opened| opened.group),
            ended: self.ended()?,
            runs: openings::count(conn)?,
            open: openings::open(conn)?.len() as u64,
            sessions: count("SELECT count(*) FROM event WHERE run = '-' AND kind = 'session.opened'")?,
            checkpoint: self.checkpoint()?,
        })
    }

    /// Returns the log that this one goes on from.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn after(&self) -> Result<Option<Segment>, QueryError> {
        Ok(store::opened(&self.db.conn)?.and_then(|opened| opened.after))
    }

    /// Returns the name that the log is kept under since it was rotated, if it was.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn ended(&self) -> Result<Option<String>, QueryError> {
        Ok(store::rotated(&self.db.conn)?.map(|rotated| rotated.file))
    }

    fn checkpoint(&self) -> Result<Option<(Stamp, LogCheckpoint)>, QueryError> {
        let sql = "SELECT body FROM event WHERE run = '-' AND kind = 'log.checkpoint' AND body IS NOT NULL ORDER BY seq DESC";
        let mut statement = self.db.conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let body: String = row.get(0)?;
            if let Ok((header, Fact::Known(Event::LogCheckpoint(checkpoint)))) = codec::decode(&body)
                && checkpoint.failed.is_none()
            {
                return Ok(Some((header.at, checkpoint)));
            }
        }
        Ok(None)
    }

    /// Returns how many events came after a head, but for checkpoints; none if the log has not this head.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn after_head(&self, head: &Head) -> Result<Option<u64>, QueryError> {
        let conn = &self.db.conn;
        Ok(if heads::covers(conn, head)? { Some(heads::after(conn, head.size)?) } else { None })
    }
}
