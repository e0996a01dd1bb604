//! The smaller facts, and the parts that facts are made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::run::vocabulary::*;
use crate::runbook::ids::{BoxId, StepId};

macro_rules! fact {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type,)* }
    };
}

fact! {
    /// A person, as a record names them.
    Who {
        /// The name as it is shown.
        name: String,
        /// How it was proven.
        proof: Proof,
        /// By which way the command came.
        via: Via,
    }
}

fact! {
    /// What one stream of an attempt came to.
    StreamSummary {
        /// All bytes that came.
        bytes: u64,
        /// Lower-case hex SHA-256 of all of them.
        sha256: String,
        /// Bytes stored from the start.
        head: u64,
        /// Bytes stored from the end, after what was dropped.
        tail: u64,
        /// Bytes counted and hashed but not stored.
        dropped: u64,
    }
}
impl Default for StreamSummary {
    /// Returns the summary of a stream that nothing came from.
    fn default() -> Self {
        const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        Self { bytes: 0, sha256: EMPTY.to_owned(), head: 0, tail: 0, dropped: 0 }
    }
}
fact! {
    /// The environment of a run.
    EnvironmentPin {
        /// Its name.
        name: String,
        /// Its colour, as the file says.
        colour: Option<String>,
        /// Lower-case hex SHA-256 of the environment file.
        file_sha: String,
        /// The time zone times are shown in.
        timezone: Option<String>,
        /// When the change window closes, as `HH:MM`.
        window: Option<String>,
    }
}
fact! {
    /// A host as the run was opened with it.
    HostPin {
        /// The role.
        role: String,
        /// The host's name.
        name: String,
        /// The account.
        user: String,
        /// The address or name that is dialled.
        address: String,
        /// The port.
        port: u16,
        /// The key file to log in with; none means the agent's keys, then the usual files.
        identity: Option<String>,
        /// The `known_hosts` file that stands for the user's own.
        known_hosts: Option<String>,
        /// By which way it is reached; nothing when it is dialled as it stands here.
        #[serde(default, skip_serializing_if = "WayPin::is_plain")]
        way: WayPin,
    }
}
fact! {
    /// By which way a host is reached.
    #[derive(Default)]
    WayPin {
        /// The name of the SSH configuration that it goes by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ssh: Option<SshPin>,
        /// What lay on the way to it when the run was opened, first what is passed first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        through: Vec<String>,
        /// The host that it is reached through, where the environment file says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jump: Option<Box<HostPin>>,
        /// Milliseconds between keepalive messages, where the environment file says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keepalive_ms: Option<u64>,
        /// Fingerprint of the key that it showed first in this run, once that is known. Never part of a fact.
        #[serde(skip)]
        key: Option<String>,
    }
}
impl WayPin {
    /// Returns whether the host is dialled as it stands in its pin.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}
fact! {
    /// A name of the SSH configuration.
    SshPin {
        /// The name.
        name: String,
        /// The configuration file that stands for the user's own and the machine's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        config: Option<String>,
        /// The port, if it is not the configuration's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    }
}
fact! {
    /// A secret of a run, as a reference.
    SecretPin {
        /// The variable.
        name: String,
        /// Where its value comes from: `env`, `prompt` or `command`.
        from: String,
        /// Whether its value is so short that it is neither redacted nor carried.
        short: bool,
    }
}
fact! {
    /// The run that opened a child run.
    Parent {
        /// Its id.
        run: String,
        /// The box whose link was followed; none for a rollback.
        in_box: Option<BoxId>,
        /// Whether the child is its rollback.
        rollback: bool,
    }
}
fact! {
    /// `log.opened`.
    LogOpened {
        /// The schema's version.
        schema: u32,
    }
}
fact! {
    /// `log.recovered`.
    LogRecovered {
        /// What was found.
        found: String,
        /// Sessions that never closed.
        sessions: Vec<String>,
    }
}
fact! {
    /// `log.degraded`.
    LogDegraded {
        /// What failed.
        why: String,
    }
}
fact! {
    /// `session.opened`.
    SessionOpened {
        /// The program's version.
        version: String,
        /// The account of the operating system.
        os_user: String,
        /// The machine's name.
        hostname: String,
        /// The terminal, if there is one.
        tty: Option<String>,
        /// The process.
        pid: u32,
        /// The boot that monotonic times belong to.
        boot: String,
    }
}
fact! {
    /// `session.closed`.
    SessionClosed {
        /// Why, in a word.
        how: String,
    }
}
fact! {
    /// `clock.stepped`.
    ClockStepped {
        /// Milliseconds that the wall clock moved against the monotonic one.
        by_ms: i64,
    }
}
fact! {
    /// `run.driver_changed`.
    RunDriverChanged {
        /// Who drives now.
        who: Who,
        /// Who drove before.
        before: String,
        /// Why it was taken over.
        reason: String,
    }
}
fact! {
    /// `run.paused`.
    RunPaused {
        /// Who left.
        who: Who,
        /// Why, in a word.
        why: String,
    }
}
fact! {
    /// `run.resumed`.
    RunResumed {
        /// Who came back.
        who: Who,
    }
}
fact! {
    /// `run.closed`.
    RunClosed {
        /// Who closed it.
        who: Who,
        /// How it ended.
        outcome: RunOutcome,
        /// Why, if it did not complete.
        reason: Option<String>,
        /// Boxes signed, waived and left open.
        counts: Counts,
    }
}
fact! {
    /// How many boxes stand in which state.
    Counts {
        /// Signed.
        signed: u32,
        /// Waived.
        waived: u32,
        /// Neither.
        open: u32,
    }
}
fact! {
    /// `box.signed`.
    BoxSigned {
        /// Who signed.
        who: Who,
        /// The box.
        id: BoxId,
        /// The statement that was shown and is signed.
        statement: String,
        /// The signer's words.
        note: Option<String>,
        /// The value it brings, by its name.
        value: Option<NamedValue>,
        /// What the steps of the box showed.
        evidence: Vec<String>,
        /// Earlier boxes that were still open, by the signer's choice.
        out_of_order: Vec<BoxId>,
        /// The newest event that the signer had been shown.
        seen: u64,
    }
}
fact! {
    /// A variable and its value.
    NamedValue {
        /// The variable.
        name: String,
        /// The value.
        value: String,
    }
}
fact! {
    /// `box.unsigned`.
    BoxUnsigned {
        /// Who took it back.
        who: Who,
        /// The box.
        id: BoxId,
        /// Why.
        reason: String,
    }
}
fact! {
    /// `mark.set`: a stopwatch was pressed, by the signature recorded just before.
    MarkSet {
        /// Who signed.
        who: Who,
        /// The stopwatch.
        name: String,
        /// The box whose signature pressed it.
        #[serde(rename = "box")]
        in_box: BoxId,
    }
}
fact! {
    /// `box.waived`.
    BoxWaived {
        /// Who waived it.
        who: Who,
        /// The box.
        id: BoxId,
        /// Why.
        reason: String,
        /// Who carries the risk.
        risk_owner: Option<String>,
        /// The condition that did not hold, when that is the reason.
        condition: Option<String>,
        /// Earlier boxes that were still open.
        out_of_order: Vec<BoxId>,
        /// The choice that it does not apply by, by its index; `condition` says so in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by_choice: Option<usize>,
    }
}
fact! {
    /// `choice.made`.
    ChoiceMade {
        /// Who chose.
        who: Who,
        /// The choice, by its index in the runbook.
        choice: usize,
        /// The section that applies, by its index in the runbook.
        section: usize,
        /// The heading above the sections.
        heading: String,
        /// The heading of the section that applies.
        chosen: String,
    }
}
fact! {
    /// `host.chosen`: where a step runs that does not say so itself.
    HostChosen {
        /// Who chose.
        who: Who,
        /// The step.
        step: StepId,
        /// The host's name.
        host: String,
    }
}
fact! {
    /// `value.set`.
    ValueSet {
        /// Who set it.
        who: Who,
        /// The variable and its value.
        value: NamedValue,
        /// Why a person set it by hand: a condition that could not be decided.
        reason: Option<String>,
    }
}
fact! {
    /// `wait.started`.
    WaitStarted {
        /// Who started it.
        who: Who,
        /// The box.
        id: BoxId,
        /// Its length in seconds.
        seconds: u64,
    }
}
fact! {
    /// `wait.ended`.
    WaitEnded {
        /// Who ended it.
        who: Who,
        /// The box.
        id: BoxId,
        /// Why it was ended early.
        reason: String,
    }
}
fact! {
    /// `step.started`.
    StepStarted {
        /// The attempt's number.
        number: u32,
        /// The process on the host.
        pid: u32,
        /// Its process group.
        pgid: u32,
    }
}
fact! {
    /// `step.output`; the bytes are the event's chunk.
    StepOutput {
        /// The attempt's number.
        number: u32,
        /// Which stream.
        stream: Stream,
        /// Offset of the first byte in the stream.
        offset: u64,
    }
}
fact! {
    /// `step.captured`.
    StepCaptured {
        /// The attempt's number.
        number: u32,
        /// The variable and its value.
        value: NamedValue,
        /// The host, when the value is that host's own and no other's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
    }
}
fact! {
    /// `step.timed_out`.
    StepTimedOut {
        /// The attempt's number.
        number: u32,
        /// Its limit in seconds.
        limit: u64,
    }
}
fact! {
    /// `step.cancel_requested`.
    StepCancelRequested {
        /// Who asked.
        who: Who,
        /// The attempt's number.
        number: u32,
    }
}
fact! {
    /// `step.unknown`.
    StepUnknown {
        /// The attempt's number.
        number: u32,
        /// Why nobody knows.
        why: String,
    }
}
fact! {
    /// `step.probed`.
    StepProbed {
        /// The attempt's number.
        number: u32,
        /// What the host said.
        answer: Probe,
        /// Processes with the step's mark that are left, as `pid command`.
        left: Vec<String>,
    }
}
fact! {
    /// `step.resolved`.
    StepResolved {
        /// Who says so.
        who: Who,
        /// The attempt's number.
        number: u32,
        /// What became of it.
        verdict: Verdict,
        /// How they know.
        evidence: String,
    }
}
fact! {
    /// `step.waived`.
    StepWaived {
        /// Who waived it.
        who: Who,
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
        /// Who carries the risk.
        risk_owner: Option<String>,
        /// The condition that did not hold, when that is the reason.
        condition: Option<String>,
    }
}
fact! {
    /// `gate.voted`.
    GateVoted {
        /// Who voted.
        who: Who,
        /// The phase that the gate stands before, by its index.
        gate: usize,
        /// The vote.
        vote: Vote,
        /// In their words.
        text: Option<String>,
    }
}
fact! {
    /// `gate.opened`.
    GateOpened {
        /// Who opened it.
        who: Who,
        /// The phase that the gate stands before, by its index.
        gate: usize,
        /// The reason, when boxes before it were open or the vote was no-go.
        over: Option<String>,
        /// The boxes before it that were still open.
        open: Vec<BoxId>,
    }
}
fact! {
    /// `host.connected`.
    HostConnected {
        /// The host's name.
        host: String,
        /// The account.
        user: String,
        /// The address that was dialled.
        address: String,
        /// The port.
        port: u16,
        /// The host key's type.
        key_type: String,
        /// Its fingerprint, as `SHA256:…`.
        fingerprint: String,
        /// How it was trusted.
        trusted: String,
        /// What the host said of itself: system, shell.
        about: String,
        /// The run's directory on it.
        dir: String,
        /// What tells this directory from one that is made later in its place.
        born: String,
    }
}
fact! {
    /// `host.key_refused`.
    HostKeyRefused {
        /// The host's name.
        host: String,
        /// Why.
        why: String,
        /// The fingerprint it showed.
        fingerprint: Option<String>,
    }
}
fact! {
    /// `host.key_accepted`.
    HostKeyAccepted {
        /// Who said so; none when the SSH configuration did (`StrictHostKeyChecking accept-new`).
        who: Option<Who>,
        /// The host's name.
        host: String,
        /// The type of its key.
        key_type: String,
        /// The fingerprint it showed.
        fingerprint: String,
        /// The file and line that it is recorded in now; none if it counts for one session only.
        recorded: Option<String>,
        /// Why it is not recorded though it should be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_recorded: Option<String>,
    }
}
fact! {
    /// `host.lost`.
    HostLost {
        /// The host's name.
        host: String,
        /// What was seen.
        why: String,
    }
}
fact! {
    /// `host.repinned`.
    HostRepinned {
        /// Who accepted it.
        who: Who,
        /// Where it was, in words.
        before: String,
        /// The fingerprint of the key that it showed first; none if it was never reached.
        before_key: Option<String>,
        /// The host as the run knows it from here on; which key it shows is known when it is reached.
        pin: HostPin,
    }
}
fact! {
    /// `note.added`.
    NoteAdded {
        /// Who wrote it.
        who: Who,
        /// The box it is about.
        id: Option<BoxId>,
        /// The words.
        text: String,
    }
}
fact! {
    /// `child.opened`.
    ChildOpened {
        /// Who opened it.
        who: Who,
        /// The child's run.
        child: String,
        /// The box whose link was followed; none for the rollback.
        in_box: Option<BoxId>,
        /// Whether it is the rollback.
        rollback: bool,
        /// The runbook's file.
        runbook: String,
        /// Earlier boxes that were still open, by the captain's choice.
        out_of_order: Vec<BoxId>,
    }
}
fact! {
    /// `child.closed`.
    ChildClosed {
        /// The child's run.
        child: String,
        /// How it ended.
        outcome: RunOutcome,
        /// Values that it set and this run declares.
        values: BTreeMap<String, String>,
    }
}
fact! {
    /// `export.created`.
    ExportCreated {
        /// Who exported.
        who: Who,
        /// The format.
        format: String,
        /// Lower-case hex SHA-256 of the file.
        sha256: String,
    }
}
fact! {
    /// `runbook.changed`.
    RunbookChanged {
        /// Lower-case hex SHA-256 of the text now on disk, or why it cannot be read.
        now: String,
    }
}

/// Which round of a watch an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The number of the attempt that is its first round.
    pub first: u32,
    /// The round, from 1.
    pub round: u32,
}

fact! {
    /// `watch.sampled`.
    WatchSampled {
        /// The attempt's number.
        number: u32,
        /// The round, from 1.
        round: u32,
        /// Whether it passed.
        passed: bool,
        /// The number that was read, as it was printed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// Seconds that the watch has lasted, of the time that counts.
        held: u64,
        /// Whether it has passed with this round.
        over: bool,
    }
}
fact! {
    /// `watch.breached`.
    WatchBreached {
        /// The attempt's number: the newest round.
        number: u32,
        /// The round, from 1.
        round: u32,
        /// Why the watch failed.
        why: String,
    }
}

/// A fact on its way to the log, with the bytes that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The fact.
    pub event: super::event::Event,
    /// Its chunk: output, or a runbook's text.
    pub chunk: Option<Vec<u8>>,
}

/// A fact that is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the log.
    pub seq: u64,
    /// When it was written down.
    pub at: crate::clock::Stamp,
    /// Lower-case hex hash that chains it.
    pub hash: String,
    /// The fact.
    pub event: super::event::Event,
}
