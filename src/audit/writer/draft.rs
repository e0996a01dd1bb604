//! Facts whose bodies are made before they are appended, so that somebody can sign them without holding the log.
//!
//! A signature may take a minute. Nothing is locked meanwhile; under the lock it is seen whether anything came that the
//! signer should have looked at ([`Unless`]).

use rusqlite::Connection;

use crate::audit::codec::{self, Fact};
use crate::audit::insert::Prepared;
use crate::audit::row::{COLUMNS, Row, to_sql};
use crate::run::event::Event;
use crate::run::proof;

/// A fact with its body, not in the log yet.
#[derive(Debug)]
pub struct Draft {
    pub(super) run: Option<String>,
    prepared: Prepared,
}

impl Draft {
    pub(super) const fn new(run: Option<String>, prepared: Prepared) -> Self {
        Self { run, prepared }
    }

    /// Returns the fact.
    #[must_use]
    pub const fn event(&self) -> &Event {
        self.prepared.event()
    }

    /// Returns the body as it will be stored: what is signed, with a line feed behind it.
    #[must_use]
    pub fn body(&self) -> &str {
        self.prepared.body()
    }

    /// Puts an armored signature over the body beside it.
    pub fn signed(&mut self, armored: String) {
        self.prepared.signed(armored);
    }

    pub(super) fn into_prepared(self) -> Prepared {
        self.prepared
    }
}

/// What keeps drafts from being appended: events that the signer had not seen.
pub struct Unless {
    /// The run.
    pub run: String,
    /// The newest event that they had been shown.
    pub after: u64,
    /// Whether an event that another session recorded stands in the way.
    pub touches: Box<dyn Fn(&Event) -> bool + Send>,
}

impl std::fmt::Debug for Unless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unless").field("run", &self.run).field("after", &self.after).finish_non_exhaustive()
    }
}

impl Unless {
    /// Returns the first event in the way, in words; after place `others` all are of `session`. Its events are known to
    /// whoever signs, and of kinds that this version does not know nothing can be said but that they should be looked at.
    pub(super) fn newer(
        &self,
        conn: &Connection,
        session: &str,
        others: u64,
    ) -> rusqlite::Result<Option<(u64, String)>> {
        if others <= self.after {
            return Ok(None);
        }
        let sql =
            format!("SELECT {COLUMNS} FROM event WHERE run = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq");
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(rusqlite::params![self.run, to_sql(self.after), to_sql(others)])?;
        while let Some(row) = rows.next()? {
            let row = Row::read(row)?;
            let what = match row.body.as_deref().map(codec::decode) {
                Some(Ok((header, _))) if header.session == session => continue,
                Some(Ok((_, Fact::Known(event)))) if !(self.touches)(&event) => continue,
                Some(Ok((header, Fact::Known(event)))) => match proof::who(&event) {
                    Some(who) => format!("{} by {}", header.kind, who.name),
                    None => header.kind,
                },
                _ => "something that this version cannot read".to_owned(),
            };
            return Ok(Some((row.seq, what)));
        }
        Ok(None)
    }
}
