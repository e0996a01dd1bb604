//! Not straight: everything in a run that a reader should stop at, so that nobody has to find it in the story.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::report::phrase::{Part, Phrase};
use crate::report::record::RunRecord;
use crate::report::targets::measured;
use crate::report::timeline::{Mark, moment};
use crate::run::attempt::{Attempt, StepStatus};
use crate::run::event::Event;
use crate::run::fact::{Proof, Recorded, Vote, Who};
use crate::run::state::Run;

/// What kind of finding it is; the order is the order in which a report lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The run is open, or did not complete.
    NotCompleted,
    /// It ended well although something of it is unknown to this day.
    StillUnknown,
    /// A step failed, or was not started.
    Failed,
    /// Something was done, can be taken back, and was not.
    NotTakenBack,
    /// A target was not held, or not measured.
    TargetMissed,
    /// For a time nobody knew what became of a step.
    Unknown,
    /// A person's word stands for a step's result.
    Verdict,
    /// A step was cancelled.
    Cancelled,
    /// A step ran more than once.
    Retried,
    /// A check warned.
    Warned,
    /// Somebody said no-go.
    NoGo,
    /// A gate was opened over open boxes or a no-go.
    GateOver,
    /// A box or a step was waived by a person.
    Waived,
    /// Something was done past open boxes.
    OutOfOrder,
    /// A signature or waiver was taken back.
    Reopened,
    /// A wait was ended early.
    WaitEnded,
    /// A value was set by hand.
    ByHand,
    /// A host key was refused, or changed during the run.
    HostKey,
    /// Somebody else took the run over.
    TakenOver,
    /// The runbook's text was not what its directory had committed, or changed during the run.
    Runbook,
    /// Another open run of the environment was passed over.
    Beside,
    /// Names that nobody proved.
    TypedOnly,
    /// Boxes and steps that did not apply.
    NotApplicable,
    /// Facts that this version cannot read.
    Strange,
}

impl Kind {
    /// Returns the words above findings of this kind.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotCompleted => "Not completed",
            Self::StillUnknown => "Unknown to this day",
            Self::Failed => "Failed",
            Self::NotTakenBack => "Not taken back",
            Self::TargetMissed => "Targets missed",
            Self::Unknown => "Unknown for a time",
            Self::Verdict => "Decided by a person's word",
            Self::Cancelled => "Cancelled",
            Self::Retried => "Run more than once",
            Self::Warned => "Warned",
            Self::NoGo => "No-go",
            Self::GateOver => "Gates opened over something",
            Self::Waived => "Waived",
            Self::OutOfOrder => "Out of order",
            Self::Reopened => "Taken back",
            Self::WaitEnded => "Waits ended early",
            Self::ByHand => "Values set by hand",
            Self::HostKey => "Host keys",
            Self::TakenOver => "Taken over",
            Self::Runbook => "The runbook's text",
            Self::Beside => "Beside another run",
            Self::TypedOnly => "Names that nobody proved",
            Self::NotApplicable => "Did not apply",
            Self::Strange => "Not readable by this version",
        }
    }

    /// Returns whether it only informs: a run with nothing else is straight.
    #[must_use]
    pub const fn harmless(self) -> bool {
        matches!(self, Self::NotApplicable | Self::TypedOnly)
    }
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub kind: Kind,
    /// The place in the log, if it is one fact.
    pub seq: Option<u64>,
    /// The run.
    pub run: String,
    /// What it is.
    pub what: Phrase,
}

/// Returns the findings of the run and of all runs below it, by kind, then in the order of the log.
#[must_use]
pub fn findings(record: &RunRecord<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        record.family().into_iter().flat_map(|(_, record)| of_one(record)).collect();
    found.sort_by_key(|f| (f.kind, f.seq));
    found
}

fn of_one(record: &RunRecord<'_>) -> Vec<Finding> {
    let run = record.run;
    let whole = |kind, what| Finding { kind, seq: None, run: run.id.clone(), what };
    let mut found: Vec<Finding> = Vec::new();
    found.extend(end(run).map(|what| whole(Kind::NotCompleted, what)));
    if run.closed.is_some() {
        let missed = measured(run).into_iter().filter(|m| m.held() == Some(false));
        found.extend(missed.map(|m| whole(Kind::TargetMissed, Phrase::default().quote(m.words()))));
    }
    for open in run.open_undos() {
        let what = Phrase::of("step ").code(open.step.id.as_str()).say(" was started, and ");
        let what = what.code(open.undo.as_str()).say(", which takes it back, was not signed since");
        found.push(whole(Kind::NotTakenBack, what));
    }
    for attempt in run.unknown() {
        found.push(whole(Kind::StillUnknown, named(attempt, "is still unknown")));
    }
    for fact in record.events {
        found.extend(kinds(run, fact).into_iter().map(|kind| Finding {
            kind,
            seq: Some(fact.seq),
            run: run.id.clone(),
            what: told(run, fact),
        }));
    }
    let opened = &run.opened;
    if opened.dirty {
        found.push(whole(Kind::Runbook, Phrase::of("the runbook's file had changes that no commit holds")));
    }
    if !opened.beside.is_empty() {
        let what =
            Phrase::of("opened beside runs that were open and that nobody drove: ").list(&opened.beside);
        found.push(whole(Kind::Beside, what));
    }
    found.extend(unproven(record.events).map(|what| whole(Kind::TypedOnly, what)));
    for strange in &record.strange {
        let what = Phrase::of("a fact of the kind ").code(&strange.kind);
        found.push(Finding { kind: Kind::Strange, seq: Some(strange.seq), run: run.id.clone(), what });
    }
    found
}

/// Returns how the run ended if it did not complete.
fn end(run: &Run) -> Option<Phrase> {
    match &run.closed {
        None => Some(Phrase::of("the run is still open")),
        Some((e, _)) if e.outcome == crate::run::fact::RunOutcome::Completed => None,
        Some((e, _)) => Some(Phrase::of(e.outcome.words()).reason(": ", e.reason.as_deref())),
    }
}

fn kinds(run: &Run, fact: &Recorded) -> Vec<Kind> {
    let order = |open: &[_]| (!open.is_empty()).then_some(Kind::OutOfOrder);
    match &fact.event {
        Event::StepIntended(e) => {
            let earlier =
                run.attempts.values().rev().find(|a| {
                    a.intent.number < e.number && a.intent.step == e.step && a.intent.host == e.host
                });
            let round = e.round.is_some_and(|r| r.round > 1);
            let again = earlier.is_some_and(|a| !a.never_started() && !round).then_some(Kind::Retried);
            again.into_iter().chain(order(&e.out_of_order)).collect()
        }
        Event::StepFinished(e) if run.attempts.get(&e.number).is_some_and(Attempt::went_on) => Vec::new(),
        Event::StepFinished(e) => {
            let then = run.attempts.get(&e.number).map(|a| {
                let mut then = Attempt::new(a.intent.clone(), a.at);
                then.finished = Some(((**e).clone(), a.at));
                then.status()
            });
            match then {
                Some(StepStatus::Failed) => vec![Kind::Failed],
                Some(StepStatus::Cancelled) => vec![Kind::Cancelled],
                Some(StepStatus::Warning) => vec![Kind::Warned],
                _ => Vec::new(),
            }
        }
        Event::StepUnknown(_) => vec![Kind::Unknown],
        Event::StepResolved(_) => vec![Kind::Verdict],
        Event::StepWaived(e) if e.condition.is_some() => vec![Kind::NotApplicable],
        Event::BoxWaived(e) if e.condition.is_some() => vec![Kind::NotApplicable],
        Event::StepWaived(_) => vec![Kind::Waived],
        Event::BoxWaived(e) => [Kind::Waived].into_iter().chain(order(&e.out_of_order)).collect(),
        Event::BoxSigned(e) => order(&e.out_of_order).into_iter().collect(),
        Event::ChildOpened(e) => order(&e.out_of_order).into_iter().collect(),
        Event::BoxUnsigned(_) => vec![Kind::Reopened],
        Event::GateVoted(e) if e.vote == Vote::NoGo => vec![Kind::NoGo],
        Event::GateOpened(e) if e.over.is_some() => vec![Kind::GateOver],
        Event::WaitEnded(_) => vec![Kind::WaitEnded],
        // What was filled in before anything used it is how a run begins, and no finding.
        Event::ValueSet(e) if e.reason.is_some() => vec![Kind::ByHand],
        Event::HostKeyRefused(_) | Event::HostKeyAccepted(_) => vec![Kind::HostKey],
        Event::HostConnected(e) if run.reached(&e.host).is_some_and(|c| c.fingerprint != e.fingerprint) => {
            vec![Kind::HostKey]
        }
        Event::HostRepinned(_) => vec![Kind::HostKey],
        Event::RunDriverChanged(_) => vec![Kind::TakenOver],
        Event::RunbookChanged(_) => vec![Kind::Runbook],
        _ => Vec::new(),
    }
}

/// Returns the moment as a sentence with who.
fn told(run: &Run, fact: &Recorded) -> Phrase {
    match moment(run, fact) {
        Some(moment) => match &moment.who {
            Some(who) => Phrase::default().who(who).say(" ").then(moment.what),
            None => moment.what,
        },
        None => Phrase::of(format!("event {}", fact.seq)),
    }
}

fn named(attempt: &Attempt, words: &str) -> Phrase {
    let intent = &attempt.intent;
    let what = Phrase::of("step ").code(intent.step.as_str()).say(" on ").code(&intent.host);
    what.say(format!(" (attempt {}) {words}", intent.attempt))
}

/// Returns how many sign-offs, waivers and votes carry a name that was not proven by a key, and which names.
fn unproven(events: &[Recorded]) -> Option<Phrase> {
    let mut total = 0_u32;
    let mut weak: BTreeMap<&'static str, (u32, BTreeSet<&str>)> = BTreeMap::new();
    for who in events.iter().filter_map(signer) {
        total += 1;
        if who.proof != Proof::SshKey {
            let entry = weak.entry(who.proof.word()).or_default();
            entry.0 += 1;
            entry.1.insert(who.name.as_str());
        }
    }
    if weak.is_empty() {
        return None;
    }
    let mut what = Phrase::default();
    for (place, (word, (count, names))) in weak.into_iter().enumerate() {
        let more = if place > 0 { "; " } else { "" };
        what = what.say(format!("{more}only {word}: {count} of {total} sign-offs, waivers and votes, by "));
        for (place, name) in names.into_iter().enumerate() {
            what = what.say(if place > 0 { ", " } else { "" });
            what.0.push(Part::Name(name.to_owned()));
        }
    }
    Some(what)
}

fn signer(fact: &Recorded) -> Option<&Who> {
    match &fact.event {
        Event::BoxSigned(e) => Some(&e.who),
        Event::BoxWaived(e) if e.condition.is_none() => Some(&e.who),
        Event::StepWaived(e) if e.condition.is_none() => Some(&e.who),
        Event::GateVoted(e) => Some(&e.who),
        Event::GateOpened(e) if e.over.is_some() => Some(&e.who),
        _ => None,
    }
}

/// Returns the sign of a mark: a bare symbol, as machines have on screen.
#[must_use]
pub const fn sign(mark: Mark) -> &'static str {
    match mark {
        Mark::Good => "✓",
        Mark::Bad => "✗",
        Mark::Unknown => "?",
        Mark::Bent => "~",
        Mark::Plain => "·",
    }
}
