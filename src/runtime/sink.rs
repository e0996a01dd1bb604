//! Where a step's output goes: into the log, in order, a few chunks ahead of the disk and no more.

use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

use crate::exec::{BoxFuture, Chunk, OutputSink, SinkFailed, Stream};
use crate::run::event::Event;
use crate::run::fact::{self, Entry, StepOutput};
use crate::runtime::log::Log;

/// Chunks that may be on their way to the disk. Past that the reader waits, and so does the step on its host.
const AHEAD: usize = 8;

/// Stores the output of one attempt. A chunk is handed to the log's writer, which keeps the order; the facts that end
/// the attempt come after it in the same queue, so that they are durable only when the output is.
pub struct LogSink {
    log: Log,
    run: String,
    number: u32,
    have: [u64; 2],
    ahead: Arc<Semaphore>,
    failed: Arc<Mutex<Option<String>>>,
}

impl LogSink {
    /// Returns the sink of attempt `number` of `run`; `have` bytes of standard output and error are stored already.
    #[must_use]
    pub fn new(log: Log, run: String, number: u32, have: [u64; 2]) -> Self {
        Self { log, run, number, have, ahead: Arc::new(Semaphore::new(AHEAD)), failed: Arc::default() }
    }

    fn failure(&self) -> Option<String> {
        self.failed.lock().ok().and_then(|f| f.clone())
    }
}

impl OutputSink for LogSink {
    fn write(&mut self, chunk: Chunk) -> BoxFuture<'_, Result<(), SinkFailed>> {
        Box::pin(async move {
            if let Some(why) = self.failure() {
                return Err(SinkFailed(why));
            }
            let (stream, have) = match chunk.stream {
                Stream::Stdout => (fact::Stream::Stdout, self.have[0]),
                Stream::Stderr => (fact::Stream::Stderr, self.have[1]),
            };
            if chunk.offset < have {
                return Ok(());
            }
            let permit = self.ahead.clone().acquire_owned().await.map_err(|e| SinkFailed(e.to_string()))?;
            let event = Event::StepOutput(StepOutput { number: self.number, stream, offset: chunk.offset });
            let entry = Entry { event, chunk: Some(chunk.bytes) };
            let failed = self.failed.clone();
            self.log.send(Some(&self.run), vec![entry], move |result| {
                drop(permit);
                if let (Err(why), Ok(mut failed)) = (result, failed.lock()) {
                    failed.get_or_insert(why.to_string());
                }
            });
            Ok(())
        })
    }
}
