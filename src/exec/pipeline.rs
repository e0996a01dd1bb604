//! What every byte of output goes through: filter, hash and chunks, then the sink; a lossy note for the screen.
//!
//! Invariant: after the sink failed it is not called again, and counting goes on.

use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use super::chunk::Chunker;
use super::event::{Event, StreamSummary};
use super::output::{Chunk, ChunkRules, Filter, OutputSink, Stream};

/// Most bytes of standard output that are returned as text.
const TEXT_MAX: usize = 1024 * 1024;
/// Most bytes that a note for the screen carries.
const NOTE_MAX: usize = 16 * 1024;

/// What is known when the last byte has gone through.
pub(super) struct Output {
    pub stdout: StreamSummary,
    pub stderr: StreamSummary,
    pub text: Option<String>,
    pub sink_failed: Option<String>,
}

/// The way of one step's output.
pub(super) struct Pipeline {
    epoch: Instant,
    filter: Option<Box<dyn Filter>>,
    chunker: Chunker,
    sink: Box<dyn OutputSink>,
    notes: Sender<Event>,
    /// Notes that wait for the begin of the step to be told; `None` when they need not.
    waiting: Option<[Option<Event>; 2]>,
    text: Option<Vec<u8>>,
    failed: Option<String>,
    filtered: Vec<u8>,
    chunks: Vec<Chunk>,
}

impl Pipeline {
    pub fn new(
        rules: ChunkRules,
        have: [u64; 2],
        text: bool,
        filter: Option<Box<dyn Filter>>,
        sink: Box<dyn OutputSink>,
        notes: Sender<Event>,
    ) -> Self {
        Self {
            epoch: Instant::now(),
            filter,
            chunker: Chunker::new(rules, have),
            sink,
            notes,
            waiting: None,
            text: text.then(Vec::new),
            failed: None,
            filtered: Vec::new(),
            chunks: Vec::new(),
        }
    }

    /// Takes the next bytes; waits for the sink.
    pub async fn push(&mut self, stream: Stream, bytes: &[u8]) {
        match &mut self.filter {
            Some(filter) => {
                let mut filtered = std::mem::take(&mut self.filtered);
                filtered.clear();
                filter.push(stream, bytes, &mut filtered);
                self.take(stream, &filtered);
                self.filtered = filtered;
            }
            None => self.take(stream, bytes),
        }
        self.deliver().await;
    }

    /// Holds notes back until [`Pipeline::announce`]: the two streams come in any order, and the begin is told on one.
    #[must_use]
    pub fn waiting(self) -> Self {
        Self { waiting: Some([None, None]), ..self }
    }

    /// Says at once, before any output is noted, that the step has begun; `false` if there is no room for it now.
    pub fn announce(&mut self, event: Event) -> bool {
        let told = self.notes.try_send(event).is_ok();
        for note in self.waiting.take().into_iter().flatten().flatten() {
            self.send(note);
        }
        told
    }

    /// Returns when [`Pipeline::flush_due`] has to be called.
    pub fn deadline(&self) -> Option<Instant> {
        self.chunker.deadline().map(|at| self.epoch + at)
    }

    /// Hands on what has waited long enough.
    pub async fn flush_due(&mut self) {
        let now = self.now();
        self.chunker.due(now, &mut self.chunks);
        self.deliver().await;
    }

    /// Ends the output. `complete` says that the streams really ended: only then does the filter give up what it
    /// held back, for otherwise the same bytes may be fetched again later.
    pub async fn finish(mut self, complete: bool) -> Output {
        if complete && let Some(mut filter) = self.filter.take() {
            for stream in [Stream::Stdout, Stream::Stderr] {
                let mut rest = Vec::new();
                filter.finish(stream, &mut rest);
                self.take(stream, &rest);
            }
        }
        let Self { chunker, mut chunks, mut sink, failed, text, .. } = self;
        let [stdout, stderr] = chunker.finish(&mut chunks);
        let sink_failed = deliver(&mut chunks, sink.as_mut(), failed).await;
        let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Output { stdout, stderr, text, sink_failed }
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn take(&mut self, stream: Stream, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if stream == Stream::Stdout
            && let Some(text) = &mut self.text
        {
            let room = TEXT_MAX.saturating_sub(text.len()).min(bytes.len());
            text.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
        let now = self.now();
        self.chunker.push(stream, bytes, now, &mut self.chunks);
        self.note(stream, bytes);
    }

    /// A full queue means that the screen is behind; it reads the record then. Some places are left free for the
    /// events that must not be lost.
    fn note(&mut self, stream: Stream, bytes: &[u8]) {
        let tail = bytes.get(bytes.len().saturating_sub(NOTE_MAX)..).unwrap_or_default();
        let total = self.chunker.total(stream);
        let note = Event::Output { stream, offset: total - tail.len() as u64, tail: tail.to_vec(), total };
        match &mut self.waiting {
            Some([stdout, stderr]) => *(if stream == Stream::Stdout { stdout } else { stderr }) = Some(note),
            None => self.send(note),
        }
    }

    fn send(&self, note: Event) {
        if self.notes.capacity() * 4 > self.notes.max_capacity() {
            // Dropping a note is what makes it lossy.
            drop(self.notes.try_send(note));
        }
    }

    async fn deliver(&mut self) {
        let failed = self.failed.take();
        self.failed = deliver(&mut self.chunks, self.sink.as_mut(), failed).await;
    }
}

async fn deliver(
    chunks: &mut Vec<Chunk>,
    sink: &mut dyn OutputSink,
    failed: Option<String>,
) -> Option<String> {
    let mut failed = failed;
    for chunk in chunks.drain(..) {
        if failed.is_none()
            && let Err(error) = sink.write(chunk).await
        {
            failed = Some(error.to_string());
        }
    }
    failed
}
