//! The name of each kind of fact, as the log's `kind` column and the manual spell it.

use serde::{Deserialize, Deserializer};

use super::event::Event;

macro_rules! kinds {
    ($($variant:ident => $name:literal,)*) => {
        impl Event {
            /// Every kind that this version knows, in the order of the type.
            pub const KINDS: &'static [&'static str] = &[$($name),*];

            /// Returns the fact's kind: the tag that its serialised form carries.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }

            /// Reads the fields of a fact of this kind; none for a kind that this version does not know. Fields that it
            /// does not know are passed over.
            ///
            /// # Errors
            /// If they do not fit the kind.
            pub fn of_kind<'de, D: Deserializer<'de>>(kind: &str, fields: D) -> Option<Result<Self, D::Error>> {
                Some(match kind {
                    $($name => Deserialize::deserialize(fields).map(Self::$variant),)*
                    _ => return None,
                })
            }
        }
    };
}

kinds! {
    LogOpened => "log.opened",
    LogRecovered => "log.recovered",
    LogDegraded => "log.degraded",
    SessionOpened => "session.opened",
    SessionClosed => "session.closed",
    ClockStepped => "clock.stepped",
    RunOpened => "run.opened",
    RunDriverChanged => "run.driver_changed",
    RunPaused => "run.paused",
    RunResumed => "run.resumed",
    RunClosed => "run.closed",
    BoxSigned => "box.signed",
    BoxUnsigned => "box.unsigned",
    BoxWaived => "box.waived",
    ValueSet => "value.set",
    WaitStarted => "wait.started",
    WaitEnded => "wait.ended",
    StepIntended => "step.intended",
    StepStarted => "step.started",
    StepOutput => "step.output",
    StepCaptured => "step.captured",
    StepFinished => "step.finished",
    StepCancelRequested => "step.cancel_requested",
    StepUnknown => "step.unknown",
    StepProbed => "step.probed",
    StepResolved => "step.resolved",
    StepWaived => "step.waived",
    GateVoted => "gate.voted",
    GateOpened => "gate.opened",
    HostConnected => "host.connected",
    HostKeyRefused => "host.key_refused",
    HostLost => "host.lost",
    NoteAdded => "note.added",
    ChildOpened => "child.opened",
    ChildClosed => "child.closed",
    ExportCreated => "export.created",
    RunbookChanged => "runbook.changed",
    StepTimedOut => "step.timed_out",
    ChoiceMade => "choice.made",
    MarkSet => "mark.set",
    WatchSampled => "watch.sampled",
    WatchBreached => "watch.breached",
    HostKeyAccepted => "host.key_accepted",
    HostChosen => "host.chosen",
    HostRepinned => "host.repinned",
    ShellOpened => "shell.opened",
    ShellClosed => "shell.closed",
    LogRotated => "log.rotated",
    LogCheckpoint => "log.checkpoint",
    LogMoved => "log.moved",
    RunHandoverOffered => "run.handover_offered",
    RunHandedOver => "run.handed_over",
}
