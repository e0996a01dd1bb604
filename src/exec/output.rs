//! Where output goes: the sink's contract, the filter in front of it, the rule by which it is cut into chunks.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A boxed future, for traits that are used as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One of the two output streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A piece of output as it is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Which stream.
    pub stream: Stream,
    /// Offset of the first byte in the (redacted) stream. After dropped bytes it jumps: see `tail`.
    pub offset: u64,
    /// The bytes; never empty, at most [`ChunkRules::bytes`] (a tail: at most [`ChunkRules::tail`]).
    pub bytes: Vec<u8>,
    /// Whether this is the kept end of a stream that went past the cap.
    pub tail: bool,
}

/// The sink cannot store output any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("output cannot be stored: {0}")]
pub struct SinkFailed(pub String);

/// Takes output. Waiting in `write` is back-pressure that reaches the step on its host; nothing is dropped for it.
pub trait OutputSink: Send {
    /// Stores one chunk.
    ///
    /// # Errors
    /// After an error the sink is not called again; the rest of the output is drained and counted.
    fn write(&mut self, chunk: Chunk) -> BoxFuture<'_, Result<(), SinkFailed>>;
}

/// Changes output before it is hashed, stored or shown: the redactor.
///
/// Must be a function of the whole stream alone, not of how it was cut into pieces, so that output fetched again
/// after a reconnect has the same offsets.
pub trait Filter: Send {
    /// Takes the next bytes of `stream` and appends what may go on to `out`; may hold back a tail.
    fn push(&mut self, stream: Stream, bytes: &[u8], out: &mut Vec<u8>);
    /// Appends what was held back of `stream`; called once, at its end.
    fn finish(&mut self, stream: Stream, out: &mut Vec<u8>);
}

/// When output is cut and how much of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkRules {
    /// Largest chunk in bytes.
    pub bytes: usize,
    /// Longest time that a byte waits for its chunk to fill.
    pub age: Duration,
    /// Bytes of one step (both streams) after which output is only counted.
    pub cap: u64,
    /// Bytes kept from the end of each stream past the cap.
    pub tail: usize,
}

impl Default for ChunkRules {
    fn default() -> Self {
        Self { bytes: 256 * 1024, age: Duration::from_secs(1), cap: 64 * 1024 * 1024, tail: 1024 * 1024 }
    }
}

/// A sink that keeps the chunks in memory, for tests and for commands that want the text. Clones share the chunks.
#[derive(Debug, Clone, Default)]
pub struct VecSink(Arc<Mutex<Vec<Chunk>>>);

impl VecSink {
    /// Returns what was written, in order.
    #[must_use]
    pub fn chunks(&self) -> Vec<Chunk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the bytes of `stream` that were kept, in order.
    #[must_use]
    pub fn bytes(&self, stream: Stream) -> Vec<u8> {
        self.chunks()
            .into_iter()
            .filter(|chunk| chunk.stream == stream)
            .flat_map(|chunk| chunk.bytes)
            .collect()
    }
}

impl OutputSink for VecSink {
    fn write(&mut self, chunk: Chunk) -> BoxFuture<'_, Result<(), SinkFailed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(chunk);
        Box::pin(std::future::ready(Ok(())))
    }
}
