//! Signing, un-signing, waiving, waiting.

use crate::run::command::Command;
use crate::run::condition::Holds;
use crate::run::decide::{Decision, text};
use crate::run::event::Event;
use crate::run::fact::{BoxSigned, BoxUnsigned, BoxWaived, NamedValue, WaitEnded, WaitStarted, Who};
use crate::run::refusal::Refusal;
use crate::run::state::{BoxState, Run};
use crate::runbook::ids::BoxId;
use crate::runbook::model::BoxItem;

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
        if let Some(step) = self.next_step(index) {
            return Err(Refusal::StepOpen(step.id.clone()));
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
            let left = (started.wall + wait).signed_duration_since(command.at.wall).num_seconds();
            if left > 0 {
                return Err(Refusal::Waiting(u64::try_from(left).unwrap_or_default()));
            }
        }
        let value = match &item.value {
            Some(spec) => {
                let value = words.value.map(str::trim).filter(|v| !v.is_empty());
                let value = value.ok_or_else(|| Refusal::ValueMissing(spec.name.clone()))?.to_owned();
                let value = NamedValue { name: spec.name.clone(), value };
                self.check_value(&value)?;
                Some(value)
            }
            None => None,
        };
        let out_of_order = self.accepted_order(index, words.out_of_order)?;
        Ok(vec![Event::BoxSigned(BoxSigned {
            who: command.who.clone(),
            id: id.clone(),
            statement: item.text.clone(),
            note: words.note.map(str::trim).filter(|n| !n.is_empty()).map(str::to_owned),
            value,
            evidence: self.evidence(index),
            out_of_order,
            seen: self.last_seq,
        })])
    }

    pub(super) fn decide_unsign(&self, who: &Who, id: &BoxId, reason: &str) -> Decision {
        let index = self.runbook.box_index(id).ok_or_else(|| Refusal::NoBox(id.clone()))?;
        if !self.boxes.get(index).is_some_and(BoxState::settled) {
            return Err(Refusal::NotSettled);
        }
        let reason = text(reason, "a reason")?;
        let mut events = vec![Event::BoxUnsigned(BoxUnsigned { who: who.clone(), id: id.clone(), reason })];
        // A parent says that everything in it is settled, so its signature falls with the child's.
        for parent in self.ancestors(index) {
            if self.boxes.get(parent).is_some_and(|b| b.signed.is_some()) {
                let reason = format!("{id}, a box inside it, was opened again");
                let id = self.box_id(parent);
                events.push(Event::BoxUnsigned(BoxUnsigned { who: who.clone(), id, reason }));
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
        let flying = self.in_flight().chain(self.unknown()).find(|a| a.intent.in_box == *id);
        if let Some(attempt) = flying {
            return Err(Refusal::StepInFlight(attempt.intent.step.clone()));
        }
        let reason = text(reason, "a reason")?;
        let order = self.accepted_order(index, out_of_order)?;
        let mut events = Vec::new();
        for child in self.inside(index) {
            let Some(inner) = self.runbook.boxes.get(child) else { continue };
            if inner.required {
                return Err(Refusal::ChildrenOpen(vec![inner.id.clone()]));
            }
            events.push(waived(who, &inner.id, &format!("{id}, the box around it, was waived"), None));
        }
        events.push(Event::BoxWaived(BoxWaived {
            who: who.clone(),
            id: id.clone(),
            reason,
            risk_owner: risk_owner.map(str::trim).filter(|r| !r.is_empty()).map(str::to_owned),
            condition: None,
            out_of_order: order,
        }));
        Ok(events)
    }

    pub(super) fn decide_start_wait(&self, who: &Who, id: &BoxId) -> Decision {
        let (_, item, state) = self.open_box(id)?;
        self.check_gate(item.phase)?;
        let wait = item.wait.filter(|_| state.wait_started.is_none()).ok_or(Refusal::NoWait)?;
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
    pub(super) fn open_box(&self, id: &BoxId) -> Result<(usize, &BoxItem, &BoxState), Refusal> {
        let none = || Refusal::NoBox(id.clone());
        let index = self.runbook.box_index(id).ok_or_else(none)?;
        let item = self.runbook.boxes.get(index).filter(|b| self.walks(b.phase)).ok_or_else(none)?;
        let state = self.boxes.get(index).ok_or_else(none)?;
        if state.settled() { Err(Refusal::Settled) } else { Ok((index, item, state)) }
    }

    /// Checks that no gate is shut before the phase at `index`.
    pub(super) fn check_gate(&self, index: usize) -> Result<(), Refusal> {
        match self.shut_gate_before(index) {
            Some(gate) => Err(Refusal::GateShut { gate, phase: self.phase_title(gate).to_owned() }),
            None => Ok(()),
        }
    }

    /// Returns the earlier open boxes, which must be `accepted` if there are any.
    pub(super) fn accepted_order(&self, index: usize, accepted: bool) -> Result<Vec<BoxId>, Refusal> {
        let earlier = self.earlier_open(index);
        if earlier.is_empty() || accepted { Ok(earlier) } else { Err(Refusal::OutOfOrder(earlier)) }
    }

    /// Returns the open boxes nested at any depth in the one at `index`, the innermost first.
    fn inside(&self, index: usize) -> Vec<usize> {
        let mut found: Vec<usize> =
            self.walked().filter(|i| self.holds_up(*i) && self.ancestors(*i).contains(&index)).collect();
        found.reverse();
        found
    }

    /// Returns what the steps of the box showed, a sentence each.
    fn evidence(&self, index: usize) -> Vec<String> {
        let steps = self.runbook.boxes.get(index).map(|b| b.steps.as_slice()).unwrap_or_default();
        steps
            .iter()
            .map(|step| {
                let hosts: Vec<String> = self
                    .host_statuses(step)
                    .iter()
                    .map(|(h, s)| format!("{} {}", h.name, s.word()))
                    .collect();
                format!("step {}: {}", step.id, hosts.join(", "))
            })
            .collect()
    }
}

/// Returns the waiver of the box whose turn it is, and of those inside it, when its condition is decided and does not
/// hold. Nothing while a gate is shut before it.
#[must_use]
pub fn boxes_waived_by_condition(run: &Run) -> Vec<Event> {
    let turn = run.walked().find(|i| run.holds_up(*i));
    let Some((index, item)) = turn.and_then(|i| run.runbook.boxes.get(i).map(|item| (i, item))) else {
        return Vec::new();
    };
    if run.shut_gate_before(item.phase).is_some() {
        return Vec::new();
    }
    // The first open box may be a parent whose turn has passed to a box inside it.
    let candidates = [Some(index), run.next_open()];
    for index in candidates.into_iter().flatten() {
        if let Some(Holds::No(why)) = run.box_condition(index) {
            let who = &run.captain;
            let reason = format!("it does not apply: {why}");
            let mut events: Vec<Event> = run
                .inside(index)
                .into_iter()
                .map(|child| waived(who, &run.box_id(child), &reason, Some(why.clone())))
                .collect();
            events.push(waived(who, &run.box_id(index), &reason, Some(why.clone())));
            return events;
        }
    }
    Vec::new()
}

/// Returns a waiver of `id`.
fn waived(who: &Who, id: &BoxId, reason: &str, condition: Option<String>) -> Event {
    Event::BoxWaived(BoxWaived {
        who: who.clone(),
        id: id.clone(),
        reason: reason.to_owned(),
        risk_owner: None,
        condition,
        out_of_order: Vec::new(),
    })
}
