//! Events as they lie in the file, for those who hand them on to be verified elsewhere.

use super::{QueryError, Reader};
use crate::audit::codec;
use std::borrow::Cow;

use crate::audit::row::{COLUMNS, Row};

/// An event as it lies in the file, with the bytes of its chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// Its place in the log.
    pub seq: u64,
    /// Its columns but body and signature, separated by tabs: seq, run, kind, prev, run_prev, body_sha, sig_sha, hash.
    pub columns: String,
    /// Its body, without the line feed that belongs to it where it is hashed and signed.
    pub body: String,
    /// Its signature.
    pub sig: Option<String>,
    /// The bytes of its chunk, if it has one.
    pub chunk: Option<Vec<u8>>,
}

impl Reader {
    /// Hands each event of the run with exactly this id to `take`, in order. Nothing is left out and nothing changed.
    ///
    /// # Errors
    /// If an event does not hold, its body was withheld, its chunk is not the one that it names, or `take` fails.
    pub fn raw<E: From<QueryError>>(
        &self,
        run: &str,
        mut take: impl FnMut(Raw) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE run = ?1 ORDER BY seq");
        let mut statement = self.db.conn.prepare_cached(&sql).map_err(QueryError::from)?;
        let mut rows = statement.query([run]).map_err(QueryError::from)?;
        while let Some(row) = rows.next().map_err(QueryError::from)? {
            let row = Row::read(row).map_err(QueryError::from)?;
            let seq = row.seq;
            if !row.holds() {
                return Err(QueryError::Broken { seq, what: "its hashes do not hold".to_owned() }.into());
            }
            let Row { run, kind, body, sig, prev, run_prev, body_sha, sig_sha, hash, .. } = row;
            let body = body.ok_or(QueryError::Withheld(seq))?;
            let header = codec::header(&body).map_err(QueryError::body(seq))?;
            let chunk = header.chunk.map(|chunk| self.chunk_of(seq, &chunk.sha)).transpose()?;
            let columns = [&run, &kind, &prev, &run_prev, &body_sha, &sig_sha, &hash];
            let columns = columns.iter().fold(seq.to_string(), |out, column| out + "\t" + column);
            let (body, sig) = (body.into_owned(), sig.map(Cow::into_owned));
            take(Raw { seq, columns, body, sig, chunk })?;
        }
        Ok(())
    }
}
