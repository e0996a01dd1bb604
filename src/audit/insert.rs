//! From a fact to its row: the body and the packed chunk are made before the log is locked, the links under the lock.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, params};

use super::chain::{self, Link};
use super::chunk::{self, Effort, Packed};
use super::codec::{self, ChunkRef, CodecError, Header};
use super::ids;
use super::row::{MAX_BODY, from_sql, to_sql};
use super::store::tail::Head;
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::{Entry, Proof, Recorded};
use crate::run::proof;

/// Who writes: the log's id and the session's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Author {
    pub(super) log: String,
    pub(super) session: String,
}

/// A fact that only lacks its place in the log.
#[derive(Debug)]
pub(super) struct Prepared {
    header: Header,
    body: String,
    entry: Entry,
    packed: Option<Packed<'static>>,
    sig: Option<String>,
}

/// Why a fact cannot be written, whatever the state of the disk.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It has no written form.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// It is larger than the log takes.
    #[error("the {what} of {kind} has {len} bytes, the log takes at most {most}")]
    TooLarge {
        /// Body or chunk.
        what: &'static str,
        /// The fact's kind.
        kind: &'static str,
        /// Its length.
        len: usize,
        /// The bound.
        most: usize,
    },
    /// The run has no usable name.
    #[error("`{0}` cannot name a run: 1 to 64 letters, digits, dots, underscores and hyphens")]
    Run(String),
    /// The system has no random numbers.
    #[error("the system's random source failed: {0}")]
    Random(#[from] std::io::Error),
}

impl Prepared {
    /// Writes the fact down as far as it can be without its place.
    pub(super) fn new(
        author: &Author,
        run: Option<&str>,
        mut entry: Entry,
        at: Stamp,
        effort: Effort,
    ) -> Result<Self, Unfit> {
        if let Some(run) = run.filter(|run| !ids::is_run(run)) {
            return Err(Unfit::Run(run.escape_default().to_string()));
        }
        if proof::who(&entry.event).is_some_and(|who| who.proof == Proof::Claimed) {
            proof::lower(&mut entry.event, Proof::Typed);
        }
        let kind = entry.event.kind();
        let too_large = |what, len, most| Err(Unfit::TooLarge { what, kind, len, most });
        let raw = entry.chunk.as_deref();
        if let Some(len) = raw.map(<[u8]>::len).filter(|len| *len > chunk::MAX_RAW) {
            return too_large("chunk", len, chunk::MAX_RAW);
        }
        let header = Header {
            log: author.log.clone(),
            run: run.unwrap_or(codec::NO_RUN).to_owned(),
            kind: kind.to_owned(),
            nonce: ids::fresh()?,
            at: codec::storable(at),
            session: author.session.clone(),
            chunk: raw.map(|raw| ChunkRef { sha: chain::sha256_hex(raw), len: raw.len() as u64 }),
        };
        let body = codec::encode(&header, &entry.event)?;
        if body.len() > MAX_BODY {
            return too_large("body", body.len(), MAX_BODY);
        }
        let packed = raw.map(|raw| {
            let packed = chunk::pack(raw, effort);
            Packed { data: Cow::Owned(packed.data.into_owned()), ..packed }
        });
        Ok(Self { header, body, entry, packed, sig: None })
    }

    /// Returns how many bytes the chunk takes in the file.
    pub(super) fn stored_len(&self) -> usize {
        self.packed.as_ref().map_or(0, |packed| packed.data.len())
    }

    /// Returns the body as it is stored.
    pub(super) fn body(&self) -> &str {
        &self.body
    }

    /// Returns the fact.
    pub(super) const fn event(&self) -> &Event {
        &self.entry.event
    }

    /// Puts a signature over the body beside it.
    pub(super) fn signed(&mut self, armored: String) {
        self.sig = Some(armored);
    }

    /// Returns the fact as recorded at `head`, which is its own.
    pub(super) fn into_recorded(self, head: Head) -> Recorded {
        Recorded { seq: head.size, at: self.header.at, hash: head.hash, event: self.entry.event }
    }
}

/// Returns the log's head; a log without events has size 0 and the hash of zeros.
pub(super) fn head(conn: &Connection) -> rusqlite::Result<Head> {
    conn.prepare_cached("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(Head { size: from_sql(row.get(0)?), hash: row.get(1)? }))
        .optional()
        .map(|head| head.unwrap_or(Head { size: 0, hash: chain::ZERO.to_owned() }))
}

fn run_head(conn: &Connection, run: &str) -> rusqlite::Result<String> {
    conn.prepare_cached("SELECT hash FROM event WHERE run = ?1 ORDER BY seq DESC LIMIT 1")?
        .query_row([run], |row| row.get(0))
        .optional()
        .map(|hash| hash.unwrap_or_else(|| chain::ZERO.to_owned()))
}

/// Hangs the fact on the log, inside the caller's transaction; returns the new head.
pub(super) fn insert(conn: &Connection, fact: &Prepared, before: &Head) -> rusqlite::Result<Head> {
    let seq = before.size + 1;
    let run_prev = run_head(conn, &fact.header.run)?;
    let body_sha = chain::body_sha(&fact.body);
    let sig_sha = chain::sig_sha(fact.sig.as_deref());
    let link = Link { seq, prev: &before.hash, run_prev: &run_prev, body_sha: &body_sha, sig_sha: &sig_sha };
    let hash = link.hash();
    conn.prepare_cached(
        "INSERT INTO event(seq, run, kind, body, sig, prev, run_prev, body_sha, sig_sha, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        to_sql(seq),
        fact.header.run,
        fact.header.kind,
        fact.body,
        fact.sig,
        before.hash,
        run_prev,
        body_sha,
        sig_sha,
        hash
    ])?;
    if let Some(packed) = &fact.packed {
        conn.prepare_cached("INSERT INTO chunk(seq, codec, raw_len, data) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                to_sql(seq),
                packed.codec,
                to_sql(packed.raw_len as u64),
                packed.data.as_ref()
            ])?;
    }
    Ok(Head { size: seq, hash })
}
