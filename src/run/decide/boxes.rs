//! Signing, un-signing, waiving, waiting.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Stamp;
use crate::run::attempt::StepStatus;
use crate::run::command::Command;
use crate::run::condition::{Bar, Holds};
use crate::run::decide::{Decision, text};
use crate::run::event::Event;
use crate::run::fact::{
    BoxSigned, BoxUnsigned, BoxWaived, MarkSet, NamedValue, StepWaived, WaitEnded, WaitStarted, Who,
};
use crate::run::proof::Shown;
use crate::run::refusal::Refusal;
use crate::run::state::{BoxState, Run};
use crate::runbook::ids::{BoxId, StepId};
use crate::runbook::model::{BoxItem, Step};

/// What a signer gives besides the name.
pub(super) struct Words<'a> {
    pub(super) note: Option<&'a str>,
    pub(super) value: Option<&'a str>,
    pub(super) out_of_order: bool,
}

impl Run {
    pub(super) fn decide_sign(&self, command: &Command, id: &BoxId, words: &Words<'_>) -> Decision {
        let (index, item, state) = self.open_box(id)?;
        self.check_gate(item.phase)?;
        self.check_applies(index)?;
        if let Some(role) = &item.role {
            self.check_role(&command.who, role)?;
        }
        let first = if item.two_person { self.second_person(state, &command.who)? } else { None };
        let moot = self.not_in_the_way(&item.steps).map_err(Refusal::StepOpen)?;
        if let Some(step) = self.undecided_step(index) {
            return Err(Refusal::StepInFlight(step.id.clone()));
        }
        if item.runbook.is_some() && !self.link_completed(id) {
            return Err(Refusal::LinkOpen);
        }
        let children = self.open_children(index);
        if !children.is_empty() {
            return Err(Refusal::ChildrenOpen(children));
        }
        if let Some(wait) = item.wait.filter(|_| !state.wait_ended) {
            let started = state.wait_started.ok_or(Refusal::Waiting(wait.as_secs()))?;
            let left = wait_until(started, wait).signed_duration_since(command.at.wall).num_milliseconds();
            if left > 0 {
                // Part of a second still to go is a second to go.
                return Err(Refusal::Waiting(u64::try_from(left).unwrap_or_default().div_ceil(1000)));
            }
        }
        let value = match &item.value {
            Some(spec) => {
                let value = words.value.map(str::trim).filter(|v| !v.is_empty());
                // Two people sign one thing: the second may leave the value out, and cannot change it.
                let before = first.and_then(|f| Some((f.who.name.clone(), f.value.clone()?)));
                if let Some((first, before)) =
                    before.as_ref().filter(|(_, b)| value.is_some_and(|v| v != b.value))
                {
                    let NamedValue { name, value } = before.clone();
                    return Err(Refusal::OtherValue { name, value, first: first.clone() });
                }
                let value = value.or(before.as_ref().map(|(_, before)| before.value.as_str()));
                let value = value.ok_or_else(|| Refusal::ValueMissing(spec.name.clone()))?.to_owned();
                let value = NamedValue { name: spec.name.clone(), value };
                self.check_value(&value)?;
                Some(value)
            }
            None => None,
        };
        let out_of_order = self.accepted_order(index, words.out_of_order)?;
        let mut events: Vec<Event> =
            moot.iter().map(|(step, why)| moot_step(&self.captain, step, why)).collect();
        events.push(Event::BoxSigned(BoxSigned {
            who: command.who.clone(),
            id: id.clone(),
            statement: item.text.clone(),
            note: words.note.map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned),
            value,
            evidence: self.evidence(index),
            out_of_order,
            seen: self.last_seq,
            seen_head: self.seen_by(&command.who).map(|seen| seen.head.into()),
        }));
        let settles = !item.two_person || first.is_some();
        if let Some(name) = item.mark.clone().filter(|_| settles) {
            events.push(Event::MarkSet(MarkSet { who: command.who.clone(), name, in_box: id.clone() }));
        }
        Ok(events)
    }

    pub(super) fn decide_unsign(&self, who: &Who, id: &BoxId, reason: &str) -> Decision {
        let index = self.runbook.box_index(id).ok_or_else(|| Refusal::NoBox(id.clone()))?;
        if !self.boxes.get(index).is_some_and(|b| b.settled() || b.half().is_some()) {
            return Err(Refusal::NotSettled);
        }
        // The signature of a box around it would fall with this one's.
        for at in std::iter::once(index).chain(self.ancestors(index)) {
            let signed = self.boxes.get(at).is_some_and(|b| b.signed.is_some());
            let item = self.runbook.boxes.get(at).filter(|b| b.irreversible && signed);
            if let Some(item) = item {
                return Err(Refusal::PastReturn(item.text.clone()));
            }
        }
        if let Some(chosen) = self.chosen_instead(index) {
            return Err(Refusal::NotChosen(chosen.to_owned()));
        }
        let reason = text(reason, "a reason")?;
        let mut events = vec![Event::BoxUnsigned(BoxUnsigned {
            who: who.clone(),
            id: id.clone(),
            reason,
            seen: self.seen_by(who),
        })];
        // A parent says that everything in it is settled, so its signature falls with the child's.
        for parent in self.ancestors(index) {
            if self.boxes.get(parent).is_some_and(|b| b.signed.is_some()) {
                let reason = format!("{id}, a box inside it, was opened again");
                let id = self.box_id(parent);
                events.push(Event::BoxUnsigned(BoxUnsigned {
                    who: who.clone(),
                    id,
                    reason,
                    seen: self.seen_by(who),
                }));
            }
        }
        Ok(events)
    }

    pub(super) fn decide_waive(
        &self,
        who: &Who,
        id: &BoxId,
        reason: &str,
        risk_owner: Option<&str>,
        out_of_order: bool,
    ) -> Decision {
        let (index, item, _) = self.open_box(id)?;
        if item.required {
            return Err(Refusal::Required);
        }
        self.check_gate(item.phase)?;
        self.check_choice(index)?;
        if let Some(step) = self.undecided_inside(index) {
            return Err(Refusal::StepInFlight(step));
        }
        let reason = match item.optional_words() {
            Some(words) if reason.trim().is_empty() => words.to_owned(),
            _ => text(reason, "a reason")?,
        };
        let order = self.accepted_order(index, out_of_order)?;
        let mut events = Vec::new();
        for child in self.inside(index) {
            let Some(inner) = self.runbook.boxes.get(child) else { continue };
            if inner.required {
                return Err(Refusal::ChildrenOpen(vec![inner.id.clone()]));
            }
            events.push(waived(
                who,
                &inner.id,
                &format!("{id}, the box around it, was waived"),
                None,
                self.seen_by(who),
            ));
        }
        events.push(Event::BoxWaived(BoxWaived {
            who: who.clone(),
            id: id.clone(),
            reason,
            risk_owner: risk_owner.map(str::trim).filter(|r| !r.is_empty()).map(str::to_owned),
            condition: None,
            out_of_order: order,
            by_choice: None,
            seen: self.seen_by(who),
        }));
        Ok(events)
    }

    pub(super) fn decide_start_wait(&self, who: &Who, id: &BoxId) -> Decision {
        let (index, item, state) = self.open_box(id)?;
        self.check_gate(item.phase)?;
        let wait = item.wait.filter(|_| state.wait_started.is_none()).ok_or(Refusal::NoWait)?;
        // What is waited for happens after the work: a wait that runs beside it would wait for nothing.
        self.check_applies(index)?;
        self.not_in_the_way(&item.steps).map_err(Refusal::StepOpen)?;
        if item.runbook.is_some() && !self.link_completed(id) {
            return Err(Refusal::LinkOpen);
        }
        let children = self.open_children(index);
        if !children.is_empty() {
            return Err(Refusal::ChildrenOpen(children));
        }
        Ok(vec![Event::WaitStarted(WaitStarted {
            who: who.clone(),
            id: id.clone(),
            seconds: wait.as_secs(),
        })])
    }

    pub(super) fn decide_end_wait(&self, who: &Who, id: &BoxId, reason: &str) -> Decision {
        let (_, item, state) = self.open_box(id)?;
        if item.wait.is_none() || state.wait_started.is_none() || state.wait_ended {
            return Err(Refusal::NoWait);
        }
        let reason = text(reason, "a reason")?;
        Ok(vec![Event::WaitEnded(WaitEnded { who: who.clone(), id: id.clone(), reason })])
    }

    /// Returns the index, item and state of the open, walked box `id`.
    pub(in crate::run) fn open_box(&self, id: &BoxId) -> Result<(usize, &BoxItem, &BoxState), Refusal> {
        let none = || Refusal::NoBox(id.clone());
        let index = self.runbook.box_index(id).ok_or_else(none)?;
        let item = self.runbook.boxes.get(index).filter(|b| self.walks(b.phase)).ok_or_else(none)?;
        let state = self.boxes.get(index).ok_or_else(none)?;
        if state.settled() { Err(Refusal::Settled) } else { Ok((index, item, state)) }
    }

    /// Checks that no gate is shut before the phase at `index`. What a closed run still owes waits for no gate.
    pub(crate) fn check_gate(&self, index: usize) -> Result<(), Refusal> {
        match self.shut_gate_before(index).filter(|_| self.closed.is_none()) {
            Some(gate) => Err(Refusal::GateShut { gate, phase: self.phase_title(gate).to_owned() }),
            None => Ok(()),
        }
    }

    /// Checks that the conditions of the box at `index` and of everything around it hold, and that the choices around it
    /// are made.
    pub(super) fn check_applies(&self, index: usize) -> Result<(), Refusal> {
        match self.bar(index).map(|bar| bar.holds) {
            None | Some(Holds::Yes) => self.check_choice(index),
            Some(Holds::No(why)) => Err(Refusal::NotApplicable(why)),
            Some(Holds::Unknown(name)) => Err(Refusal::Undecided(name)),
        }
    }

    /// Returns the earlier open boxes, which must be `accepted` if there are any. In a closed run nothing is earlier.
    pub(super) fn accepted_order(&self, index: usize, accepted: bool) -> Result<Vec<BoxId>, Refusal> {
        let earlier = if self.closed.is_some() { Vec::new() } else { self.earlier_open(index) };
        if earlier.is_empty() || accepted { Ok(earlier) } else { Err(Refusal::OutOfOrder(earlier)) }
    }

    /// Returns the open boxes nested at any depth in the one at `index`, the innermost first.
    fn inside(&self, index: usize) -> Vec<usize> {
        let open = |i: &usize| self.boxes.get(*i).is_some_and(|b| !b.settled());
        self.walked().rev().filter(|i| open(i) && self.ancestors(*i).contains(&index)).collect()
    }

    /// Returns a step of the box at `index`, or of one inside it, that runs or is unknown.
    fn undecided_inside(&self, index: usize) -> Option<StepId> {
        let mut flying = self.in_flight().chain(self.unknown());
        flying
            .find(|a| {
                let place = self.runbook.box_index(&a.intent.in_box);
                place.is_some_and(|i| i == index || self.ancestors(i).contains(&index))
            })
            .map(|a| a.intent.step.clone())
    }

    /// Returns what the steps of the box showed, a sentence each.
    #[must_use]
    pub fn evidence(&self, index: usize) -> Vec<String> {
        let tried = |step: &Step| {
            let attempted = || self.attempts.values().any(|a| a.intent.step == step.id);
            step.holds_box() || step.by_hand.is_some() || attempted()
        };
        let commands = self.runbook.boxes.get(index).into_iter().flat_map(|b| b.commands());
        commands
            .filter(|step| tried(step))
            .map(|step| {
                if let Some(why) = &step.by_hand {
                    return format!("step {}: gonogo did not run it, it is done by hand: {why}", step.id);
                }
                let statuses = self.host_statuses(step);
                let hosts: Vec<String> =
                    statuses.iter().map(|(h, s)| self.shown(step, &h.name, *s)).collect();
                let waived = match (self.waived_steps.get(&step.id), self.does_not_apply(step)) {
                    (Some((e, _)), _) => format!("; waived: {}", e.reason),
                    (None, Some(why)) => format!("; {}", reason_of(&why)),
                    (None, None) => String::new(),
                };
                format!("step {}: {}{waived}", step.id, hosts.join(", "))
            })
            .collect()
    }

    /// Returns what `step` showed on `host`, for example `api-1 passed at attempt 2`.
    fn shown(&self, step: &Step, host: &str, status: StepStatus) -> String {
        match self.latest(&step.id, host) {
            Some(a) if a.intent.round.is_some() => {
                let rounds = a.intent.round.map_or(1, |r| r.round);
                let word = if a.resolved.is_some() { a.status_words() } else { status.word() };
                format!("{host} {word} after {rounds} round{}", if rounds == 1 { "" } else { "s" })
            }
            Some(a) if a.intent.attempt > 1 => {
                format!("{host} {} at attempt {}", a.status_words(), a.intent.attempt)
            }
            Some(a) => format!("{host} {}", a.status_words()),
            None => format!("{host} {}", status.word()),
        }
    }
}

/// Returns when a wait of the length `wait` that began at `started` is over.
#[must_use]
pub fn wait_until(started: Stamp, wait: Duration) -> DateTime<Utc> {
    let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
    started.wall.checked_add_signed(wait).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn reason_of(condition: &str) -> String {
    format!("it does not apply: {condition}")
}

/// Returns the waiver of a step that does not apply.
#[must_use]
pub fn moot_step(who: &Who, step: &Step, why: &str) -> Event {
    Event::StepWaived(StepWaived {
        who: who.clone(),
        step: step.id.clone(),
        reason: reason_of(why),
        risk_owner: None,
        condition: Some(why.to_owned()),
        seen: None,
    })
}

/// Returns the waivers of what does not apply: of the box whose turn it is or of what is around it, or of a box with
/// `due` that nothing stands before, and of all boxes inside it. Nothing while a gate is shut before it, while its condition
/// cannot be decided, or while one of its steps runs or is unknown.
#[must_use]
pub fn boxes_waived_by_condition(run: &Run) -> Vec<Event> {
    let due = |i: &usize| {
        run.due(*i).is_some()
            && run.boxes.get(*i).is_some_and(|b| !b.settled())
            && run.earlier_open(*i).is_empty()
    };
    let candidates = run.next_open().into_iter().chain(run.walked().filter(due));
    for candidate in candidates {
        let phase = run.runbook.boxes.get(candidate).map_or(0, |b| b.phase);
        let Some(Bar { below, holds: Holds::No(why) }) = run.bar(candidate) else { continue };
        let busy = below.clone().any(|i| run.undecided_inside(i).is_some());
        if busy || run.shut_gate_before(phase).is_some() {
            continue;
        }
        // The innermost first, so that no box is settled before what is inside it.
        let open = |i: &usize| run.boxes.get(*i).is_some_and(|b| !b.settled());
        let waiver = |i| waived(&run.captain, &run.box_id(i), &reason_of(&why), Some(why.clone()), None);
        let waivers: Vec<Event> = below.rev().filter(open).map(waiver).collect();
        if !waivers.is_empty() {
            return waivers;
        }
    }
    Vec::new()
}

/// Returns a waiver of `id`.
fn waived(who: &Who, id: &BoxId, reason: &str, condition: Option<String>, seen: Option<Box<Shown>>) -> Event {
    Event::BoxWaived(BoxWaived {
        who: who.clone(),
        id: id.clone(),
        reason: reason.to_owned(),
        risk_owner: None,
        condition,
        out_of_order: Vec::new(),
        by_choice: None,
        seen,
    })
}
