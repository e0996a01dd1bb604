//! Doing what the core asks for: appending facts, running steps, cancelling, asking hosts. Each deed is a task that
//! answers through one bounded channel.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::audit::locks::Held;
use crate::exec;
use crate::run::attempt::Attempt;
use crate::run::conclude::{Ended, Report};
use crate::run::driver::{Effect, Order};
use crate::run::fact::{
    ChildOpened, Entry, HostConnected, HostKeyRefused, HostPin, Outcome, Probe, Recorded, Seen, Stream,
    StreamSummary, Who,
};
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runtime::clock;
use crate::runtime::log::Log;
use crate::runtime::sink::LogSink;
use crate::runtime::tails::Tails;

/// What a deed answers.
#[derive(Debug)]
pub enum Answer {
    /// The log's answer to facts of a run.
    Recorded {
        /// The run.
        run: String,
        /// The durable facts, or why they are not.
        result: Result<Vec<Recorded>, String>,
    },
    /// Something was seen outside.
    Report {
        /// The run.
        run: String,
        /// What.
        report: Report,
        /// When.
        at: crate::clock::Stamp,
    },
    /// Output grew; only for the screen, may be dropped.
    Grew {
        /// The run.
        run: String,
        /// The attempt.
        number: u32,
        /// When.
        at: crate::clock::Stamp,
    },
    /// How far a deed has come, in words for the screen.
    Progress {
        /// The run.
        run: String,
        /// The attempt.
        number: u32,
        /// The words.
        text: String,
    },
    /// The log was tried again.
    Retried(Result<(), String>),
    /// A child run was opened, or why it was not.
    Child {
        /// The parent.
        parent: String,
        /// The parent's fact, not recorded yet, and the child.
        result: Result<(ChildOpened, Box<Run>), String>,
    },
    /// Output that was asked for.
    Output(crate::tui::msg::Output),
    /// Something that the person should read once.
    Told(String),
    /// A child run is wanted; the frontend opens it.
    ChildWanted {
        /// The parent.
        run: String,
        /// Who asked.
        who: Who,
        /// The box with the link; none for the rollback.
        in_box: Option<BoxId>,
        /// The link.
        link: String,
        /// Earlier open boxes that were named and accepted.
        out_of_order: Vec<BoxId>,
    },
}

/// Does what the core asks for. Cheap to clone.
#[derive(Clone)]
pub struct Worker {
    engine: exec::Engine,
    log: Log,
    tails: Tails,
    held: Arc<Mutex<Vec<Held>>>,
    answers: mpsc::Sender<Answer>,
    /// The directory of each run on each host, by seed, once the host has named it.
    directories: Arc<Mutex<HashMap<String, Directory>>>,
}

/// A run's directory on a host: its path, and what tells it from one made later in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The path.
    pub dir: String,
    /// The token.
    pub born: String,
}

/// How many answers may wait for the frontend.
const ANSWERS: usize = 1024;

impl Worker {
    /// Returns a worker and the channel that its answers come through.
    #[must_use]
    pub fn new(engine: exec::Engine, log: Log) -> (Self, mpsc::Receiver<Answer>) {
        let (answers, receiver) = mpsc::channel(ANSWERS);
        let worker = Self {
            engine,
            log,
            tails: Tails::default(),
            held: Arc::default(),
            answers,
            directories: Arc::default(),
        };
        (worker, receiver)
    }

    /// Keeps the driver's locks. When one of them was taken over, nothing is recorded any more.
    pub fn hold(&self, locks: Vec<Held>) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).extend(locks);
    }

    /// Gives the driver's locks back; their files go when `retire` says that nobody needs them again.
    pub fn let_go(&self, retire: bool) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for lock in held.drain(..) {
            if retire {
                // A file that stays behind harms nobody: only the kernel's lock counts.
                lock.retire().unwrap_or_default();
            }
        }
    }

    /// Returns whether all locks are still this driver's; not any more after somebody took the run over.
    #[must_use]
    pub fn driving(&self) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).iter().all(Held::is_ours)
    }

    /// Returns the newest output of attempts.
    #[must_use]
    pub const fn tails(&self) -> &Tails {
        &self.tails
    }

    /// Runs `task` beside everything else; what it returns reaches the frontend.
    pub fn spawn(&self, task: impl Future<Output = Answer> + Send + 'static) {
        let worker = self.clone();
        tokio::spawn(async move { worker.answer(task.await).await });
    }

    /// Returns the log that facts go to.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Remembers where a run's directory lies on a host, from the record of an earlier session.
    pub fn remember(&self, seed: &str, directory: Directory) {
        if !directory.dir.is_empty() {
            self.known().insert(seed.to_owned(), directory);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Directory>> {
        self.directories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts what `effect` of `run` asks for.
    pub fn perform(&self, run: &Run, effect: Effect) {
        let worker = self.clone();
        let name = run.id.clone();
        let attempt = |number: u32| {
            let attempt = run.attempts.get(&number)?;
            let host = run.opened.hosts.iter().find(|h| h.name == attempt.intent.host)?;
            Some((attempt.clone(), host.clone()))
        };
        match effect {
            Effect::Record { run, entries } => {
                tokio::spawn(async move { worker.record(run, entries).await });
            }
            Effect::Exec(order) => {
                tokio::spawn(async move { worker.exec(name, *order).await });
            }
            Effect::Cancel { number } => {
                if let Some((attempt, host)) = attempt(number) {
                    tokio::spawn(async move { worker.cancel(name, attempt, host).await });
                }
            }
            Effect::Probe { number } => {
                if let Some((attempt, host)) = attempt(number) {
                    tokio::spawn(async move { worker.probe(name, attempt, host).await });
                }
            }
            Effect::OpenChild { who, in_box, link, out_of_order } => {
                let wanted = Answer::ChildWanted { run: name, who, in_box, link, out_of_order };
                tokio::spawn(async move { worker.answer(wanted).await });
            }
        }
    }

    /// Ends all connections; steps that run go on on their hosts.
    pub async fn disconnect(&self) {
        self.engine.disconnect().await;
    }

    /// Removes the run's directories from its hosts, unless something in them still runs.
    pub async fn tidy(&self, run: &Run) {
        let used: BTreeSet<(&str, &str)> =
            run.attempts.values().map(|a| (a.intent.host.as_str(), a.intent.dir.as_str())).collect();
        for (name, seed) in used {
            let known = self.known().get(seed).cloned();
            let host = run.opened.hosts.iter().find(|h| h.name == name);
            if let (Some(Directory { dir, .. }), Some(host)) = (known, host) {
                // What cannot be removed lies in a directory that only the account itself can read.
                drop(self.engine.close(&reach(host), &dir, false).await);
            }
        }
    }

    async fn answer(&self, answer: Answer) {
        // A closed channel means that the frontend has ended; the log has what matters.
        self.answers.send(answer).await.unwrap_or_default();
    }

    async fn report(&self, run: &str, report: Report) {
        self.answer(Answer::Report { run: run.to_owned(), report, at: clock::now() }).await;
    }

    async fn record(&self, run: String, entries: Vec<Entry>) {
        let result = if self.driving() {
            self.log.append(Some(&run), entries).await.map_err(|e| e.to_string())
        } else {
            Err("somebody else has taken this run over; here it can only be looked at".to_owned())
        };
        self.answer(Answer::Recorded { run, result }).await;
    }

    async fn exec(&self, run: String, order: Order) {
        let intent = &order.intent;
        let host = reach(&order.host);
        let request = exec::StepRequest {
            number: intent.number,
            seed: intent.dir.clone(),
            script: intent.script.clone(),
            strict: intent.strict,
            keep: if intent.keep { exec::Keep::File } else { exec::Keep::Off },
            load: intent.load,
            save: !intent.check,
            cwd: None,
            values: order
                .vars
                .iter()
                .map(|(name, value)| exec::Value {
                    name: name.clone(),
                    value: value.clone().into(),
                    secret: false,
                })
                .collect(),
            captures_stdout: true,
        };
        let sink = LogSink::new(self.log.clone(), run.clone(), intent.number, [0, 0]);
        let progress = self.listen(&run, intent.number, &order.host, &intent.dir);
        let end = self.engine.step(&host, request, None, Box::new(sink), &progress).await;
        drop(progress);
        self.ended(&run, intent.number, &host, end).await;
    }

    async fn ended(&self, run: &str, number: u32, host: &exec::Host, end: exec::End) {
        let report = match end {
            exec::End::Ended(end) => Report::Ended { number, end: Box::new(ended(*end)) },
            exec::End::Lost(lost) => Report::Lost { number, why: lost.why },
            exec::End::NotStarted(no) => {
                if no.class == exec::Class::HostKey {
                    let refused =
                        HostKeyRefused { host: host.name.clone(), why: no.why.clone(), fingerprint: None };
                    self.report(run, Report::KeyRefused(refused)).await;
                }
                Report::Ended { number, end: Box::new(not_started(no.why)) }
            }
        };
        self.report(run, report).await;
    }

    /// Returns the channel for an attempt's progress; a task passes it on.
    fn listen(&self, run: &str, number: u32, host: &HostPin, seed: &str) -> mpsc::Sender<exec::Event> {
        let (sender, mut events) = mpsc::channel(256);
        let (worker, run, host, seed) = (self.clone(), run.to_owned(), host.clone(), seed.to_owned());
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                worker.progress(&run, number, &host, &seed, event).await;
            }
        });
        sender
    }

    async fn progress(&self, run: &str, number: u32, host: &HostPin, seed: &str, event: exec::Event) {
        match event {
            exec::Event::Connected(seen) => {
                self.remember(seed, directory(&seen));
                self.report(run, Report::Connected(connected(host, &seen))).await;
            }
            exec::Event::Reached(_) => {}
            exec::Event::Started(s) => {
                self.report(run, Report::Started { number, pid: s.pid, pgid: s.pgid }).await;
            }
            exec::Event::Output { stream, offset, tail, .. } => {
                let at = clock::now();
                self.tails.push(run, number, stream_of(stream), offset, tail, at);
                let note = Answer::Grew { run: run.to_owned(), number, at };
                // A note for the screen may be dropped; the bytes are in the log and in the tail.
                self.answers.try_send(note).unwrap_or_default();
            }
            exec::Event::Connecting => {}
            exec::Event::Reconnecting { attempt } => {
                self.say(run, number, format!("the line was cut; asking {} again ({attempt})", host.name))
                    .await;
            }
            exec::Event::Cancel(state) => self.say(run, number, cancel_words(&state)).await,
        }
    }

    async fn say(&self, run: &str, number: u32, text: String) {
        self.answer(Answer::Progress { run: run.to_owned(), number, text }).await;
    }

    async fn cancel(&self, run: String, attempt: Attempt, pin: HostPin) {
        let number = attempt.intent.number;
        let Some(step) = self.step_ref(&attempt, &pin).await else {
            self.say(&run, number, format!("could not reach {} to stop it", pin.name)).await;
            return;
        };
        let request = exec::CancelRequest { step, grace_tenths: 50, all: false };
        let progress = self.listen(&run, number, &pin, &attempt.intent.dir);
        let report = self.engine.cancel(&reach(&pin), &request, &progress).await;
        drop(progress);
        let mut words = cancel_words(&report.state);
        for left in &report.left {
            words.push_str(&format!("; process {} goes on: {}", left.pid, left.command));
        }
        self.say(&run, number, words).await;
        if attempt.unknown.is_some() {
            self.probe(run, attempt, pin).await;
        }
    }

    async fn probe(&self, run: String, attempt: Attempt, pin: HostPin) {
        let number = attempt.intent.number;
        let host = reach(&pin);
        let unreachable = |why: String| Report::Probed {
            number,
            answer: Probe::Unreachable(why),
            left: Vec::new(),
            end: None,
        };
        let Some(step) = self.step_ref(&attempt, &pin).await else {
            let why = format!("{} cannot be reached, or the run's directory is not there", pin.name);
            self.report(&run, unreachable(why)).await;
            return;
        };
        let report = match self.engine.probe(&host, &step).await {
            Err(no) => unreachable(no.why),
            Ok(found) => {
                let left = found.left.iter().map(|l| format!("{} {}", l.pid, l.command)).collect();
                let answer = answer_of(&found);
                let end = match &answer {
                    Probe::Ended(_) => self.fetch(&run, &attempt, &host, &step).await,
                    _ => None,
                };
                Report::Probed { number, answer, left, end: end.map(Box::new) }
            }
        };
        self.report(&run, report).await;
    }

    /// Fetches what the host kept of an attempt that has ended.
    async fn fetch(
        &self,
        run: &str,
        attempt: &Attempt,
        host: &exec::Host,
        step: &exec::StepRef,
    ) -> Option<Ended> {
        let number = attempt.intent.number;
        let have = self.log.stored(run, number).await;
        let sink = LogSink::new(self.log.clone(), run.to_owned(), number, have);
        let (progress, _ignored) = mpsc::channel(16);
        let follow = exec::Follow { have, captures_stdout: true, filter: None, sink: Box::new(sink) };
        match self.engine.follow(host, step, follow, &progress).await {
            exec::End::Ended(end) => Some(ended(*end)),
            exec::End::NotStarted(_) | exec::End::Lost(_) => None,
        }
    }

    /// Returns how the host knows the attempt. Without a directory that it has named before, it is asked for one; a
    /// directory that it had to make anew proves nothing and is not used.
    async fn step_ref(&self, attempt: &Attempt, pin: &HostPin) -> Option<exec::StepRef> {
        let seed = attempt.intent.dir.clone();
        let number = attempt.intent.number;
        let known = self.known().get(&seed).cloned();
        if let Some(Directory { dir, born }) = known {
            return Some(exec::StepRef { dir, born, seed, number });
        }
        let (progress, _ignored) = mpsc::channel(16);
        let seen = self.engine.prepare(&reach(pin), &seed, &progress).await.ok()?;
        if !seen.facts.had {
            return None;
        }
        let Directory { dir, born } = directory(&seen);
        Some(exec::StepRef { dir, born, seed, number })
    }
}

fn directory(seen: &exec::Connected) -> Directory {
    Directory { dir: seen.facts.dir.clone(), born: seen.facts.born.clone() }
}

fn reach(pin: &HostPin) -> exec::Host {
    exec::Host {
        name: pin.name.clone(),
        user: pin.user.clone(),
        address: pin.address.clone(),
        port: pin.port,
        identity: pin.identity.clone().map(Into::into),
        known_hosts: pin.known_hosts.clone().map(Into::into),
    }
}

const fn stream_of(stream: exec::Stream) -> Stream {
    match stream {
        exec::Stream::Stdout => Stream::Stdout,
        exec::Stream::Stderr => Stream::Stderr,
    }
}

fn summary(of: exec::StreamSummary) -> StreamSummary {
    StreamSummary { bytes: of.bytes, sha256: of.sha256, head: of.head, tail: of.tail, dropped: of.dropped }
}

fn ended(end: exec::Ended) -> Ended {
    let mut remarks = end.notes;
    if let Some(why) = end.sink_failed {
        remarks.push(format!("not all of its output is in the log: {why}"));
    }
    Ended {
        outcome: match end.exit {
            exec::Exit::Code(code) => Outcome::Exited(code),
            exec::Exit::Signal(name) => Outcome::Signalled(name),
        },
        carried: end.carried,
        stdout: summary(end.stdout),
        stderr: summary(end.stderr),
        text: end.stdout_text.unwrap_or_default(),
        seen: match end.recorded_by {
            exec::Recorder::Channel => Seen::Line,
            exec::Recorder::Marker => Seen::Marker,
        },
        remarks,
        output: Vec::new(),
    }
}

fn not_started(why: String) -> Ended {
    Ended {
        outcome: Outcome::NotStarted(why),
        carried: false,
        stdout: StreamSummary::default(),
        stderr: StreamSummary::default(),
        text: String::new(),
        seen: Seen::Line,
        remarks: Vec::new(),
        output: Vec::new(),
    }
}

fn connected(host: &HostPin, seen: &exec::Connected) -> HostConnected {
    let facts = &seen.facts;
    let shell = facts.bash.as_ref().map_or_else(|| "sh".to_owned(), |v| format!("bash {v}"));
    let pipefail =
        if facts.pipefail { "" } else { ", no pipefail: a failing command inside a pipe is not noticed" };
    HostConnected {
        host: host.name.clone(),
        user: host.user.clone(),
        address: host.address.clone(),
        port: host.port,
        key_type: seen.key_type.clone(),
        fingerprint: seen.fingerprint.clone(),
        trusted: match &seen.trust {
            exec::Trust::KnownHosts { file, line } => format!("{file}:{line}"),
            exec::Trust::Pinned => "the embedded host's own key".to_owned(),
        },
        about: format!("{} {}, {shell}{pipefail}, login by {}", facts.node, facts.os, seen.auth),
        dir: facts.dir.clone(),
        born: facts.born.clone(),
    }
}

fn answer_of(found: &exec::Probe) -> Probe {
    match &found.state {
        exec::ProbeState::Gone => Probe::Gone,
        exec::ProbeState::Never => Probe::Never,
        exec::ProbeState::NeverStarted => Probe::NeverStarted,
        exec::ProbeState::Starting => Probe::Starting,
        exec::ProbeState::Running(s) => Probe::Running(s.pid, s.pgid),
        exec::ProbeState::Ended { code, .. } => Probe::Ended(*code),
        exec::ProbeState::Died if found.runs() => Probe::Running(found.left.first().map_or(0, |l| l.pid), 0),
        exec::ProbeState::Died => Probe::Died,
        exec::ProbeState::OtherBoot(_) => Probe::OtherBoot,
    }
}

fn cancel_words(state: &exec::CancelState) -> String {
    match state {
        exec::CancelState::Asked => "asking the host to stop it".to_owned(),
        exec::CancelState::TermSent => "TERM sent".to_owned(),
        exec::CancelState::KillSent => "it did not end; KILL sent".to_owned(),
        exec::CancelState::Terminated => "ended by TERM, its process group is gone".to_owned(),
        exec::CancelState::Killed => "ended by KILL, its process group is gone".to_owned(),
        exec::CancelState::NotRunning => "it was not running any more".to_owned(),
        exec::CancelState::Stuck(pids) => format!("could not be ended, waiting in the kernel: {pids:?}"),
        exec::CancelState::CouldNotConfirm(why) => format!("could not confirm that it ended: {why}"),
    }
}
