//! Reading a log: runs, their events and their output, over a connection that cannot write.
//!
//! What is read of a run is checked against its chain on the way: a run whose events do not hold together is an
//! error here, not a shorter run. The whole log is checked by `verify`.

mod about;
mod openings;
mod others;
mod output;
mod raw;
mod runs;
mod sessions;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{ErrorCode, OptionalExtension};

pub use self::about::About;
pub(super) use self::openings::open as open_runs;
pub use self::others::Others;
pub use self::output::{Output, Piece};
pub use self::raw::Raw;
pub use self::runs::{Found, RunLog, RunSummary, Strange};
pub use self::sessions::Sitting;
use super::chain::sha256_hex;
use super::chunk::{self, MAX_PACKED, UnpackError};
use super::codec::{self, CodecError};
use super::row::{COLUMNS, Row, to_sql};
use super::store::connect::{self, Db};
use super::store::inode::{self, Inode};
use super::store::refuse::OpenError;
use super::store::tail::Head;
use super::store::{log_id, peek, side};
use super::{insert, paths::Paths};
use crate::sign::signers::AllowedSigners;

/// Why something cannot be read from a log.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The log cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite refused.
    #[error("the log cannot be read: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// An event is not what its hashes say, or does not follow the one before it in its run.
    #[error("event {seq} does not hold: {what}; `gonogo verify` says more")]
    Broken {
        /// Its place.
        seq: u64,
        /// What is wrong.
        what: String,
    },
    /// An event's body was withheld from this copy.
    #[error("the body of event {0} was withheld from this copy of the log")]
    Withheld(u64),
    /// No run begins with that.
    #[error("no run in this log begins with `{0}`")]
    NoRun(String),
    /// Several do.
    #[error("several runs begin with `{prefix}`: {}", .runs.join(", "))]
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// Some of the runs.
        runs: Vec<String>,
    },
    /// The event has no chunk.
    #[error("event {0} has no chunk")]
    NoChunk(u64),
    /// The chunk cannot be unpacked.
    #[error("the chunk of event {seq}: {source}")]
    Chunk {
        /// The event.
        seq: u64,
        /// Why.
        source: UnpackError,
    },
}

impl QueryError {
    fn body(seq: u64) -> impl FnOnce(CodecError) -> Self {
        move |error| Self::Broken { seq, what: error.to_string() }
    }
}

/// A log that is read.
#[derive(Debug)]
pub struct Reader {
    db: Db,
    path: PathBuf,
    version: i64,
    allowed: Arc<AllowedSigners>,
}

impl Reader {
    /// Opens the log at `path` to read.
    ///
    /// # Errors
    /// If there is none, or it is not one that this version reads.
    pub fn open(path: &Path) -> Result<Self, QueryError> {
        let (db, path) = open(path, |db, path| connect::identify(&db.conn, path))?;
        let version = data_version(&db)?;
        Ok(Self { db, path, version, allowed: Arc::default() })
    }

    /// Returns a reader that takes signatures by `allowed` for proofs; one that knows nobody takes none.
    #[must_use]
    pub fn judging(self, allowed: Arc<AllowedSigners>) -> Self {
        Self { allowed, ..self }
    }

    /// Returns the log's id.
    ///
    /// # Errors
    /// If its first event cannot be read.
    pub fn log_id(&self) -> Result<String, QueryError> {
        Ok(log_id(&self.db, &self.path)?)
    }

    /// Returns the log's head.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn head(&self) -> Result<Head, QueryError> {
        Ok(insert::head(&self.db.conn)?)
    }

    /// Returns whether the event at `head` is what it says: then all up to there is as it was when that was the head.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn had(&self, head: &Head) -> Result<bool, QueryError> {
        let sql = "SELECT 1 FROM event WHERE seq = ?1 AND hash = ?2";
        let mut found = self.db.conn.prepare_cached(sql)?;
        Ok(found.exists(rusqlite::params![to_sql(head.size), head.hash])?)
    }

    /// Returns whose signatures count.
    #[must_use]
    pub const fn allowed(&self) -> &Arc<AllowedSigners> {
        &self.allowed
    }

    /// Returns whether another connection has committed anything since this was last asked.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn changed(&mut self) -> Result<bool, QueryError> {
        let version = data_version(&self.db)?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }

    /// Returns the bytes of the chunk of event `seq`, checked against the hash in its body.
    ///
    /// # Errors
    /// If it has none, or not the one that it names.
    pub fn chunk(&self, seq: u64) -> Result<Vec<u8>, QueryError> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE seq = ?1");
        let row = self.db.conn.prepare_cached(&sql)?.query_row([to_sql(seq)], Row::keep).optional()?;
        let body = row.ok_or(QueryError::NoChunk(seq))?.body.ok_or(QueryError::Withheld(seq))?;
        let header = codec::header(&body).map_err(QueryError::body(seq))?;
        let expected = header.chunk.ok_or(QueryError::NoChunk(seq))?;
        self.chunk_of(seq, &expected.sha)
    }

    fn chunk_of(&self, seq: u64, sha: &str) -> Result<Vec<u8>, QueryError> {
        let sql = format!(
            "SELECT codec, raw_len, data FROM chunk WHERE seq = ?1 AND octet_length(data) <= {MAX_PACKED}"
        );
        let stored = self
            .db
            .conn
            .prepare_cached(&sql)?
            .query_row([to_sql(seq)], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
            })
            .optional()?;
        let missing = || QueryError::Broken { seq, what: "the chunk that it names is missing".to_owned() };
        let (codec, raw_len, data) = stored.ok_or_else(missing)?;
        let raw = chunk::unpack(codec, raw_len, &data).map_err(|source| QueryError::Chunk { seq, source })?;
        if sha256_hex(&raw) == sha {
            Ok(raw)
        } else {
            Err(QueryError::Broken { seq, what: "its chunk is not the one that it names".to_owned() })
        }
    }
}

fn data_version(db: &Db) -> rusqlite::Result<i64> {
    db.conn.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// Opens a log to read and runs `check` over the connection. Nothing is made beside the log where nothing can be.
pub(super) fn open(
    path: &Path,
    check: impl Fn(&Db, &Path) -> Result<(), OpenError>,
) -> Result<(Db, PathBuf), OpenError> {
    let path = match fs::canonicalize(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(OpenError::None(path.to_owned()));
        }
        found => found.map_err(OpenError::io(path, "find the log"))?,
    };
    let meta = fs::metadata(&path).map_err(OpenError::io(&path, "look at the log"))?;
    if let Some(why) = side::not_regular(meta.file_type()) {
        return Err(OpenError::refused(&path, Some(&meta), why));
    }
    let wal = fs::symlink_metadata(Paths::of(&path).wal).is_ok_and(|meta| meta.len() > 0);
    let inode = Inode::from(&meta);
    let looked = inode::while_closed(inode, || {
        peek::peek(&path, wal).map_err(|why| OpenError::refused(&path, Some(&meta), why))
    });
    looked.unwrap_or(Ok(()))?;
    let db = Db::read_only(&path)?;
    match check(&db, &path) {
        Err(OpenError::Sqlite { source, .. }) if cannot_share(&source) && !wal => {
            drop(db);
            let db = Db::immutable(&path)?;
            check(&db, &path)?;
            Ok((db, path))
        }
        done => done.map(|()| (db, path)),
    }
}

/// Returns whether SQLite could not make the files through which connections share a log; then nobody writes it from
/// here either.
fn cannot_share(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}
