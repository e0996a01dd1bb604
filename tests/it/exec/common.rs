//! Short ways to say what the tests of exec ask for.

use std::path::PathBuf;
use std::time::Duration;

use gonogo::exec::{
    End, Ended, Engine, Event, Exit, Follow, Host, Keep, Lost, NotStarted, ProbeState, Started, StepRef,
    StepRequest, Stream, Value, VecSink,
};
use tokio::sync::mpsc;

use crate::support::memory_ssh::MemoryHost;

/// Returns the seed of the run on a host. Tests run at the same time on one machine, where a marker must be unique.
pub fn seed(host: &Host) -> String {
    let digits: String = host.address.bytes().rev().map(|byte| format!("{byte:02x}")).collect();
    format!("{digits:0<32}").chars().take(32).collect()
}

/// Returns the directory of the run on a host whose home this is.
pub fn run_dir(host: &MemoryHost) -> PathBuf {
    host.home().join(format!(".gonogo/gonogo-{}", seed(&host.host)))
}

/// Fills the seed in where a test does not care.
fn seeded(host: &Host, mut request: StepRequest) -> StepRequest {
    if request.seed.is_empty() {
        request.seed = seed(host);
    }
    request
}

/// Returns a plain step: strict, nothing kept, nothing loaded, state saved.
pub fn step(number: u32, script: &str) -> StepRequest {
    StepRequest {
        number,
        seed: String::new(),
        script: script.to_owned(),
        strict: true,
        keep_going: false,
        interpreter: None,
        check: false,
        keep: Keep::Off,
        load: None,
        save: true,
        cwd: None,
        values: Vec::new(),
        captures_stdout: false,
    }
}

/// Returns a value that is no secret.
pub fn value(name: &str, value: &str) -> Value {
    Value { name: name.to_owned(), value: value.to_owned().into(), secret: false }
}

/// Returns a secret.
pub fn secret(name: &str, text: &str) -> Value {
    Value { secret: true, ..value(name, text) }
}

/// What came of a step.
#[derive(Debug)]
pub struct Ran {
    pub end: End,
    pub events: Vec<Event>,
    pub sink: VecSink,
}

impl Ran {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.sink.bytes(Stream::Stdout)).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.sink.bytes(Stream::Stderr)).into_owned()
    }

    #[track_caller]
    pub fn ended(&self) -> &Ended {
        match &self.end {
            End::Ended(ended) => ended,
            other => panic!("the step did not end: {other:?}; {}", self.err()),
        }
    }

    #[track_caller]
    pub fn code(&self) -> i32 {
        match &self.ended().exit {
            Exit::Code(code) => *code,
            Exit::Signal(name) => panic!("ended by signal {name}"),
        }
    }

    #[track_caller]
    pub fn not_started(&self) -> &NotStarted {
        match &self.end {
            End::NotStarted(why) => why,
            other => panic!("the step started: {other:?}; {} {}", self.out(), self.err()),
        }
    }

    #[track_caller]
    pub fn lost(&self) -> &Lost {
        match &self.end {
            End::Lost(lost) => lost,
            other => panic!("the outcome is known: {other:?}; {} {}", self.out(), self.err()),
        }
    }
}

/// Collects events until the sender is gone.
pub async fn collect(mut events: mpsc::Receiver<Event>) -> Vec<Event> {
    let mut all = Vec::new();
    while let Some(event) = events.recv().await {
        all.push(event);
    }
    all
}

/// Runs a step to its end.
pub async fn run(engine: &Engine, host: &Host, request: StepRequest) -> Ran {
    let sink = VecSink::default();
    let (sender, events) = mpsc::channel(64);
    let running = async {
        let end = engine.step(host, seeded(host, request), None, Box::new(sink.clone()), &sender).await;
        drop(sender);
        end
    };
    let (end, events) = tokio::join!(running, collect(events));
    Ran { end, events, sink }
}

/// Starts a step in the background; the handle yields what came of it.
pub struct Background {
    pub task: tokio::task::JoinHandle<End>,
    pub events: mpsc::Receiver<Event>,
    pub sink: VecSink,
}

/// Starts a step whose events are read one by one.
pub fn start(engine: &Engine, host: &Host, request: StepRequest) -> Background {
    let sink = VecSink::default();
    let (sender, events) = mpsc::channel(64);
    let request = seeded(host, request);
    let (engine, host, taken) = (engine.clone(), host.clone(), sink.clone());
    let task = tokio::spawn(async move { engine.step(&host, request, None, Box::new(taken), &sender).await });
    Background { task, events, sink }
}

impl Background {
    /// Waits until an event fits.
    pub async fn until<T>(&mut self, mut fits: impl FnMut(&Event) -> Option<T>) -> T {
        let waiting = async {
            loop {
                let event = self.events.recv().await.expect("the event comes before the end");
                if let Some(found) = fits(&event) {
                    return found;
                }
            }
        };
        tokio::time::timeout(LONG, waiting).await.expect("the event comes")
    }

    /// Waits until the step has begun.
    pub async fn started(&mut self) -> Started {
        self.until(|event| if let Event::Started(started) = event { Some(*started) } else { None }).await
    }

    /// Waits until standard output has this many bytes.
    pub async fn printed(&mut self, bytes: u64) {
        self.until(|event| match event {
            Event::Output { stream: Stream::Stdout, total, .. } if *total >= bytes => Some(()),
            _ => None,
        })
        .await;
    }

    /// Waits for the end.
    pub async fn end(self) -> Ran {
        let Self { task, events, sink } = self;
        let both = async { tokio::join!(task, collect(events)) };
        let (end, events) = tokio::time::timeout(LONG, both).await.expect("the step ends");
        Ran { end: end.expect("no panic"), events, sink }
    }
}

/// A limit for what certainly comes, so that a failing test ends.
pub const LONG: Duration = Duration::from_secs(60);

/// Returns how a later process asks for the step: with the directory that the host named.
pub async fn reference(engine: &Engine, host: &Host, number: u32) -> StepRef {
    let (sender, _events) = mpsc::channel(64);
    let facts = engine.prepare(host, &seed(host), &sender).await.expect("the host is ready").facts;
    StepRef { dir: facts.dir, born: facts.born, seed: seed(host), number }
}

/// Follows a step, everything being new.
pub async fn follow(engine: &Engine, host: &Host, step: &StepRef, have: [u64; 2]) -> Ran {
    let sink = VecSink::default();
    let (sender, events) = mpsc::channel(64);
    let how = Follow { have, captures_stdout: true, filter: None, sink: Box::new(sink.clone()) };
    let following = async {
        let end = tokio::time::timeout(LONG, engine.follow(host, step, how, &sender)).await.expect("it ends");
        drop(sender);
        end
    };
    let (end, events) = tokio::join!(following, collect(events));
    Ran { end, events, sink }
}

/// Asks the host again and again until the step runs no more; returns what became of it.
pub async fn over(engine: &Engine, host: &Host, step: &StepRef) -> ProbeState {
    let asking = async {
        loop {
            let probe = engine.probe(host, step).await.expect("an answer");
            if !probe.runs() {
                return probe.state;
            }
        }
    };
    tokio::time::timeout(LONG, asking).await.expect("it ends")
}

/// Looks again and again until `found` says yes.
pub async fn poll(what: &str, mut found: impl FnMut() -> bool) {
    let until = std::time::Instant::now() + LONG;
    while !found() {
        assert!(std::time::Instant::now() < until, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
