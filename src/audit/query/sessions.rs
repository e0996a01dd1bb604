//! The sessions that wrote a run: who sat where.

use std::collections::BTreeSet;

use super::{Found, QueryError, Reader};
use crate::audit::codec::{self, Fact};
use crate::audit::row::{COLUMNS, Row};
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::{Proof, SessionOpened};
use crate::run::proof;

/// A session that wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    /// The place of its opening.
    pub seq: u64,
    /// When it was opened.
    pub at: Stamp,
    /// What it says of itself; a key counts only if this reader has seen a signature of it in the run.
    pub opened: SessionOpened,
}

impl Reader {
    /// Returns the sessions that wrote anything of the run with exactly this id, the oldest first. One that is not in
    /// this log, because the run came here from another one, is not among them.
    ///
    /// # Errors
    /// If the log cannot be read, or their openings do not hold.
    pub fn sessions_of(&self, run: &str) -> Result<Vec<Sitting>, QueryError> {
        let sql =
            "SELECT DISTINCT json_extract(body, '$.session') FROM event WHERE run = ?1 AND json_valid(body)";
        let mut statement = self.db.conn.prepare_cached(sql)?;
        let ids: BTreeSet<String> =
            statement.query_map([run], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let signers = self.signers_of(run)?;
        // Sessions belong to no run: by the index of runs they are found without reading those.
        let sql =
            format!("SELECT {COLUMNS} FROM event WHERE run = '-' AND kind = 'session.opened' ORDER BY seq");
        let mut statement = self.db.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let row = Row::read(row)?;
            // Most are of other runs: those are passed over before their hashes are looked at.
            let header = row.body.as_deref().and_then(|body| codec::header(body).ok());
            if header.is_some_and(|header| !ids.contains(&header.session)) || row.body.is_none() {
                continue;
            }
            let Found { seq, at, session, fact, .. } = Found::new(row, &self.allowed)?;
            if let Fact::Known(Event::SessionOpened(mut opened)) = fact
                && ids.contains(&session)
            {
                let seen = |name: &String| signers.contains(&(session.clone(), name.clone()));
                if opened.signs == Some(Proof::SshKey) && !opened.principal.as_ref().is_some_and(seen) {
                    opened.signs = Some(Proof::Claimed);
                }
                found.push(Sitting { seq, at, opened });
            }
        }
        Ok(found)
    }

    /// Returns the sessions that signed something of the run, each with the name that this reader has seen proven.
    fn signers_of(&self, run: &str) -> Result<BTreeSet<(String, String)>, QueryError> {
        let sql =
            format!("SELECT {COLUMNS} FROM event WHERE run = ?1 AND sig IS NOT NULL AND body IS NOT NULL");
        let mut statement = self.db.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([run])?;
        let mut found = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let Found { session, fact, .. } = Found::new(Row::read(row)?, &self.allowed)?;
            if let Fact::Known(event) = fact
                && proof::claims_key(&event)
                && let Some(who) = proof::who(&event)
            {
                found.insert((session, who.name.clone()));
            }
        }
        Ok(found)
    }
}
