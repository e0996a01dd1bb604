//! The log as the tasks use it: stamped at the edge, asynchronous in front of the writer's thread.

use std::path::{Path, PathBuf};

use crate::audit::query::{QueryError, Reader};
use crate::audit::writer::{Health, LogWriter, WriteError};
use crate::run::fact::{Entry, Recorded, Stream};
use crate::runtime::clock;
use crate::runtime::vault::Vault;
use crate::tui::msg::{Output, Piece};

/// Bytes of recorded output that are read at once for the screen.
const SHOWN: u64 = 512 * 1024;

/// The open log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Log {
    writer: LogWriter,
    path: PathBuf,
    vault: Vault,
}

impl Log {
    /// Returns the log behind `writer`, whose file is `path`.
    #[must_use]
    pub fn new(writer: LogWriter, path: PathBuf) -> Self {
        Self { writer, path, vault: Vault::default() }
    }

    /// Returns the log with the secrets that must never reach it.
    #[must_use]
    pub fn guarded(self, vault: Vault) -> Self {
        Self { vault, ..self }
    }

    /// Returns the secrets that must never reach the log.
    #[must_use]
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Returns its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends facts of `run`, or of the log itself; the answer comes when they are durable.
    ///
    /// # Errors
    /// When they are not.
    pub async fn append(&self, run: Option<&str>, entries: Vec<Entry>) -> Result<Vec<Recorded>, WriteError> {
        let entries = self.vault.facts(entries).map_err(WriteError::Secret)?;
        self.writer.append(run, entries, clock::now()).await
    }

    /// Appends facts and calls `done` when they are durable, or are not. Facts sent later come later in the log.
    pub fn send(
        &self,
        run: Option<&str>,
        entries: Vec<Entry>,
        done: impl FnOnce(Result<(), WriteError>) + Send + 'static,
    ) {
        match self.vault.facts(entries) {
            Ok(entries) => {
                self.writer.append_then(run, entries, clock::now(), Box::new(|r| done(r.map(|_| ()))));
            }
            Err(why) => done(Err(WriteError::Secret(why))),
        }
    }

    /// Tries to write again after a failure.
    ///
    /// # Errors
    /// Why it still does not go.
    pub async fn retry(&self) -> Result<(), String> {
        match self.writer.retry(clock::now()).await {
            Ok(Health::Healthy) => Ok(()),
            Ok(Health::Degraded { why } | Health::Stopped { why }) => Err(why),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Puts the end of the session on the record.
    ///
    /// # Errors
    /// When that could not be written; everything before it is safe.
    pub async fn close(&self, how: &str) -> Result<(), WriteError> {
        self.writer.close(how, clock::now()).await
    }

    /// Opens the log to read, off the async threads, and returns what `read` makes of it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, QueryError> + Send + 'static,
    ) -> Result<T, String> {
        let path = self.path.clone();
        let task = tokio::task::spawn_blocking(move || Reader::open(&path).and_then(|reader| read(&reader)));
        match task.await {
            Ok(result) => result.map_err(|e| e.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Returns how many bytes of standard output and standard error of the attempt are stored without a gap.
    pub async fn stored(&self, run: &str, number: u32) -> [u64; 2] {
        let run = run.to_owned();
        let pieces = self.read(move |reader| reader.pieces(&run, number)).await.unwrap_or_default();
        let mut have = [0, 0];
        for piece in pieces {
            let end = match piece.stream {
                Stream::Stdout => &mut have[0],
                Stream::Stderr => &mut have[1],
            };
            if piece.offset <= *end {
                *end = (*end).max(piece.offset + piece.len);
            }
        }
        have
    }

    /// Returns the recorded output of an attempt past the mark `after` (bytes of both streams), at most the newest
    /// 512 KiB of it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn output(&self, run: &str, number: u32, after: u64) -> Result<Output, String> {
        let name = run.to_owned();
        self.read(move |reader| {
            let pieces = reader.pieces(&name, number)?;
            let total: u64 = pieces.iter().map(|p| p.len).sum();
            let from = after.max(total.saturating_sub(SHOWN));
            let mut output = Output {
                run: name.clone(),
                number,
                skipped: from - after.min(from),
                pieces: Vec::new(),
                upto: total,
            };
            let mut mark = 0;
            for piece in pieces {
                let start = mark;
                mark += piece.len;
                if mark <= from {
                    continue;
                }
                let bytes = reader.chunk(piece.seq)?;
                let cut = usize::try_from(from.saturating_sub(start)).unwrap_or(0);
                let bytes = bytes.get(cut..).unwrap_or_default().to_vec();
                output.pieces.push(Piece { stream: piece.stream, at: piece.at, bytes });
            }
            Ok(output)
        })
        .await
    }
}
