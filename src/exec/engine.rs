//! The engine: requests in, events and ends out. One value of it serves a whole process; it is cheap to clone.
//!
//! Invariant: values and scripts go to a host only over a connection on which `open` has answered.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::event::{CancelReport, CancelState, Class, Connected, End, Event, NotStarted, Probe};
use super::output::{ChunkRules, Filter, OutputSink};
use super::request::{CancelRequest, Host, StepRef, StepRequest};
use super::ssh::{Credentials, Dial, HostKeys};

/// Limits and times. The defaults are those of the design; tests use shorter ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Limit for dialling and key exchange together.
    pub connect: Duration,
    /// Limit for authentication.
    pub auth: Duration,
    /// Limit for opening one channel.
    pub channel_open: Duration,
    /// Limit for a host's answer to `open`, `probe` and `close`, and for a step to say that it began.
    pub answer: Duration,
    /// Interval of keepalive messages.
    pub keepalive: Duration,
    /// Unanswered keepalives after which the line counts as cut.
    pub keepalive_max: usize,
    /// How long output may still come after the exit status, while descendants hold it open.
    pub drain: Duration,
    /// Pause between two looks at a step that is followed after a reconnect.
    pub poll: Duration,
    /// Channels used at once on one connection; two more are left for cancels (sshd allows 10).
    pub channels: usize,
    /// Bytes of each stream that [`super::Keep::File`] keeps on the host.
    pub keep_cap: u64,
    /// How output is cut and capped.
    pub chunks: ChunkRules,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            auth: Duration::from_secs(60),
            channel_open: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            keepalive: Duration::from_secs(10),
            keepalive_max: 3,
            drain: Duration::from_secs(2),
            poll: Duration::from_millis(500),
            channels: 8,
            keep_cap: 64 * 1024 * 1024,
            chunks: ChunkRules::default(),
        }
    }
}

/// Answer to [`Engine::close`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// The directory is gone.
    Closed,
    /// It was gone already.
    Already,
    /// A step of it still runs (its number and state), so it stays.
    Busy(String),
    /// It could not be removed; why.
    Failed(String),
}

/// Runs steps on hosts. See the module for the invariant.
#[derive(Clone)]
pub struct Engine {
    settings: Arc<Settings>,
    dial: Arc<dyn Dial>,
    host_keys: HostKeys,
    credentials: Credentials,
}

impl Engine {
    /// Returns an engine that reaches hosts through `dial`, trusts what `host_keys` trusts and logs in with `credentials`.
    #[must_use]
    pub fn new(
        settings: Settings,
        dial: Arc<dyn Dial>,
        host_keys: HostKeys,
        credentials: Credentials,
    ) -> Self {
        Self { settings: Arc::new(settings), dial, host_keys, credentials }
    }

    /// Connects if need be and opens the run's directory: what has to be known (and recorded) before an intent.
    /// Sends [`Event::Connecting`] and [`Event::Connected`] when a connection is made.
    ///
    /// # Errors
    /// Says why no step can start there.
    pub async fn prepare(
        &self,
        host: &Host,
        seed: &str,
        events: &Sender<Event>,
    ) -> Result<Connected, NotStarted> {
        let _used = (&self.settings, &self.dial, &self.host_keys, &self.credentials, seed, events);
        Err(NotStarted { class: Class::Host, why: format!("cannot connect to {} yet", host.name) })
    }

    /// Runs one step and returns how it ended. Output goes through `filter` to `sink`; progress goes to `events`,
    /// whose receiver may be slow (only output notes are dropped) or gone.
    pub async fn step(
        &self,
        host: &Host,
        request: StepRequest,
        filter: Option<Box<dyn Filter>>,
        sink: Box<dyn OutputSink>,
        events: &Sender<Event>,
    ) -> End {
        let _used = (filter, sink);
        match self.prepare(host, &request.seed, events).await {
            Ok(_) => End::NotStarted(NotStarted { class: Class::Host, why: "not built yet".into() }),
            Err(error) => End::NotStarted(error),
        }
    }

    /// Finds a step again whose line was cut (or whose program crashed), fetches its kept output and waits for its
    /// end. `have` are the (redacted) bytes of standard output and standard error that are recorded already: only
    /// later ones go to `sink`, while the summaries count and hash all. Steps without [`super::Keep::File`] only yield
    /// their exit status.
    #[expect(clippy::too_many_arguments, reason = "each is needed and none belongs to another")]
    pub async fn follow(
        &self,
        host: &Host,
        step: &StepRef,
        have: [u64; 2],
        captures_stdout: bool,
        filter: Option<Box<dyn Filter>>,
        sink: Box<dyn OutputSink>,
        events: &Sender<Event>,
    ) -> End {
        let _used = (have, captures_stdout, filter, sink);
        match self.prepare(host, &step.seed, events).await {
            Ok(_) => End::NotStarted(NotStarted { class: Class::Host, why: "not built yet".into() }),
            Err(error) => End::NotStarted(error),
        }
    }

    /// Asks a host what became of a step, without touching it.
    ///
    /// # Errors
    /// Says why the host could not be asked.
    pub async fn probe(&self, host: &Host, step: &StepRef) -> Result<Probe, NotStarted> {
        Err(NotStarted {
            class: Class::Host,
            why: format!("cannot ask {} about {} yet", host.name, step.number),
        })
    }

    /// Ends a running step: TERM to its process group, the grace, KILL, and a look whether it is gone. Uses a second
    /// channel of the connection, or a second connection when there is none to be had. Sends [`Event::Cancel`].
    pub async fn cancel(&self, host: &Host, request: &CancelRequest, events: &Sender<Event>) -> CancelReport {
        let _used = (host, request, events);
        CancelReport {
            state: CancelState::CouldNotConfirm("not built yet".into()),
            after: None,
            left: Vec::new(),
        }
    }

    /// Removes a run's directory on a host at the end of a run; `force` also when a step in it still runs.
    ///
    /// # Errors
    /// Says why the host could not be asked.
    pub async fn close(&self, host: &Host, dir: &str, force: bool) -> Result<Closed, NotStarted> {
        Err(NotStarted {
            class: Class::Host,
            why: format!("cannot close {dir} on {} yet ({force})", host.name),
        })
    }

    /// Ends all connections. Steps that still run go on as [`super::Keep`] says.
    pub async fn disconnect(&self) {}
}
