//! The engine: requests in, events and ends out. One value of it serves a whole process; it is cheap to clone.
//!
//! Invariant: values and scripts go to a host only over a connection on which `open` has answered.

mod ask;
mod cancel;
mod follow;
mod open;
mod step;
mod terminal;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;

use super::event::{CancelReport, Class, Connected, End, Event, NotStarted, Probe, Sudo};
use super::line::{Base, Line};
use super::local::Here;
use super::output::{ChunkRules, Filter, OutputSink};
use super::question::Asker;
use super::recall::Recall;
use super::request::{CancelRequest, Host, StepRef, StepRequest};
use super::root::Root;
use super::ssh::{Credentials, Dial, HostKeys, Pool, Resolve};
use super::terminal::{ShellEnd, Terminal};

/// Limits and times. The defaults are those of the design; tests use shorter ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Limit for dialling and key exchange together.
    pub connect: Duration,
    /// Limit for authentication, without the time in which a person is asked.
    pub auth: Duration,
    /// Limit for sudo to ask its next question or to let root in, without the time in which a person is asked.
    pub sudo: Duration,
    /// Limit for an agent to tell its keys, for which nobody has to touch anything.
    pub agent: Duration,
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
            sudo: Duration::from_secs(60),
            agent: Duration::from_secs(5),
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
    pool: Arc<Pool>,
    here: Option<Arc<Here>>,
    /// What takes steps back that are started here.
    recall: Option<Recall>,
}

/// What a follow is given beside the step.
pub struct Follow {
    /// Bytes of standard output and standard error (after the filter) that are recorded already: only later ones go
    /// to the sink, while the summaries count and hash all.
    pub have: [u64; 2],
    /// Whether standard output is also returned as text.
    pub captures_stdout: bool,
    /// Changes output, as the first time.
    pub filter: Option<Box<dyn Filter>>,
    /// Takes output.
    pub sink: Box<dyn OutputSink>,
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
        Self {
            settings: Arc::new(settings),
            pool: Arc::new(Pool::new(dial, host_keys, credentials)),
            here: None,
            recall: None,
        }
    }

    /// Returns the same engine, whose steps `recall` takes back as long as nothing of them was sent.
    #[must_use]
    pub fn recalled_by(&self, recall: Recall) -> Self {
        Self { recall: Some(recall), ..self.clone() }
    }

    /// Lets `resolve` say how hosts are reached; without it only those are that are written out.
    #[must_use]
    pub fn resolving(self, resolve: Arc<dyn Resolve>) -> Self {
        Self { pool: Arc::new(self.pool.resolving(resolve)), ..self }
    }

    /// Lets the engine also run steps on this machine.
    #[must_use]
    pub fn with_local(self, here: Here) -> Self {
        Self { here: Some(Arc::new(here)), ..self }
    }

    /// Sets who is asked about new host keys and for passphrases and passwords; without one, all of that is refused. The
    /// first one stays, for all clones.
    pub fn set_asker(&self, asker: Arc<dyn Asker>) {
        self.pool.desk().set_asker(asker);
    }

    /// Sets the clock that certificates of hosts are judged by, in seconds since 1970; without one, none is valid. The
    /// first one stays, for all clones.
    pub fn set_clock(&self, now: fn() -> u64) {
        self.pool.desk().set_clock(now);
    }

    /// Connects if need be and opens the run's directory: what has to be known (and recorded) before an intent.
    /// Sends [`Event::Connecting`] when a connection is made and [`Event::Connected`] when the directory is opened on it.
    ///
    /// # Errors
    /// Says why no step can start there.
    pub async fn prepare(
        &self,
        host: &Host,
        seed: &str,
        events: &Sender<Event>,
    ) -> Result<Connected, NotStarted> {
        let (line, facts) = open::ready(self, host, seed, events).await?;
        Ok(line.connected(facts))
    }

    /// Runs one step and returns how it ended. Output goes through `filter` to `sink`; progress goes to `events`,
    /// whose receiver may be slow (only output notes are dropped) or gone. When the future is dropped, the step goes
    /// on and its output is still read.
    pub async fn step(
        &self,
        host: &Host,
        request: StepRequest,
        filter: Option<Box<dyn Filter>>,
        sink: Box<dyn OutputSink>,
        events: &Sender<Event>,
    ) -> End {
        step::run(self, host, request, filter, sink, events, None).await
    }

    /// Runs one step in a terminal of its own: what is typed on `terminal` reaches it, all that it says is standard
    /// output. It is hung up with its line, whatever [`super::Keep`] says; so the caller asks the host to keep nothing.
    pub async fn step_in_terminal(
        &self,
        host: &Host,
        request: StepRequest,
        filter: Option<Box<dyn Filter>>,
        sink: Box<dyn OutputSink>,
        events: &Sender<Event>,
        terminal: Terminal,
    ) -> End {
        step::run(self, host, request, filter, sink, events, Some(terminal)).await
    }

    /// Opens the account's login shell on a host, in a terminal, as `ssh` does, and returns how it ended. Nothing of
    /// gonogo's runs there. [`Event::Output`] tells what it says; nothing is stored. `opened` is told when it is open.
    pub async fn shell(
        &self,
        host: &Host,
        filter: Option<Box<dyn Filter>>,
        events: &Sender<Event>,
        terminal: Terminal,
        opened: oneshot::Sender<()>,
    ) -> ShellEnd {
        terminal::shell(self, host, filter, events, terminal, opened).await
    }

    /// Finds a step again whose line was cut (or whose program crashed), fetches its kept output and waits for its
    /// end. Steps without [`super::Keep::File`] only yield their exit status. A number that the host has never heard
    /// of is used up there: then `NotStarted` is certain, even if the step was still on its way.
    pub async fn follow(&self, host: &Host, step: &StepRef, how: Follow, events: &Sender<Event>) -> End {
        follow::follow(self, host, step, how, events).await
    }

    /// Asks a host what became of a step, without touching it.
    ///
    /// # Errors
    /// Says why the host could not be asked.
    pub async fn probe(&self, host: &Host, step: &StepRef) -> Result<Probe, NotStarted> {
        let line = self.line(host, None).await?;
        let answer = ask::state(self, host, &line, step, false).await?;
        answer.probe().ok_or_else(|| ask::silent(host, "about a step"))
    }

    /// Asks whether `sudo` wants a password of the account.
    ///
    /// # Errors
    /// Says why the host could not be asked.
    pub async fn sudo(&self, host: &Host, seed: &str, events: &Sender<Event>) -> Result<Sudo, NotStarted> {
        let (line, _) = open::ready(self, host, seed, events).await?;
        ask::sudo(self, host, &line).await
    }

    /// Leaves `line` in the host's system log, over the connection that is there; makes none.
    ///
    /// # Errors
    /// Says why it is not there.
    pub async fn witness(&self, host: &Host, line: &str) -> Result<(), String> {
        let connection = self.existing(host).ok_or_else(|| "it is not connected any more".to_owned())?;
        ask::witness(self, host, &connection, line).await.map_err(|no| no.why)?
    }

    /// Ends a running step: TERM to its process group, the grace, KILL, and a look whether it is gone. Uses a second
    /// channel of the connection, or a second connection when there is none to be had. Sends [`Event::Cancel`].
    pub async fn cancel(&self, host: &Host, request: &CancelRequest, events: &Sender<Event>) -> CancelReport {
        cancel::cancel(self, host, request, events).await
    }

    /// Removes a run's directory on a host at the end of a run; `force` also when a step in it still runs.
    ///
    /// # Errors
    /// Says why the host could not be asked.
    pub async fn close(&self, host: &Host, dir: &str, force: bool) -> Result<Closed, NotStarted> {
        let line = self.line(host, None).await?;
        let closed = ask::close(self, host, &line, dir, force).await?;
        if matches!(closed, Closed::Closed | Closed::Already) {
            line.opened().forget(dir);
        }
        Ok(closed)
    }

    /// Returns how long `host` takes to answer over the connection that is there; none if there is none.
    pub async fn round_trip(&self, host: &Host) -> Option<Duration> {
        self.existing(host)?.round_trip().await
    }

    /// Ends all connections, and forgets the passwords that sudo was given. Steps that still run go on as
    /// [`super::Keep`] says.
    pub async fn disconnect(&self) {
        self.pool.disconnect().await;
        self.pool.desk().forget_sudo();
    }

    /// Returns the line to `host`; opens nothing on it.
    async fn line(&self, host: &Host, events: Option<&Sender<Event>>) -> Result<Line, NotStarted> {
        let (line, made) = self.pooled(host, events).await?;
        if made {
            tell(events, Event::Reached(line.reached())).await;
        }
        Ok(line)
    }

    /// Returns the line to `host`, and whether it was made just now.
    async fn pooled(&self, host: &Host, events: Option<&Sender<Event>>) -> Result<(Line, bool), NotStarted> {
        if host.is_local() {
            return Ok((self.local(host)?, false));
        }
        let line = self.pool.line(&self.settings, host, tell(events, Event::Connecting)).await;
        // Whatever became of the line: somebody accepted a key.
        if events.is_some() {
            for accepted in self.pool.desk().take_untold() {
                tell(events, Event::KeyAccepted(accepted)).await;
            }
        }
        let (line, made) = line?;
        Ok((self.lead(Base::Ssh(line), host), made))
    }

    /// Returns what leads over `base` to the account of `host`, or to root there.
    fn lead(&self, base: Base, host: &Host) -> Line {
        let line = Line::from(base);
        if !host.sudo {
            return line;
        }
        line.through(Root::new(host, self.pool.desk().clone(), &self.settings))
    }

    /// Returns the line that is there, if it is not being made right now.
    fn existing(&self, host: &Host) -> Option<Line> {
        if host.is_local() {
            return self.local(host).ok();
        }
        Some(self.lead(Base::Ssh(self.pool.existing(host)?), host))
    }

    /// Returns a line that nobody else uses.
    async fn fresh(&self, host: &Host) -> Result<Line, NotStarted> {
        if host.is_local() {
            return self.local(host);
        }
        let line = Arc::new(self.pool.fresh(&self.settings, host).await?);
        Ok(self.lead(Base::Ssh(line), host))
    }

    /// Forgets `line`: it turned out to be gone before it said so.
    async fn discard(&self, host: &Host, line: &Line) {
        if let Some(line) = line.ssh() {
            self.pool.discard(host, line).await;
        }
    }

    fn local(&self, host: &Host) -> Result<Line, NotStarted> {
        let why = "steps with on=local, which run on this machine, do not run here".to_owned();
        let here = self.here.clone().ok_or(NotStarted { class: Class::Host, why })?;
        Ok(self.lead(Base::Local(here), host))
    }
}

/// Sends an event that must not be lost. A receiver that is gone wants none.
async fn tell(events: Option<&Sender<Event>>, event: Event) {
    if let Some(events) = events {
        drop(events.send(event).await);
    }
}

/// Returns 32 random hex digits.
pub(super) fn nonce() -> Result<String, NotStarted> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| NotStarted {
        class: Class::Request,
        why: format!("this machine gives no random numbers: {error}"),
    })?;
    Ok(super::chunk::hex(&bytes))
}
