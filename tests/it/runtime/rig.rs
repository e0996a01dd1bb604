//! One demo host, a log and a worker in a directory of their own, and somebody who walks a run by its offers.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gonogo::audit::locks::Held;
use gonogo::audit::query::Reader;
use gonogo::demo::{DemoHosts, ExitOrder, HostPlan, Setup, link_tools};
use gonogo::exec::ssh::{ByteStream, Credentials, Dial, DialError, HostKey, HostKeys};
use gonogo::exec::target::Target;
use gonogo::exec::{BoxFuture, Engine, Settings};
use gonogo::run::command::{Action, Command};
use gonogo::run::conclude::Report;
use gonogo::run::driver::{Driver, Effect};
use gonogo::run::event::Event;
use gonogo::run::fact::{
    HostPin, Probe, Proof, Recorded, RunKind, RunOutcome, Stream, Via, Vote, WayPin, Who,
};
use gonogo::run::offer::Offer;
use gonogo::run::open::Opening;
use gonogo::runtime::opening::{self, Book};
use gonogo::runtime::session::Session;
use gonogo::runtime::worker::{Answer, Worker};
use gonogo::runtime::{clock, resuming};
use gonogo::tui::effect::Reply;
use tokio::sync::mpsc::Receiver;

use crate::support::binary::{EXE, STUCK};

/// The host, and the name of its role.
pub const HOST: &str = "api-1";

struct Pipes(Arc<DemoHosts>);

impl Dial for Pipes {
    fn dial<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Box<dyn ByteStream>, DialError>> {
        Box::pin(async move {
            let stream = self.0.dial(&target.hostname);
            let failed = |source| DialError::Unreachable { address: target.hostname.clone(), source };
            stream.map(|s| Box::new(s) as Box<dyn ByteStream>).map_err(failed)
        })
    }
}

/// The host, the log and what reaches both.
pub struct Bench {
    pub root: PathBuf,
    pub hosts: Arc<DemoHosts>,
    pub engine: Engine,
    pub session: Session,
}

impl Bench {
    /// Starts the host in `root`, or starts it again, and opens the log there.
    pub async fn start(root: &Path) -> Self {
        let bin = root.join("bin");
        std::fs::create_dir_all(&bin).expect("a directory");
        link_tools(&bin, &std::env::var_os("PATH").expect("PATH")).expect("tools");
        let setup = Setup {
            root: root.to_owned(),
            bin,
            exe: EXE.into(),
            hosts: vec![HostPlan { name: HOST.to_owned(), env: Vec::new() }],
            exit_order: ExitOrder::default(),
        };
        let hosts = Arc::new(DemoHosts::start(&setup).expect("hosts"));
        let key = HostKey::from_public(hosts.host_key(HOST).expect("a key")).expect("a key");
        let keys = HostKeys::Exact(Arc::new(HashMap::from([(HOST.to_owned(), key)])));
        let engine = engine(&hosts, keys);
        let session = Session::open(&root.join("log.db")).await.expect("a log");
        Self { root: root.to_owned(), hosts, engine, session }
    }

    /// Trusts the host by other rules from now on.
    pub fn judge(&mut self, keys: HostKeys) {
        self.engine = engine(&self.hosts, keys);
    }

    /// Opens a run of `text`.
    pub async fn open(&self, text: &str, set: &[(&str, &str)]) -> (Driver, Vec<Held>) {
        let book = Book::parse("book.md", text.as_bytes()).expect("a runbook");
        let host = HostPin {
            role: "api".to_owned(),
            name: HOST.to_owned(),
            user: gonogo::demo::USER.to_owned(),
            address: HOST.to_owned(),
            port: 22,
            identity: None,
            known_hosts: None,
            way: WayPin::default(),
        };
        let opening = Opening {
            runbook: &book.loaded.runbook,
            file: book.file.clone(),
            who: layla(),
            kind: RunKind::Drill,
            environment: None,
            hosts: vec![host],
            environment_vars: BTreeMap::new(),
            set: set.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            seed: clock::random_hex(32).expect("random"),
            parent: None,
            beside: Vec::new(),
            later: false,
            commit: None,
        };
        let (run, held) = opening::open(&self.session, &book, opening).await.expect("the run opens");
        (Driver::new(run), held)
    }

    /// Takes the only run of the log up again.
    pub fn resume(&self) -> Driver {
        let reader = Reader::open(self.session.log.path()).expect("a log");
        let run = reader.runs().expect("runs").pop().expect("a run").run;
        Driver::new(resuming::fold(&reader, &run).expect("it folds").run)
    }

    pub fn worker(&self) -> (Worker, Receiver<Answer>) {
        Worker::new(self.engine.clone(), self.session.log.clone())
    }

    /// Ends everything in order.
    pub async fn end(self) {
        self.engine.disconnect().await;
        self.session.close("the test ends").await.expect("the log closes");
        let hosts = self.hosts;
        tokio::task::spawn_blocking(move || hosts.close())
            .await
            .expect("no panic")
            .expect("no command is left");
    }
}

fn engine(hosts: &Arc<DemoHosts>, keys: HostKeys) -> Engine {
    let credentials = Credentials { memory: Some(hosts.client_key()), ..Credentials::default() };
    let settings = Settings { poll: Duration::from_millis(50), ..Settings::default() };
    Engine::new(settings, Arc::new(Pipes(Arc::clone(hosts))), keys, credentials)
}

pub fn layla() -> Who {
    Who { name: "layla".to_owned(), proof: Proof::Typed, via: Via::Keyboard, seat: None }
}

/// Returns the command by which layla does `action` now.
pub fn command(action: Action) -> Command {
    Command { who: layla(), at: clock::now(), action }
}

/// Carries out `effects` and all that follows until nothing is on its way and nothing runs.
pub async fn settle(
    driver: &mut Driver,
    worker: &Worker,
    inbox: &mut Receiver<Answer>,
    effects: Vec<Effect>,
) {
    let mut asked = perform(driver, worker, effects);
    while asked > 0 || !driver.idle() {
        let answer =
            tokio::time::timeout(STUCK, inbox.recv()).await.expect("stuck").expect("the tasks go on");
        let effects = match answer {
            Answer::Recorded { result, .. } => driver.recorded(Ok(result.expect("the log takes it"))),
            Answer::Asked { asked, .. } => {
                worker.asking().reply(asked.id, Reply::Accept, &layla());
                continue;
            }
            Answer::Report { report, at, .. } => {
                // One that still runs is followed; its last answer comes then.
                let runs = matches!(report, Report::Probed { answer: Probe::Running(..), .. });
                asked -= usize::from(matches!(report, Report::Probed { .. }) && !runs);
                driver.report(report, at)
            }
            _ => continue,
        };
        asked += perform(driver, worker, effects);
    }
}

fn perform(driver: &Driver, worker: &Worker, effects: Vec<Effect>) -> usize {
    let probes = effects.iter().filter(|e| matches!(e, Effect::Probe { .. })).count();
    effects.into_iter().for_each(|effect| worker.perform(driver.run(), effect));
    probes
}

/// Takes the run up and does the obvious next thing until there is none; returns what is offered then. Boxes that ask
/// for a value get `omar`, steps that want a word get `word`.
pub async fn play(driver: &mut Driver, worker: &Worker, inbox: &mut Receiver<Answer>, word: &str) -> Offer {
    let mut effects = driver.take_up("the process that drove it was killed");
    loop {
        settle(driver, worker, inbox, effects).await;
        let (_, offer) = driver.run().attention(clock::now().wall);
        let action = match offer {
            Offer::Start(step) => {
                Action::Start { step, retry: false, confirmed: Some(word.to_owned()), out_of_order: false }
            }
            Offer::Sign(id, value) => {
                Action::Sign { id, note: None, value: value.map(|_| "omar".to_owned()), out_of_order: false }
            }
            Offer::Gate(gate) => Action::Vote { gate, vote: Vote::Go, text: None, role: None },
            Offer::Close => Action::Close { outcome: RunOutcome::Completed, reason: None },
            other => return other,
        };
        effects = driver.submit(&command(action)).expect("what is offered is not refused");
    }
}

/// Returns the facts of the only run in the log at `path`; none if there is no run yet.
pub fn facts(path: &Path) -> Vec<Recorded> {
    let read = || {
        let reader = Reader::open(path).ok()?;
        let run = reader.runs().ok()?.pop()?.run;
        Some(reader.load(&run).ok()?.events)
    };
    read().unwrap_or_default()
}

/// Returns the standard output of an attempt as the log has it, and panics at a gap.
pub fn output(path: &Path, number: u32) -> Vec<u8> {
    let reader = Reader::open(path).expect("a log");
    let run = reader.runs().expect("runs").pop().expect("a run").run;
    let mut all = Vec::new();
    for piece in reader.pieces(&run, number).expect("pieces") {
        if piece.stream == Stream::Stdout {
            assert_eq!(piece.offset, all.len() as u64, "a gap or an overlap");
            all.extend(reader.bytes_of(&piece).expect("its bytes"));
        }
    }
    all
}

/// Returns the number of the attempt at `step`, if there is exactly one.
pub fn only_attempt(facts: &[Recorded], step: &str) -> u32 {
    let numbers: Vec<u32> = facts
        .iter()
        .filter_map(|f| match &f.event {
            Event::StepIntended(e) if e.step.0 == step => Some(e.number),
            _ => None,
        })
        .collect();
    assert_eq!(numbers.len(), 1, "attempts at {step}: {numbers:?}");
    numbers[0]
}

/// Waits until `path` is there.
pub async fn appears(path: &Path) {
    let end = tokio::time::Instant::now() + STUCK;
    while !path.exists() {
        assert!(tokio::time::Instant::now() < end, "{} never came", path.display());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
