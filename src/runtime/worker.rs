//! Doing what the core asks for: appending facts, running steps, cancelling, asking hosts. Each deed is a task that
//! answers through one bounded channel.

mod ask;
mod steps;
pub mod terminals;
mod witness;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::audit::locks::Held;
use crate::audit::writer::WriteError;
use crate::exec;
use crate::report::changes::Disk;
use crate::run::conclude::Report;
use crate::run::driver::Effect;
use crate::run::event::{Event, StepIntended};
use crate::run::fact::{ChildOpened, Entry, Recorded, Who};
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runtime::asking::Asking;
use crate::runtime::clock;
use crate::runtime::log::Log;
use crate::runtime::reach::{held, reach_for};
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
    /// Facts of a run wait for a key to sign them.
    Signing {
        /// The run.
        run: String,
        /// Since when.
        at: crate::clock::Stamp,
    },
    /// Facts of a run were not signed, or not seen as they were signed; they are not in the log.
    NotSigned {
        /// The run.
        run: String,
        /// Why.
        why: String,
        /// What others recorded of the run meanwhile.
        newer: Vec<Recorded>,
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
    /// Others recorded this of runs, in this order.
    Others(Vec<(String, Recorded)>),
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
    /// What the file of a run holds now; none when it is the text that the run keeps.
    Disk {
        /// The run.
        run: String,
        /// What it holds.
        disk: Option<Disk>,
    },
    /// Something that the person should read once.
    Told(String),
    /// A connection asks something that only a person knows.
    Asked {
        /// The question.
        asked: Box<crate::tui::msg::Asked>,
        /// When.
        at: crate::clock::Stamp,
    },
    /// Nobody wants to know the reply to this question any more.
    Withdrawn(u64),
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
    /// The person at the terminal.
    asking: Asking,
    /// The directory of each run on each host, by seed, once the host has named it.
    directories: Arc<Mutex<HashMap<String, Directory>>>,
    /// Attempts whose line was cut and that are followed, by run and number.
    followed: Arc<Mutex<BTreeSet<(String, u32)>>>,
    /// What takes attempts back of which nothing was sent yet, by run and number.
    recalls: Arc<Mutex<HashMap<(String, u32), exec::Recall>>>,
    terminals: terminals::Terminals,
    /// Hosts whose system log has a head of this process, by run and name.
    witnesses: Arc<Mutex<BTreeSet<(String, String)>>>,
}

/// A run's directory on a host: its path, and what tells it from one made later in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The path.
    pub dir: String,
    /// The token.
    pub born: String,
}

/// Why a driver whose lock was taken writes nothing any more.
const TAKEN_OVER: &str = "somebody else has taken this run over; here it can only be looked at";

/// How many answers may wait for the frontend.
const ANSWERS: usize = 1024;

impl Worker {
    /// Returns a worker and the channel that its answers come through.
    #[must_use]
    pub fn new(engine: exec::Engine, log: Log) -> (Self, mpsc::Receiver<Answer>) {
        let (answers, receiver) = mpsc::channel(ANSWERS);
        engine.set_clock(clock::unix);
        let asking = Asking::new(answers.clone(), log.vault().clone());
        let worker = Self {
            engine,
            log,
            asking,
            tails: Tails::default(),
            held: Arc::default(),
            answers,
            directories: Arc::default(),
            followed: Arc::default(),
            recalls: Arc::default(),
            terminals: terminals::Terminals::default(),
            witnesses: Arc::default(),
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

    /// Lets connections ask the person whose frontend reads the answers. Without this all that only a person knows is
    /// refused.
    pub fn sit(&self) {
        self.asking.sit();
        self.engine.set_asker(Arc::new(self.asking.clone()));
    }

    /// Returns the person at the terminal.
    #[must_use]
    pub const fn asking(&self) -> &Asking {
        &self.asking
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

    /// Tries to write again after a failure.
    ///
    /// # Errors
    /// Why it still does not go.
    pub async fn retry(&self) -> Result<(), String> {
        if self.driving() { self.log.retry().await } else { Err(TAKEN_OVER.to_owned()) }
    }

    /// Says something to the person; a frontend that is behind does not hear it.
    pub fn tell(&self, text: &str) {
        self.answers.try_send(Answer::Told(text.to_owned())).unwrap_or_default();
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

    fn followed(&self) -> MutexGuard<'_, BTreeSet<(String, u32)>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recalls(&self) -> MutexGuard<'_, HashMap<(String, u32), exec::Recall>> {
        self.recalls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Directory>> {
        self.directories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts what `effect` of `run` asks for.
    pub fn perform(&self, run: &Run, effect: Effect) {
        self.log.debug().effect(&run.id, &effect);
        let worker = self.clone();
        let name = run.id.clone();
        let attempt = |number: u32| {
            let attempt = run.attempts.get(&number)?;
            let host = run.opened.hosts.iter().find(|h| h.name == attempt.intent.host)?;
            Some((attempt.clone(), held(run, host.clone())))
        };
        match effect {
            Effect::Record { run: name, entries, after } => {
                let (run, at) = (name, witness::Place::of(run));
                tokio::spawn(async move {
                    let reached = worker.record(run, entries, after).await;
                    worker.witness_first(&at, reached).await;
                });
            }
            Effect::Exec(mut order) => {
                order.host = held(run, order.host);
                let recall = exec::Recall::default();
                let key = (name.clone(), order.intent.number);
                self.recalls().insert(key.clone(), recall.clone());
                tokio::spawn(async move {
                    worker.exec(name, *order, recall).await;
                    worker.recalls().remove(&key);
                });
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
            Effect::Shell { shell, host } => {
                let host = held(run, *host);
                tokio::spawn(async move { worker.shell(name, shell, host).await });
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
        let intents = run.attempts.values().map(|a| &a.intent);
        let used: BTreeMap<(&str, &str), &StepIntended> =
            intents.map(|intent| ((intent.host.as_str(), intent.dir.as_str()), intent)).collect();
        for ((name, seed), intent) in used {
            let known = self.known().get(seed).cloned();
            let host = run.opened.hosts.iter().find(|h| h.name == name);
            if let (Some(Directory { dir, .. }), Some(host)) = (known, host) {
                // What cannot be removed lies in a directory that only the account itself can read.
                drop(self.engine.close(&reach_for(host, intent), &dir, false).await);
            }
        }
    }

    /// Returns whether nobody reads the answers any more.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.answers.is_closed()
    }

    pub(super) async fn answer(&self, answer: Answer) {
        let clean = |text: String| self.log.vault().text(&text);
        // What hosts say reaches the screen this way without being a fact; facts are cleaned on their way to the log.
        let answer = match answer {
            Answer::Progress { run, number, text } => Answer::Progress { run, number, text: clean(text) },
            Answer::Told(text) => Answer::Told(clean(text)),
            Answer::Retried(Err(why)) => Answer::Retried(Err(clean(why))),
            Answer::Child { parent, result: Err(why) } => Answer::Child { parent, result: Err(clean(why)) },
            Answer::Recorded { run, result } => Answer::Recorded { run, result: result.map_err(clean) },
            Answer::NotSigned { run, why, newer } => Answer::NotSigned { run, why: clean(why), newer },
            other => other,
        };
        self.log.debug().answer(&answer);
        // A closed channel means that the frontend has ended; the log has what matters.
        self.answers.send(answer).await.unwrap_or_default();
    }

    async fn report(&self, run: &str, report: Report) {
        self.report_at(run, report, clock::now()).await;
    }

    async fn report_at(&self, run: &str, report: Report, at: crate::clock::Stamp) {
        self.answer(Answer::Report { run: run.to_owned(), report, at }).await;
    }

    /// Records facts of a run, unless others recorded something after place `after` that they may depend on.
    ///
    /// Returns the hosts that were reached by that.
    async fn record(&self, run: String, entries: Vec<Entry>, after: Option<u64>) -> Vec<String> {
        let result = if self.driving() {
            if self.log.waits_for_key(&entries) {
                self.answer(Answer::Signing { run: run.clone(), at: clock::now() }).await;
            }
            match self.log.append_unless(Some(&run), entries, after).await {
                Err(why @ WriteError::Unsigned(_)) => {
                    let why = why.to_string();
                    self.answer(Answer::NotSigned { run, why, newer: Vec::new() }).await;
                    return Vec::new();
                }
                Err(why @ WriteError::Newer { .. }) => {
                    let after = after.unwrap_or(u64::MAX);
                    let (why, newer) = (why.to_string(), self.log.from_others(&run, after).await);
                    self.answer(Answer::NotSigned { run, why, newer }).await;
                    return Vec::new();
                }
                result => result.map_err(|e| e.to_string()),
            }
        } else {
            Err(TAKEN_OVER.to_owned())
        };
        let reached = result.iter().flatten().filter_map(|fact| match &fact.event {
            Event::HostConnected(connected) if !connected.sudo => Some(connected.host.clone()),
            _ => None,
        });
        let reached = reached.collect();
        self.answer(Answer::Recorded { run, result }).await;
        reached
    }
}
