//! What this room tells: progress as events, ends as values. Plain data; no clock is read, the receiver stamps.

use super::known_hosts::Spot;
use super::output::Stream;

/// Progress of one step. Only [`Event::Output`] and [`Event::Cancel`] may be dropped when the receiver is behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A connection is being made; not sent when a pooled one serves.
    Connecting,
    /// The host key was accepted, authentication succeeded and the host described itself.
    Connected(Connected),
    /// A key that was not recorded was accepted; told before anything else about the connection.
    KeyAccepted(KeyAccepted),
    /// A connection was made to ask about an earlier step: nothing was opened on the host.
    Reached(Reached),
    /// The host has recorded the step as begun.
    Started(Started),
    /// Output grew. A hint for the screen: the record of output is what the sink got.
    Output {
        /// Which stream.
        stream: Stream,
        /// Offset of `tail` in the (redacted) stream; a jump means that notes were dropped.
        offset: u64,
        /// The newest bytes, at most 16 KiB.
        tail: Vec<u8>,
        /// Bytes of the stream so far.
        total: u64,
    },
    /// A cancel moved on.
    Cancel(CancelState),
    /// The line was cut and the step is being asked for again; `attempt` counts from 1.
    Reconnecting {
        /// Which attempt this is.
        attempt: u32,
    },
}

/// How the host key came to be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// A line of a `known_hosts` file names this key for this host.
    KnownHosts {
        /// Path of the file.
        file: String,
        /// One-based line number.
        line: usize,
    },
    /// A line of a `known_hosts` file names the authority that vouches for it.
    Authority {
        /// Path of the file.
        file: String,
        /// One-based line number.
        line: usize,
        /// What the authority calls its certificate; hostile text.
        id: String,
    },
    /// A person accepted it, for as long as this process lives.
    Accepted,
    /// It is the exact key that the caller pinned.
    Pinned,
    /// There is none: steps run on this machine.
    ThisMachine,
}

/// A host key that was accepted though nothing was recorded for its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAccepted {
    /// The host, by its name.
    pub host: String,
    /// Algorithm of the host key.
    pub key_type: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// Whether a person said so; else the configuration did (`StrictHostKeyChecking accept-new`).
    pub asked: bool,
    /// The file and line that it is recorded in now; none if it counts only for this process.
    pub recorded: Option<Spot>,
    /// Why it is not recorded though it should be.
    pub not_recorded: Option<String>,
}

/// A host that was passed on the way, for the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// `user@address:port`, as in [`crate::exec::target::Target::through`].
    pub at: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// Algorithm of its key, for example `ssh-ed25519`.
    pub key_type: String,
}

/// A connection that was made only to ask, for the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// Algorithm of the host key, for example `ssh-ed25519`.
    pub key_type: String,
    /// Why it is trusted.
    pub trust: Trust,
    /// What the user was authenticated with.
    pub auth: String,
    /// What was passed on the way, first what is dialled first.
    pub hops: Vec<Hop>,
}

/// A connection that was made, for the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// Algorithm of the host key, for example `ssh-ed25519`.
    pub key_type: String,
    /// Why it is trusted.
    pub trust: Trust,
    /// What the user was authenticated with, for example `key SHA256:… (agent)`.
    pub auth: String,
    /// What was passed on the way, first what is dialled first.
    pub hops: Vec<Hop>,
    /// What the host said about itself.
    pub facts: HostFacts,
}

/// What a host says about itself when a run's directory is opened on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostFacts {
    /// `uname -n`.
    pub node: String,
    /// `uname -s`.
    pub os: String,
    /// `id -u`.
    pub uid: u32,
    /// Boot id, `-` where there is none.
    pub boot: String,
    /// `MAJOR.MINOR` of bash, if it is there.
    pub bash: Option<String>,
    /// Whether bash (4.2 or newer) runs the steps; else plain `sh`, which carries exported variables and directory only.
    pub full_carry: bool,
    /// Path of the shell that runs the steps.
    pub shell: String,
    /// Whether a failing command inside a pipe is noticed on this host.
    pub pipefail: bool,
    /// The run's directory on the host.
    pub dir: String,
    /// Whether the directory was there already.
    pub had: bool,
    /// Tells this directory from another one that is made later in its place; belongs into [`crate::exec::StepRef`].
    pub born: String,
    /// The host's Unix time in seconds when it answered; the caller, who has a clock, makes an offset of it.
    pub unix_time: Option<i64>,
}

/// A step that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// Process id of the wrapper on the host.
    pub pid: u32,
    /// Process group of the step.
    pub pgid: u32,
}

/// How a step's shell ended, as the host recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// Exit status. A shell reports death by signal `n` as `128 + n`.
    Code(i32),
    /// The whole step was ended by this signal (`KILL`, `TERM`, …).
    Signal(String),
}

/// Who told how a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorder {
    /// The step's own channel: control line and SSH exit status agree.
    Channel,
    /// The marker file on the host, asked for after the channel was gone.
    Marker,
}

/// What became of one output stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamSummary {
    /// All bytes that came (redacted), also those dropped.
    pub bytes: u64,
    /// SHA-256 over all of them, lower-case hex.
    pub sha256: String,
    /// Bytes handed to the sink from the start.
    pub head: u64,
    /// Bytes handed to the sink from the end, after a gap.
    pub tail: u64,
    /// Bytes between head and tail that were dropped.
    pub dropped: u64,
}

/// A step that ran and ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// How it ended.
    pub exit: Exit,
    /// Who told so.
    pub recorded_by: Recorder,
    /// Process ids, where they were seen.
    pub started: Option<Started>,
    /// Whether the host kept a state that later steps can load.
    pub carried: bool,
    /// Names of the variables that the host's record carries; empty if nothing was carried.
    pub carried_names: Vec<String>,
    /// Directory that the next step starts in, if something was carried.
    pub carried_cwd: Option<String>,
    /// Standard output.
    pub stdout: StreamSummary,
    /// Standard error.
    pub stderr: StreamSummary,
    /// Standard output as text if it was asked for: at most the first MiB, bad UTF-8 replaced.
    pub stdout_text: Option<String>,
    /// Things to say beside the outcome ("descendants still hold the output", "the host's copy is cut at 64 MiB").
    pub notes: Vec<String>,
    /// Why the sink took no more output, if it failed; the rest was drained and counted.
    pub sink_failed: Option<String>,
}

/// Why something did not start, in classes that lead to different advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// The host cannot be reached or does not speak SSH.
    Host,
    /// The host key is unknown, changed or revoked.
    HostKey,
    /// Its name leads elsewhere than when the run was opened, or it shows another key than then.
    Moved,
    /// The host did not accept the user.
    Auth,
    /// sudo on it does not let the user run things as root.
    Sudo,
    /// The host ran something else than our command (forced command, nologin, a shell start file that eats input).
    Foreign,
    /// The host answered and refused (step number used, directory gone, no space, carried state missing).
    Refused,
    /// The request itself cannot be sent (bad name, value too long).
    Request,
}

/// A step that certainly did not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotStarted {
    /// Which kind of reason.
    pub class: Class,
    /// What failed, where, why, and what to do.
    pub why: String,
}

/// A step whose outcome is unknown: it may have run, it may still be running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// What was seen.
    pub why: String,
    /// Process ids, if the host had said that it began.
    pub started: Option<Started>,
    /// What was received until then.
    pub stdout: StreamSummary,
    /// What was received until then.
    pub stderr: StreamSummary,
    /// Why the sink took no more output, if it failed.
    pub sink_failed: Option<String>,
}

/// How a request to run (or to follow) a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It certainly did not start.
    NotStarted(NotStarted),
    /// It ran and ended.
    Ended(Box<Ended>),
    /// Outcome unknown: ask the host ([`crate::exec::Engine::probe`]), then the captain.
    Lost(Box<Lost>),
}

/// A process that still carries a step's marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Process id on the host.
    pub pid: u32,
    /// Its command line, at most 120 bytes; hostile text.
    pub command: String,
}

/// What a host's marker file says about a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeState {
    /// The run's directory is missing (for this identity), or another one stands in its place. Proves nothing.
    Gone,
    /// The directory is there and has never heard of the step.
    Never,
    /// Its script did not begin and cannot begin any more.
    NeverStarted,
    /// It was about to start; unknown if it stays so for more than 5 s.
    Starting,
    /// It runs.
    Running(Started),
    /// It ended.
    Ended {
        /// Exit status, 128 + n for signal n.
        code: i32,
        /// When, by the host's clock, RFC 3339; may be empty.
        at: String,
    },
    /// The recorder is gone without a record. With processes left the step goes on: then it counts as running.
    Died,
    /// The host was rebooted since, or the name leads to another host, which is named.
    OtherBoot(String),
}

/// Answer of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What the marker file says.
    pub state: ProbeState,
    /// Processes that still carry the step's marker.
    pub left: Vec<Left>,
}

impl Probe {
    /// Returns whether something of the step still runs: also a `Died` whose processes are left.
    #[must_use]
    pub fn runs(&self) -> bool {
        matches!(self.state, ProbeState::Running(_) | ProbeState::Starting)
            || (self.state == ProbeState::Died && !self.left.is_empty())
    }
}

/// What `sudo` wants of an account on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sudo {
    /// There is no `sudo`.
    None,
    /// Nothing.
    Free,
    /// A password; or the account may not use it, which it says only when it has one.
    Password,
}

/// How far a cancel came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelState {
    /// The host is being asked.
    Asked,
    /// TERM was sent to the process group.
    TermSent,
    /// The grace passed; KILL was sent.
    KillSent,
    /// Confirmed: the group is gone after TERM.
    Terminated,
    /// Confirmed: the group is gone after KILL.
    Killed,
    /// It did not run any more when the host looked.
    NotRunning,
    /// These processes could not be ended (waiting in the kernel).
    Stuck(Vec<u32>),
    /// Nothing is known: the step may be running.
    CouldNotConfirm(String),
}

/// The last word of a cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelReport {
    /// How it ended: one of the last five states.
    pub state: CancelState,
    /// What the marker file said afterwards, if it could be asked.
    pub after: Option<ProbeState>,
    /// Processes of the step that go on.
    pub left: Vec<Left>,
}
