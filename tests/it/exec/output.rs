//! What happens to output on its way: the filter, a slow sink, a sink that fails, the cap.

use std::time::Duration;

use gonogo::exec::{
    BoxFuture, Chunk, ChunkRules, Event, Filter, OutputSink, Settings, SinkFailed, StepRequest, Stream,
    VecSink,
};
use gonogo::text::lines::LineReader;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::common::{collect, run, seed, step};
use crate::support::memory::measured;
use crate::support::memory_ssh::{MemoryHost, Shell};

/// Makes everything upper-case and holds back the last byte of each stream until the end.
#[derive(Default)]
struct Upper([Option<u8>; 2]);

impl Filter for Upper {
    fn push(&mut self, stream: Stream, bytes: &[u8], out: &mut Vec<u8>) {
        let held = &mut self.0[usize::from(stream == Stream::Stderr)];
        for byte in bytes {
            out.extend(held.replace(byte.to_ascii_uppercase()));
        }
    }

    fn finish(&mut self, stream: Stream, out: &mut Vec<u8>) {
        out.extend(self.0[usize::from(stream == Stream::Stderr)].take());
    }
}

#[tokio::test]
async fn the_filter_stands_before_the_sink_the_screen_the_text_and_the_sum() {
    let host = MemoryHost::start(Shell::System);
    let sink = VecSink::default();
    let (sender, events) = mpsc::channel(64);
    let mut request = step(1, "echo secret; printf oops >&2");
    request.seed = seed(&host.host);
    request.captures_stdout = true;
    let engine = host.engine();
    let end = engine
        .step(&host.host, request, Some(Box::<Upper>::default()), Box::new(sink.clone()), &sender)
        .await;
    drop(sender);
    let gonogo::exec::End::Ended(ended) = end else { panic!("{end:?}") };
    assert_eq!(sink.bytes(Stream::Stdout), b"SECRET\n");
    assert_eq!(sink.bytes(Stream::Stderr), b"OOPS");
    assert_eq!(ended.stdout_text.as_deref(), Some("SECRET\n"));
    let plain = run(&engine, &host.host, step(2, "echo SECRET")).await;
    assert_eq!(ended.stdout.sha256, plain.ended().stdout.sha256);
    for event in collect(events).await {
        if let Event::Output { tail, .. } = event {
            assert!(!tail.iter().any(u8::is_ascii_lowercase));
        }
    }
}

/// A sink that fails at its second chunk.
struct Failing(VecSink);

impl OutputSink for Failing {
    fn write(&mut self, chunk: Chunk) -> BoxFuture<'_, Result<(), SinkFailed>> {
        assert!(self.0.chunks().len() < 2, "called again after it failed");
        let result =
            if self.0.chunks().is_empty() { Ok(()) } else { Err(SinkFailed("disk full".to_owned())) };
        Box::pin(async move {
            self.0.write(chunk).await?;
            result
        })
    }
}

#[tokio::test]
async fn a_sink_that_fails_stops_nothing() {
    let host = MemoryHost::start(Shell::System);
    let rules = ChunkRules { bytes: 1000, ..ChunkRules::default() };
    let engine = host.engine_with(Settings { chunks: rules, ..Settings::default() });
    let sink = VecSink::default();
    let (sender, _events) = mpsc::channel(64);
    let mut request = step(1, "seq 1 100000; exit 3");
    request.seed = seed(&host.host);
    let end = engine.step(&host.host, request, None, Box::new(Failing(sink)), &sender).await;
    let gonogo::exec::End::Ended(ended) = end else { panic!("{end:?}") };
    assert_eq!(ended.sink_failed.as_deref(), Some("output cannot be stored: disk full"));
    assert_eq!(ended.stdout.bytes, 588_895, "the rest is drained and counted");
    assert_eq!(ended.exit, gonogo::exec::Exit::Code(3));
}

#[tokio::test]
async fn past_the_cap_the_end_is_kept() {
    let host = MemoryHost::start(Shell::System);
    let rules = ChunkRules { cap: 10_000, tail: 100, ..ChunkRules::default() };
    let engine = host.engine_with(Settings { chunks: rules, ..Settings::default() });
    let ran = run(&engine, &host.host, step(1, "seq 1 100000; echo the error >&2; exit 3")).await;
    let stdout = &ran.ended().stdout;
    assert_eq!((stdout.bytes, stdout.head, stdout.tail, stdout.dropped), (588_895, 10_000, 100, 578_795));
    assert!(ran.out().ends_with("\n99999\n100000\n"));
    assert!(ran.err().ends_with("the error\n"));
    let tail = ran.sink.chunks().into_iter().find(|chunk| chunk.tail && chunk.stream == Stream::Stdout);
    assert_eq!(tail.expect("a tail").offset, 588_795);
}

/// A sink that notes when chunks come.
struct Stamped(mpsc::Sender<(Instant, usize)>);

impl OutputSink for Stamped {
    fn write(&mut self, chunk: Chunk) -> BoxFuture<'_, Result<(), SinkFailed>> {
        Box::pin(async move {
            self.0.send((Instant::now(), chunk.bytes.len())).await.map_err(|_| SinkFailed("gone".to_owned()))
        })
    }
}

#[tokio::test]
async fn a_line_does_not_wait_for_its_chunk_to_fill() {
    let host = MemoryHost::start(Shell::System);
    let rules = ChunkRules { age: Duration::from_millis(100), ..ChunkRules::default() };
    let engine = host.engine_with(Settings { chunks: rules, ..Settings::default() });
    let (stamps, mut chunks) = mpsc::channel(8);
    let (sender, _events) = mpsc::channel(64);
    let gate = host.home().join("gate");
    let mut request = step(1, "echo a; while [ ! -e gate ]; do sleep 0.05; done; echo b");
    request.seed = seed(&host.host);
    let target = host.host.clone();
    let task =
        tokio::spawn(
            async move { engine.step(&target, request, None, Box::new(Stamped(stamps)), &sender).await },
        );
    // The step cannot end before its first line has arrived.
    assert_eq!(chunks.recv().await.expect("a chunk").1, 2);
    std::fs::write(gate, "").expect("opened");
    assert_eq!(chunks.recv().await.expect("a chunk").1, 2);
    assert!(matches!(task.await.expect("no panic"), gonogo::exec::End::Ended(_)));
}

/// Counts what is stored, and reads the lines that the screen would show.
#[derive(Default)]
struct Watching {
    stored: u64,
    lines: LineReader,
}

impl OutputSink for Watching {
    fn write(&mut self, chunk: Chunk) -> BoxFuture<'_, Result<(), SinkFailed>> {
        self.stored += chunk.bytes.len() as u64;
        drop(self.lines.feed(&chunk.bytes));
        Box::pin(async { Ok(()) })
    }
}

/// Runs `script` on a host and returns how many bytes it printed, and how many this end held at once for them.
fn held_by(script: &str) -> (u64, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let host = MemoryHost::start(Shell::System);
        let rules = ChunkRules { cap: 1 << 20, ..ChunkRules::default() };
        let engine = host.engine_with(Settings { chunks: rules, ..Settings::default() });
        run(&engine, &host.host, step(1, "true")).await;
        let (sender, events) = mpsc::channel(64);
        let request = StepRequest { seed: seed(&host.host), captures_stdout: true, ..step(2, script) };
        let (sink, filter) = (Box::new(Watching::default()), Box::<Upper>::default());
        let (end, used) = measured(async {
            let running = async {
                let end = engine.step(&host.host, request, Some(filter), sink, &sender).await;
                drop(sender);
                end
            };
            let mut events = events;
            let reading = async { while events.recv().await.is_some() {} };
            tokio::join!(running, reading).0
        })
        .await;
        let gonogo::exec::End::Ended(ended) = end else { panic!("{end:?}") };
        (ended.stdout.bytes, used.peak)
    })
}

#[test]
fn what_is_held_does_not_grow_with_the_output_not_even_with_one_endless_line() {
    for script in [
        // One line.
        "head -c {}m /dev/zero | tr '\\0' x",
        // Lines, escape sequences, and what is no text.
        "yes \"$(printf '\\033[31mred\\033]52;c;AAAA\\007 \\377\\342\\200\\256 %070d' 7)\" | head -c {}m",
    ] {
        let of = |mib: u64| {
            let (bytes, held) = held_by(&script.replace("{}", &mib.to_string()));
            assert_eq!(bytes, mib << 20);
            held
        };
        let (small, large) = (of(4), of(16));
        // What is read ahead differs from run to run, by some windows of the channel at most.
        assert!(large < small + (2 << 20), "{script}: {small} bytes for 4 MiB, {large} for 16 MiB");
        assert!(large < 16 << 20, "{script}: {large} bytes");
    }
}
