//! The last events of a log, verified before anything is hung on them.

use rusqlite::{Connection, OptionalExtension};

use crate::audit::chain;
use crate::audit::chunk;
use crate::audit::codec;
use crate::audit::row::{COLUMNS, Row, to_sql};

/// How many events a writer verifies when it opens a log; `verify` does all of them.
const DEPTH: usize = 64;

/// The end of a log: how many events it has, and the hash of the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of events.
    pub size: u64,
    /// The last event's hash.
    pub hash: String,
}

/// Why the end of a log cannot be built on.
#[derive(Debug, thiserror::Error)]
pub(in crate::audit) enum TailError {
    /// An event does not verify.
    #[error("event {seq}: {what}")]
    Broken { seq: u64, what: String },
    /// There is none.
    #[error("there is no event")]
    Empty,
    /// SQLite cannot read them.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Verifies the last events and returns the head.
pub(in crate::audit) fn verify(conn: &Connection) -> Result<Head, TailError> {
    let sql = format!("SELECT {COLUMNS} FROM event ORDER BY seq DESC LIMIT {DEPTH}");
    let rows: Vec<Row> = conn.prepare(&sql)?.query_map([], Row::keep)?.collect::<Result<_, _>>()?;
    let head = rows.first().ok_or(TailError::Empty)?;
    for (at, row) in rows.iter().enumerate() {
        let broken = |what: &str| TailError::Broken { seq: row.seq, what: what.to_owned() };
        if !row.holds() {
            return Err(broken("its hashes do not hold"));
        }
        match rows.get(at + 1) {
            Some(before) if before.seq + 1 == row.seq && before.hash == row.prev => {}
            None if row.seq > 1 || row.prev == chain::ZERO => {}
            _ => return Err(broken("it does not follow the event before it")),
        }
        chunk_holds(conn, row).map_err(|error| match error {
            TailError::Broken { what, .. } => broken(&what),
            other => other,
        })?;
    }
    Ok(Head { size: head.seq, hash: head.hash.to_string() })
}

fn chunk_holds(conn: &Connection, row: &Row<'_>) -> Result<(), TailError> {
    let broken = |what: &str| TailError::Broken { seq: row.seq, what: what.to_owned() };
    let Some(body) = &row.body else { return Ok(()) };
    let header = codec::header(body).map_err(|error| broken(&error.to_string()))?;
    let stored = conn
        .query_row("SELECT codec, raw_len, data FROM chunk WHERE seq = ?1", [to_sql(row.seq)], |chunk| {
            Ok((chunk.get::<_, i64>(0)?, chunk.get::<_, i64>(1)?, chunk.get::<_, Vec<u8>>(2)?))
        })
        .optional()?;
    match (header.chunk, stored) {
        (None, None) => Ok(()),
        (Some(expected), Some((codec, raw_len, data))) => match chunk::unpack(codec, raw_len, &data) {
            Ok(raw) if chain::sha256_hex(&raw) == expected.sha => Ok(()),
            _ => Err(broken("its chunk is not the one it names")),
        },
        _ => Err(broken("its chunk is missing, or it has one it does not name")),
    }
}
