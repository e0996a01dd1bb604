//! Reads one channel to its end: splits control lines off, sends the rest through the pipeline.
//!
//! Invariant: it waits for the channel and the sink only, never for a screen. One channel that nobody reads would stop
//! every other one of the connection, and its keepalives.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::event::{Event, Started};
use super::line::{Receiver, Wire};
use super::output::Stream;
use super::pipeline::Pipeline;
use super::wrapper::{Piece, Splitter, StateAnswer, end, started};

/// Most bytes kept of what came before `begin`.
const NOISE_MAX: usize = 4 * 1024;
/// Control lines that are read; a host that sends more is not listened to any longer.
const LINES_MAX: usize = 4096;
/// How many times the drain time a trickle after the exit status may last.
const TRICKLE: u32 = 5;

/// What was seen on a channel.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Whether standard output said `begin`: what comes after is the step's.
    pub begun: bool,
    pub started: Option<Started>,
    /// Whether the host could not write down how the step ended.
    pub record_failed: bool,
    /// Exit status and whether a state was saved.
    pub end: Option<(i32, bool)>,
    pub answer: StateAnswer,
    /// SSH's own exit status.
    pub status: Option<i32>,
    /// SSH's own exit signal.
    pub signal: Option<String>,
    /// Whether the exec request was refused.
    pub refused: bool,
    /// Whether the channel was closed by the host rather than cut.
    pub closed: bool,
    /// What came before `begin`: greetings of a login shell, or the words of another program.
    pub noise: Vec<u8>,
    /// Whether descendants still held the output when the drain time was over.
    pub held: bool,
    /// Bytes of standard output and standard error after `begin`, as the host sent them.
    pub raw: [u64; 2],
    pub begun_err: bool,
    pub lines: usize,
}

impl Seen {
    /// Returns whether the command at the other end has ended by SSH's own account.
    pub fn is_over(&self) -> bool {
        self.status.is_some() || self.signal.is_some()
    }

    /// A line of a terminal, on which both streams are one.
    fn merged(&mut self, line: &str) {
        let stream = if line == "begin" { Stream::Stdout } else { Stream::Stderr };
        self.line(stream, line);
    }

    fn line(&mut self, stream: Stream, line: &str) {
        self.lines += 1;
        if self.lines > LINES_MAX {
            return;
        }
        match (line.split_once(' ').unwrap_or((line, "")), stream) {
            (("begin", _), Stream::Stdout) => self.begun = true,
            (("begin", ids), Stream::Stderr) => {
                self.begun_err = true;
                self.started = started(ids);
            }
            (("fail", "record"), Stream::Stderr) => self.record_failed = true,
            (("end", rest), Stream::Stderr) => self.end = end(rest),
            (_, Stream::Stderr) => {
                // Progress of a cancel does not occur here.
                self.answer.line(line);
            }
            (_, Stream::Stdout) => {}
        }
    }

    fn data(&mut self, stream: Stream, bytes: &[u8], out: &mut Vec<u8>) {
        let [raw_out, raw_err] = &mut self.raw;
        let (begun, raw) = match stream {
            Stream::Stdout => (self.begun, raw_out),
            Stream::Stderr => (self.begun_err, raw_err),
        };
        if begun {
            *raw += bytes.len() as u64;
            out.extend_from_slice(bytes);
        } else {
            let room = NOISE_MAX.saturating_sub(self.noise.len()).min(bytes.len());
            self.noise.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
    }
}

/// That a step has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    pub started: Option<Started>,
    /// Whether the event was sent already; else it has to be waited for, which the reader must not.
    pub told: bool,
}

/// After the exit status: output may still be on its way, or held open by descendants for ever.
struct Drain {
    quiet: Duration,
    waited: Duration,
}

/// Reads to the end. `begun` is told when the step has begun, with its process ids. When the end is seen, output still in
/// flight is waited for: until `drain` of silence, or some such times of a trickle, have passed. On a terminal there is
/// one stream only, `merged`.
pub(super) async fn read(
    mut wire: Receiver,
    nonce: String,
    mut pipeline: Pipeline,
    mut begun: Option<oneshot::Sender<Begun>>,
    drain: Duration,
    merged: bool,
) -> (Seen, Pipeline) {
    let mut seen = Seen::default();
    let mut splitters = [Splitter::new(&nonce), Splitter::new(&nonce)];
    let mut over: Option<Drain> = None;
    let mut out = Vec::new();
    loop {
        let from = Instant::now();
        let quiet =
            over.as_ref().map(|over| from + over.quiet.min((drain * TRICKLE).saturating_sub(over.waited)));
        let due = pipeline.deadline();
        let message = tokio::select! {
            message = wire.next() => message,
            () = wait(due) => {
                pipeline.flush_due().await;
                if let Some(over) = &mut over {
                    // Waiting for a chunk's time is waiting for the channel, too.
                    over.quiet = over.quiet.saturating_sub(from.elapsed());
                    over.waited += from.elapsed();
                }
                continue;
            }
            () = wait(quiet) => {
                seen.held = true;
                break;
            }
        };
        if let Some(over) = &mut over {
            over.waited += from.elapsed();
        }
        let Some(message) = message else { break };
        match message {
            Wire::Stdout(bytes) => {
                let [splitter, _] = &mut splitters;
                take(&mut seen, splitter, Stream::Stdout, &bytes, &mut out, merged);
                if merged {
                    announce(&seen, &mut pipeline, &mut begun);
                }
                pipeline.push(Stream::Stdout, &out).await;
            }
            Wire::Stderr(bytes) => {
                let [_, splitter] = &mut splitters;
                take(&mut seen, splitter, Stream::Stderr, &bytes, &mut out, false);
                announce(&seen, &mut pipeline, &mut begun);
                pipeline.push(Stream::Stderr, &out).await;
            }
            Wire::Refused => seen.refused = true,
            Wire::Status(code) => seen.status = Some(code),
            Wire::Signal(name) => seen.signal = Some(name),
            Wire::Close => seen.closed = true,
            Wire::Accepted | Wire::Other => continue,
        }
        if seen.is_over() || seen.refused {
            over = Some(Drain { quiet: drain, waited: over.map_or(Duration::ZERO, |over| over.waited) });
        }
    }
    if !seen.is_over() && !seen.closed {
        // The line was cut: what a splitter holds may be half a control line, and real output can be fetched again.
        return (seen, pipeline);
    }
    for (splitter, stream) in splitters.iter_mut().zip([Stream::Stdout, Stream::Stderr]) {
        let rest = splitter.finish();
        out.clear();
        seen.data(stream, &rest, &mut out);
        pipeline.push(stream, &out).await;
    }
    (seen, pipeline)
}

/// Says once that the step has begun.
fn announce(seen: &Seen, pipeline: &mut Pipeline, begun: &mut Option<oneshot::Sender<Begun>>) {
    if seen.begun_err
        && let Some(begun) = begun.take()
    {
        let told = seen.started.is_some_and(|started| pipeline.announce(Event::Started(started)));
        // Nobody listens when the step's own task was given up; reading goes on.
        begun.send(Begun { started: seen.started, told }).unwrap_or_default();
    }
}

fn take(
    seen: &mut Seen,
    splitter: &mut Splitter,
    stream: Stream,
    bytes: &[u8],
    out: &mut Vec<u8>,
    merged: bool,
) {
    out.clear();
    splitter.push(bytes, |piece| match piece {
        Piece::Data(data) => seen.data(stream, data, out),
        Piece::Control(line) if merged => seen.merged(line),
        Piece::Control(line) => seen.line(stream, line),
    });
}

async fn wait(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}
