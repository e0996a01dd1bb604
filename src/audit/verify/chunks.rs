//! The chunks, walked beside the events: each one named by exactly one body, and being what that body says.

use rusqlite::Rows;
use rusqlite::types::ValueRef;

use super::report::{Flaw, Report};
use crate::audit::chain::sha256_hex;
use crate::audit::chunk::{self, UnpackError};
use crate::audit::codec::ChunkRef;
use crate::audit::row::from_sql;

/// Returns the query for the chunks of one run, or of all. Longer data than a chunk can have comes as nothing.
pub(super) fn sql(one_run: bool) -> String {
    let which = if one_run { "seq IN (SELECT seq FROM event WHERE run = ?1)" } else { "?1 IS NULL" };
    format!(
        "SELECT seq, codec, raw_len, CASE WHEN octet_length(data) <= 1049600 THEN data END
         FROM chunk WHERE {which} ORDER BY seq"
    )
}

struct Stored {
    seq: u64,
    codec: i64,
    raw_len: i64,
    data: Option<Vec<u8>>,
}

/// The chunks that are still to come.
pub(super) struct Chunks<'a> {
    rows: Rows<'a>,
    next: Option<Stored>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(rows: Rows<'a>) -> rusqlite::Result<Self> {
        let mut chunks = Self { rows, next: None };
        chunks.step()?;
        Ok(chunks)
    }

    fn step(&mut self) -> rusqlite::Result<Option<Stored>> {
        let number = |value: ValueRef<'_>| value.as_i64().unwrap_or(-1);
        let next = match self.rows.next()? {
            None => None,
            Some(row) => Some(Stored {
                seq: from_sql(row.get(0)?),
                codec: number(row.get_ref(1)?),
                raw_len: number(row.get_ref(2)?),
                data: row.get_ref(3)?.as_blob().ok().map(<[u8]>::to_vec),
            }),
        };
        Ok(std::mem::replace(&mut self.next, next))
    }

    /// Checks the chunk of event `seq`, which should be `expected`; with `blind`, the body that would say so is not
    /// there.
    pub(super) fn at(
        &mut self,
        seq: u64,
        expected: Option<&ChunkRef>,
        blind: bool,
        report: &mut Report,
    ) -> rusqlite::Result<()> {
        while self.next.as_ref().is_some_and(|next| next.seq < seq) && !report.hopeless() {
            self.surplus(report)?;
        }
        let here = self.next.as_ref().is_some_and(|next| next.seq == seq);
        match (here, expected) {
            (true, Some(expected)) => {
                if let Some(stored) = self.step()? {
                    check(&stored, expected, report);
                }
            }
            (true, None) if blind => drop(self.step()?),
            (true, None) => self.surplus(report)?,
            (false, Some(_)) => {
                report.flaw(Some(seq), Flaw::ChunkMissing, "the chunk that it names is missing");
            }
            (false, None) => {}
        }
        Ok(())
    }

    /// Finds fault with all that are left after the last event.
    pub(super) fn rest(&mut self, report: &mut Report) -> rusqlite::Result<()> {
        while self.next.is_some() && !report.hopeless() {
            self.surplus(report)?;
        }
        Ok(())
    }

    fn surplus(&mut self, report: &mut Report) -> rusqlite::Result<()> {
        if let Some(stored) = self.step()? {
            report.flaw(Some(stored.seq), Flaw::ChunkSurplus, "there is a chunk that no body names");
        }
        Ok(())
    }
}

fn check(stored: &Stored, expected: &ChunkRef, report: &mut Report) {
    report.chunks += 1;
    let at = Some(stored.seq);
    let said = u64::try_from(stored.raw_len).ok();
    if said != Some(expected.len) {
        let what = format!("raw_len is {}, its body says {} bytes", stored.raw_len, expected.len);
        report.flaw(at, Flaw::ChunkLength, what);
        return;
    }
    let Some(data) = &stored.data else {
        report.flaw(at, Flaw::ChunkPacking, "its chunk is no data, or longer than any that is written");
        return;
    };
    match chunk::unpack(stored.codec, stored.raw_len, data) {
        Ok(raw) if sha256_hex(&raw) == expected.sha => {}
        Ok(_) => report.flaw(at, Flaw::ChunkHash, "its chunk's bytes are not those that its body names"),
        Err(error @ (UnpackError::Length { .. } | UnpackError::TooLong(_))) => {
            report.flaw(at, Flaw::ChunkLength, format!("its chunk: {error}"));
        }
        Err(error) => report.flaw(at, Flaw::ChunkPacking, format!("its chunk: {error}")),
    }
}
