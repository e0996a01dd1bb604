//! The kinds of facts that the audit log holds, as closed types.
//!
//! The serialised form is frozen with schema v1: the tag is `kind`, names are those of the log's manual page, and a
//! field, once written, keeps its meaning. Kinds and optional fields may be added; nothing is renamed or removed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::run::fact::*;
use crate::runbook::ids::{BoxId, StepId};

/// One fact. Each variant's tag is its kind in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// The log itself was created.
    #[serde(rename = "log.opened")]
    LogOpened(LogOpened),
    /// The log was found after an unclean end.
    #[serde(rename = "log.recovered")]
    LogRecovered(LogRecovered),
    /// Writing failed and the reserve was freed for the last records.
    #[serde(rename = "log.degraded")]
    LogDegraded(LogDegraded),
    /// A process opened the log to write.
    #[serde(rename = "session.opened")]
    SessionOpened(SessionOpened),
    /// It closed the log in order.
    #[serde(rename = "session.closed")]
    SessionClosed(SessionClosed),
    /// The wall clock stepped against the monotonic one.
    #[serde(rename = "clock.stepped")]
    ClockStepped(ClockStepped),
    /// A run was opened; its chunk is the runbook's text.
    #[serde(rename = "run.opened")]
    RunOpened(Box<RunOpened>),
    /// Somebody else drives the run now.
    #[serde(rename = "run.driver_changed")]
    RunDriverChanged(RunDriverChanged),
    /// The driver left; the run stays open.
    #[serde(rename = "run.paused")]
    RunPaused(RunPaused),
    /// A driver came back to it.
    #[serde(rename = "run.resumed")]
    RunResumed(RunResumed),
    /// The run ended.
    #[serde(rename = "run.closed")]
    RunClosed(RunClosed),
    /// A box was signed.
    #[serde(rename = "box.signed")]
    BoxSigned(BoxSigned),
    /// A signature was taken back; nothing is erased.
    #[serde(rename = "box.unsigned")]
    BoxUnsigned(BoxUnsigned),
    /// A box was skipped, with a reason.
    #[serde(rename = "box.waived")]
    BoxWaived(BoxWaived),
    /// A variable got a value.
    #[serde(rename = "value.set")]
    ValueSet(ValueSet),
    /// A wait began.
    #[serde(rename = "wait.started")]
    WaitStarted(WaitStarted),
    /// A wait was ended early.
    #[serde(rename = "wait.ended")]
    WaitEnded(WaitEnded),
    /// A step is about to be sent to a host. Durable before anything is sent.
    #[serde(rename = "step.intended")]
    StepIntended(Box<StepIntended>),
    /// The host announced the step's process.
    #[serde(rename = "step.started")]
    StepStarted(StepStarted),
    /// A piece of output; its chunk is the bytes.
    #[serde(rename = "step.output")]
    StepOutput(StepOutput),
    /// A value was read from the step's output.
    #[serde(rename = "step.captured")]
    StepCaptured(StepCaptured),
    /// The step ended on a host, or was never started there.
    #[serde(rename = "step.finished")]
    StepFinished(Box<StepFinished>),
    /// Somebody asked for the step to be stopped.
    #[serde(rename = "step.cancel_requested")]
    StepCancelRequested(StepCancelRequested),
    /// It is not known what became of the step on a host.
    #[serde(rename = "step.unknown")]
    StepUnknown(StepUnknown),
    /// The host was asked what became of the step.
    #[serde(rename = "step.probed")]
    StepProbed(StepProbed),
    /// A person said what became of it.
    #[serde(rename = "step.resolved")]
    StepResolved(StepResolved),
    /// A step was skipped, with a reason.
    #[serde(rename = "step.waived")]
    StepWaived(StepWaived),
    /// A voice at a gate.
    #[serde(rename = "gate.voted")]
    GateVoted(GateVoted),
    /// A gate was opened.
    #[serde(rename = "gate.opened")]
    GateOpened(GateOpened),
    /// A host was reached and its key was trusted.
    #[serde(rename = "host.connected")]
    HostConnected(HostConnected),
    /// A host's key was not trusted; nothing was sent.
    #[serde(rename = "host.key_refused")]
    HostKeyRefused(HostKeyRefused),
    /// The line to a host was lost.
    #[serde(rename = "host.lost")]
    HostLost(HostLost),
    /// Somebody wrote a note.
    #[serde(rename = "note.added")]
    NoteAdded(NoteAdded),
    /// A child run was opened from a box, or as the rollback.
    #[serde(rename = "child.opened")]
    ChildOpened(ChildOpened),
    /// A child run was closed; its outcome and values come back.
    #[serde(rename = "child.closed")]
    ChildClosed(ChildClosed),
    /// The record was exported.
    #[serde(rename = "export.created")]
    ExportCreated(ExportCreated),
    /// The runbook's file differs from the text the run keeps.
    #[serde(rename = "runbook.changed")]
    RunbookChanged(RunbookChanged),
    /// A step ran longer than its limit and is being ended.
    #[serde(rename = "step.timed_out")]
    StepTimedOut(StepTimedOut),
    /// Of several sections, the one that applies was chosen.
    #[serde(rename = "choice.made")]
    ChoiceMade(ChoiceMade),
    /// A stopwatch was pressed.
    #[serde(rename = "mark.set")]
    MarkSet(MarkSet),
    /// A round of a watch, or a step that reads a number, came to this.
    #[serde(rename = "watch.sampled")]
    WatchSampled(WatchSampled),
    /// A watch ended as failed.
    #[serde(rename = "watch.breached")]
    WatchBreached(WatchBreached),
    /// A host's key that was not known was accepted.
    #[serde(rename = "host.key_accepted")]
    HostKeyAccepted(HostKeyAccepted),
    /// For a step that does not say where it runs, a host was chosen.
    #[serde(rename = "host.chosen")]
    HostChosen(HostChosen),
    /// A host that is another one than the run knew was accepted.
    #[serde(rename = "host.repinned")]
    HostRepinned(Box<HostRepinned>),
    /// Somebody is about to open a shell on a host. Durable before it is opened.
    #[serde(rename = "shell.opened")]
    ShellOpened(ShellOpened),
    /// It ended, or was never opened.
    #[serde(rename = "shell.closed")]
    ShellClosed(ShellClosed),
    /// The log ends here and goes on in another file.
    #[serde(rename = "log.rotated")]
    LogRotated(LogRotated),
    /// The log's head was left where it can witness later.
    #[serde(rename = "log.checkpoint")]
    LogCheckpoint(LogCheckpoint),
    /// The log was copied from a file that could not be written any more, and goes on here.
    #[serde(rename = "log.moved")]
    LogMoved(LogMoved),
    /// The captain offered the run to somebody.
    #[serde(rename = "run.handover_offered")]
    RunHandoverOffered(RunHandoverOffered),
    /// They took it.
    #[serde(rename = "run.handed_over")]
    RunHandedOver(RunHandedOver),
}

/// `run.opened`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOpened {
    /// Who opened it and drives it.
    pub who: Who,
    /// The runbook's title.
    pub title: String,
    /// The name of the runbook's file as it was given.
    pub runbook: String,
    /// Lower-case hex SHA-256 of the runbook's text, which is this event's chunk.
    pub text_sha: String,
    /// The commit that the runbook's directory stood at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether the runbook differed from that commit.
    #[serde(default)]
    pub dirty: bool,
    /// Live or drill.
    pub run_kind: RunKind,
    /// The environment, if the run has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentPin>,
    /// Each role's hosts, in the order they are walked.
    pub hosts: Vec<HostPin>,
    /// The variables' first values.
    pub vars: BTreeMap<String, String>,
    /// 32 hex digits from the system's random source: the seed of the run's directories on hosts.
    pub seed: String,
    /// The run that opened this one, if it is a child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Open runs of the same environment that nobody drove and beside which this one was started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// The secrets it has: names and where their values come from, never the values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretPin>,
    /// The log's head before it: whoever signs the opening signs for all of that, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Box<crate::run::proof::Shown>>,
}

/// `step.intended`: one attempt of one step on one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepIntended {
    /// Who started it.
    pub who: Who,
    /// The box that holds the step.
    #[serde(rename = "box")]
    pub in_box: BoxId,
    /// The step.
    pub step: StepId,
    /// The host's name.
    pub host: String,
    /// 1 for the first attempt of this step on this host.
    pub attempt: u32,
    /// The number of this attempt in the run, unique; the files on the host carry it.
    pub number: u32,
    /// 32 hex digits that name the run's directory of this identity on the host.
    pub dir: String,
    /// Lower-case hex SHA-256 of the script.
    pub script_sha: String,
    /// The script as it is sent.
    pub script: String,
    /// Whether it runs with `-e` and `pipefail`.
    pub strict: bool,
    /// Whether it only reads.
    #[serde(default)]
    pub check: bool,
    /// Whether the host keeps a copy of its output.
    pub keep: bool,
    /// The earlier attempt whose carried state it starts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<u32>,
    /// The names of the variables it is given.
    pub vars: Vec<String>,
    /// What was typed or pressed to confirm it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<String>,
    /// Earlier boxes that were still open, by the captain's choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub out_of_order: Vec<BoxId>,
    /// The exit status that passes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub exit: i32,
    /// Whether it leaves no carried state behind although it is no check.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsaved: bool,
    /// The directory it runs in, instead of the carried one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// The program that reads the script, instead of the host's shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<String>,
    /// Whether every command runs, and it fails at the end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_going: bool,
    /// Whether all of it runs as root, through sudo.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sudo: bool,
    /// The failed attempt that it repeats by itself, because the runbook says `retries`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<u32>,
    /// Which round of a watch it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Round>,
    /// Whether it gets a terminal, into which a person types. What is typed is recorded nowhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interactive: bool,
    /// Whether it does not end by itself: it passes when whoever runs it ends it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub endless: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// `step.finished`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFinished {
    /// The attempt's number.
    pub number: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether its working directory and variables are carried on.
    #[serde(default)]
    pub carried: bool,
    /// The directory that is carried on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// What its standard output came to.
    pub stdout: StreamSummary,
    /// What its standard error came to.
    pub stderr: StreamSummary,
    /// Why it failed although it exited as asked: an expectation not met, a capture not found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmet: Option<String>,
    /// How this came to be known.
    pub seen: Seen,
    /// Nanoseconds from start to end by the monotonic clock, when both were seen in one session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ns: Option<u64>,
    /// What else should be known: descendants that hold the output, processes left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}
