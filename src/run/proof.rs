//! Which facts a person signs with a key, what each is about, and what may be said of a name. Pure.
//!
//! Invariant: a name stands in the record as proven only in a fact that carries the signature. Everything else that the
//! same person sets off says `typed`, and so does what follows from a signed fact by itself.

use serde::{Deserialize, Serialize};

use crate::run::event::Event;
use crate::run::fact::{Proof, Who};
use crate::runbook::ids::{BoxId, StepId};

/// The head that somebody was shown when they signed: with it their signature covers all that came before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The place of the newest event.
    pub event: u64,
    /// Its hash, 64 hex digits.
    pub head: String,
}

/// What a signed fact is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A box.
    Box(BoxId),
    /// A step.
    Step(StepId),
    /// An attempt, by its number.
    Attempt(u32),
    /// A gate, by its phase.
    Gate(usize),
    /// The run as a whole.
    Run,
    /// Nothing: words of their own, which stand whatever else is recorded.
    Words,
}

impl Subject {
    /// Returns what a fact that a person signs is about; none for facts that nobody signs. What follows from another
    /// fact by itself (a waiver by a condition, a gate that the last go opens) is signed by nobody.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::BoxSigned(e) => Self::Box(e.id.clone()),
            Event::BoxUnsigned(e) => Self::Box(e.id.clone()),
            Event::BoxWaived(e) if e.condition.is_none() => Self::Box(e.id.clone()),
            Event::StepWaived(e) if e.condition.is_none() => Self::Step(e.step.clone()),
            Event::StepResolved(e) => Self::Attempt(e.number),
            Event::GateVoted(e) => Self::Gate(e.gate),
            Event::GateOpened(e) if e.over.is_some() => Self::Gate(e.gate),
            Event::RunOpened(_)
            | Event::RunClosed(_)
            | Event::RunHandoverOffered(_)
            | Event::RunHandedOver(_) => Self::Run,
            Event::NoteAdded(_) => Self::Words,
            _ => return None,
        })
    }

    /// Returns whether `event`, which another session recorded meanwhile, changes what is signed here. When in doubt it
    /// does: then the person looks again.
    #[must_use]
    pub fn is_touched_by(&self, event: &Event) -> bool {
        let about = |id: &BoxId| match self {
            Self::Box(own) => own == id,
            Self::Gate(_) | Self::Run => true,
            Self::Step(_) | Self::Attempt(_) | Self::Words => false,
        };
        match event {
            _ if *self == Self::Words => false,
            Event::BoxSigned(e) => about(&e.id),
            Event::BoxUnsigned(e) => about(&e.id),
            Event::BoxWaived(e) => about(&e.id),
            event => !is_aside(event),
        }
    }
}

/// Returns whether `event` changes nothing that anybody decides on.
const fn is_aside(event: &Event) -> bool {
    matches!(
        event,
        Event::StepOutput(_)
            | Event::NoteAdded(_)
            | Event::ExportCreated(_)
            | Event::HostConnected(_)
            | Event::HostLost(_)
            | Event::HostKeyAccepted(_)
            | Event::HostKeyRefused(_)
            | Event::RunbookChanged(_)
    )
}

/// Returns whether `other`, which another session recorded meanwhile, may change what `facts` were decided on. What
/// people answer for is about something; with anything else everything counts.
#[must_use]
pub fn are_touched(facts: &[Event], other: &Event) -> bool {
    let mut subjects = facts.iter().filter_map(Subject::of).peekable();
    if subjects.peek().is_none() {
        return !is_aside(other);
    }
    subjects.any(|subject| subject.is_touched_by(other))
}

/// Returns the head that the signer of a fact was shown, by its place.
#[must_use]
pub fn seen(event: &Event) -> Option<u64> {
    match event {
        Event::BoxSigned(e) => Some(e.seen),
        event => head_in(event).map(|seen| seen.event),
    }
}

/// Returns the head that the signer of a fact was shown: its place and its hash, where the fact has both.
#[must_use]
pub fn shown(event: &Event) -> Option<(u64, &str)> {
    match event {
        Event::BoxSigned(e) => e.seen_head.as_deref().map(|head| (e.seen, head)),
        event => head_in(event).map(|seen| (seen.event, seen.head.as_str())),
    }
}

/// Returns the head in a fact that has it in one piece.
fn head_in(event: &Event) -> Option<&Shown> {
    let seen = match event {
        Event::BoxUnsigned(e) => &e.seen,
        Event::BoxWaived(e) => &e.seen,
        Event::StepWaived(e) => &e.seen,
        Event::StepResolved(e) => &e.seen,
        Event::GateVoted(e) => &e.seen,
        Event::GateOpened(e) => &e.seen,
        Event::RunOpened(e) => &e.seen,
        Event::RunClosed(e) => &e.seen,
        Event::RunHandoverOffered(e) => &e.seen,
        Event::RunHandedOver(e) => &e.seen,
        Event::NoteAdded(e) => &e.seen,
        _ => return None,
    };
    seen.as_deref()
}

/// Returns who did it, where a fact says so.
#[must_use]
pub const fn who(event: &Event) -> Option<&Who> {
    Some(match event {
        Event::RunOpened(e) => &e.who,
        Event::RunDriverChanged(e) => &e.who,
        Event::RunPaused(e) => &e.who,
        Event::RunResumed(e) => &e.who,
        Event::RunClosed(e) => &e.who,
        Event::BoxSigned(e) => &e.who,
        Event::BoxUnsigned(e) => &e.who,
        Event::BoxWaived(e) => &e.who,
        Event::ValueSet(e) => &e.who,
        Event::WaitStarted(e) => &e.who,
        Event::WaitEnded(e) => &e.who,
        Event::StepIntended(e) => &e.who,
        Event::StepCancelRequested(e) => &e.who,
        Event::StepResolved(e) => &e.who,
        Event::StepWaived(e) => &e.who,
        Event::GateVoted(e) => &e.who,
        Event::GateOpened(e) => &e.who,
        Event::NoteAdded(e) => &e.who,
        Event::ChildOpened(e) => &e.who,
        Event::ExportCreated(e) => &e.who,
        Event::ChoiceMade(e) => &e.who,
        Event::MarkSet(e) => &e.who,
        Event::HostKeyAccepted(e) => return e.who.as_ref(),
        Event::HostChosen(e) => &e.who,
        Event::HostRepinned(e) => &e.who,
        Event::ShellOpened(e) => &e.who,
        Event::RunHandoverOffered(e) => &e.who,
        Event::RunHandedOver(e) => &e.who,
        _ => return None,
    })
}

/// Returns the same, to be changed.
#[must_use]
pub const fn who_mut(event: &mut Event) -> Option<&mut Who> {
    Some(match event {
        Event::RunOpened(e) => &mut e.who,
        Event::RunDriverChanged(e) => &mut e.who,
        Event::RunPaused(e) => &mut e.who,
        Event::RunResumed(e) => &mut e.who,
        Event::RunClosed(e) => &mut e.who,
        Event::BoxSigned(e) => &mut e.who,
        Event::BoxUnsigned(e) => &mut e.who,
        Event::BoxWaived(e) => &mut e.who,
        Event::ValueSet(e) => &mut e.who,
        Event::WaitStarted(e) => &mut e.who,
        Event::WaitEnded(e) => &mut e.who,
        Event::StepIntended(e) => &mut e.who,
        Event::StepCancelRequested(e) => &mut e.who,
        Event::StepResolved(e) => &mut e.who,
        Event::StepWaived(e) => &mut e.who,
        Event::GateVoted(e) => &mut e.who,
        Event::GateOpened(e) => &mut e.who,
        Event::NoteAdded(e) => &mut e.who,
        Event::ChildOpened(e) => &mut e.who,
        Event::ExportCreated(e) => &mut e.who,
        Event::ChoiceMade(e) => &mut e.who,
        Event::MarkSet(e) => &mut e.who,
        Event::HostKeyAccepted(e) => return e.who.as_mut(),
        Event::HostChosen(e) => &mut e.who,
        Event::HostRepinned(e) => &mut e.who,
        Event::ShellOpened(e) => &mut e.who,
        Event::RunHandoverOffered(e) => &mut e.who,
        Event::RunHandedOver(e) => &mut e.who,
        _ => return None,
    })
}

/// Leaves out where somebody sat, in facts that nobody answers for: only what people sign and who drives a run needs it.
pub fn unseat(event: &mut Event) {
    let drives = matches!(event, Event::RunResumed(_) | Event::RunDriverChanged(_));
    if !drives
        && Subject::of(event).is_none()
        && let Some(who) = who_mut(event)
    {
        who.seat = None;
    }
}

/// Says of the fact's name that a key proves it not, if it says that one does, or claims so.
pub const fn lower(event: &mut Event, to: Proof) {
    if let Some(who) = who_mut(event)
        && matches!(who.proof, Proof::SshKey | Proof::Claimed)
    {
        who.proof = to;
    }
}

/// Returns whether the fact says that a key proves its name.
#[must_use]
pub fn claims_key(event: &Event) -> bool {
    who(event).is_some_and(|who| who.proof == Proof::SshKey)
}
