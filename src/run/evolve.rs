//! Folding a durable fact into the state. It cannot fail: a fact about a box, attempt or gate that the run does not
//! have changes nothing but the newest sequence number.

use crate::clock::Stamp;
use crate::run::attempt::Attempt;
use crate::run::event::{Event, StepIntended};
use crate::run::fact::{BoxSigned, BoxWaived, ChildClosed, HostPin, NamedValue, Recorded, Who};
use crate::run::persons::two;
use crate::run::state::{BoxState, Child, Run, Shell};
use crate::runbook::ids::BoxId;

impl Run {
    /// Folds `recorded` in. Events of other runs must not be given.
    pub fn evolve(&mut self, recorded: &Recorded) {
        let at = recorded.at;
        // What others recorded a moment earlier may come to be known a moment later.
        if recorded.seq >= self.last_seq {
            self.last_seq = recorded.seq;
            self.last_at = at;
            self.last_hash.clone_from(&recorded.hash);
        }
        match &recorded.event {
            Event::RunDriverChanged(e) => self.driven_by(&e.who),
            Event::RunResumed(e) => self.driven_by(&e.who),
            Event::RunHandedOver(e) => self.driven_by(&e.who),
            Event::RunHandoverOffered(e) => self.offered = Some((e.clone(), at)),
            Event::RunClosed(e) => self.closed = Some((e.clone(), at)),
            Event::BoxSigned(e) => self.signed(e, at),
            Event::BoxUnsigned(e) => self.unsigned(&e.id),
            Event::BoxWaived(e) => self.waived(e, at),
            Event::MarkSet(e) => self.on_box(&e.in_box, |b| b.marked = Some((e.clone(), at))),
            Event::ValueSet(e) => self.by_hand(&e.value),
            Event::WaitStarted(e) => self.on_box(&e.id, |b| {
                b.wait_started = Some(at);
                b.touched_at.get_or_insert(at);
            }),
            Event::WaitEnded(e) => self.on_box(&e.id, |b| b.wait_ended = true),
            Event::StepIntended(e) => self.intended(e, at),
            Event::StepStarted(e) => self.on_attempt(e.number, |a| {
                a.process = Some((e.pid, e.pgid));
                a.started_at = Some(at);
                a.terminal = e.terminal;
            }),
            Event::StepOutput(_) => {}
            Event::StepCaptured(e) => {
                let NamedValue { name, value } = e.value.clone();
                match &e.host {
                    Some(host) => {
                        self.host_values.entry(name).or_default().insert(host.clone(), value);
                    }
                    None => {
                        self.values.insert(name, value);
                    }
                }
                self.on_attempt(e.number, |a| a.captured = Some(e.value.value.clone()));
            }
            Event::StepFinished(e) => self.on_attempt(e.number, |a| {
                a.stored = e.stdout.head + e.stdout.tail + e.stderr.head + e.stderr.tail;
                a.finished = Some(((**e).clone(), at));
            }),
            Event::StepCancelRequested(e) => self.on_attempt(e.number, |a| match e.enough {
                true => a.enough = Some(e.who.name.clone()),
                false => a.cancel_asked = true,
            }),
            Event::StepTimedOut(e) => self.on_attempt(e.number, |a| a.timed_out = Some(e.limit)),
            Event::StepUnknown(e) => self.on_attempt(e.number, |a| a.unknown = Some((e.why.clone(), at))),
            Event::StepProbed(e) => {
                self.on_attempt(e.number, |a| a.probed = Some((e.answer.clone(), e.left.clone(), at)));
            }
            Event::StepResolved(e) => self.on_attempt(e.number, |a| a.resolved = Some(e.clone())),
            Event::StepWaived(e) => {
                self.waived_steps.insert(e.step.clone(), (e.clone(), at));
            }
            Event::GateVoted(e) => self.voted(e, at),
            // By a poll, it opens for whoever has seen the proofs of those who said go.
            Event::GateOpened(e) if e.over.is_none() && !self.not_go(e.gate).is_empty() => {}
            Event::GateOpened(e) => {
                if let Some(gate) = self.gates.get_mut(&e.gate) {
                    gate.accepted.extend(e.open.iter().cloned());
                    gate.opened = Some((e.clone(), at));
                }
            }
            Event::WatchSampled(e) => self.on_attempt(e.number, |a| a.sample = Some(e.clone())),
            Event::WatchBreached(e) => self.on_attempt(e.number, |a| a.breached = Some(e.clone())),
            Event::ChoiceMade(e) => {
                self.choices.insert(e.choice, (e.clone(), at));
            }
            Event::HostChosen(e) => {
                self.chosen_hosts.insert(e.step.clone(), (e.clone(), at));
            }
            Event::HostConnected(e) => {
                let known = if e.sudo { &mut self.connected_as_root } else { &mut self.connected };
                let first = known.entry(e.host.clone()).or_insert_with(|| e.clone());
                // Earlier versions did not note what lies on the way.
                if first.through.is_empty() && first.fingerprint == e.fingerprint {
                    first.through.clone_from(&e.through);
                }
            }
            Event::HostRepinned(e) => {
                for host in self.opened.hosts.iter_mut().filter(|host| host.name == e.pin.name) {
                    let role = std::mem::take(&mut host.role);
                    *host = HostPin { role, ..e.pin.clone() };
                }
                self.connected.remove(&e.pin.name);
                self.connected_as_root.remove(&e.pin.name);
            }
            Event::ShellOpened(e) => {
                self.shells.insert(e.shell, Shell { opened: e.clone(), at, closed: None });
            }
            Event::ShellClosed(e) => {
                if let Some(shell) = self.shells.get_mut(&e.shell) {
                    shell.closed = Some((e.clone(), at));
                }
            }
            Event::NoteAdded(e) => self.notes.push((e.clone(), at)),
            Event::ChildOpened(e) => {
                self.children.push(Child { opened: e.clone(), at, closed: None });
                if let Some(id) = &e.in_box {
                    self.on_box(id, |b| {
                        b.touched_at.get_or_insert(at);
                        b.accepted.extend(e.out_of_order.iter().cloned());
                    });
                }
            }
            Event::ChildClosed(e) => self.child_closed(e, at),
            Event::LogOpened(_)
            | Event::LogRecovered(_)
            | Event::LogDegraded(_)
            | Event::LogRotated(_)
            | Event::LogCheckpoint(_)
            | Event::LogMoved(_)
            | Event::SessionOpened(_)
            | Event::SessionClosed(_)
            | Event::ClockStepped(_)
            | Event::RunOpened(_)
            | Event::RunPaused(_)
            | Event::HostKeyRefused(_)
            | Event::HostKeyAccepted(_)
            | Event::HostLost(_)
            | Event::ExportCreated(_)
            | Event::RunbookChanged(_) => {}
        }
        if gives_values(&recorded.event) {
            self.refill();
        }
    }

    /// Takes over a value that no step of this run captured. It is everybody's, whatever a host said before.
    fn by_hand(&mut self, value: &NamedValue) {
        self.host_values.remove(&value.name);
        self.values.insert(value.name.clone(), value.value.clone());
        self.by_hand.insert(value.name.clone());
    }

    fn on_box(&mut self, id: &BoxId, change: impl FnOnce(&mut BoxState)) {
        if let Some(state) = self.runbook.box_index(id).and_then(|i| self.boxes.get_mut(i)) {
            change(state);
        }
    }

    fn on_attempt(&mut self, number: u32, change: impl FnOnce(&mut Attempt)) {
        if let Some(attempt) = self.attempts.get_mut(&number) {
            change(attempt);
        }
    }

    fn driven_by(&mut self, who: &Who) {
        self.captain = who.clone();
        self.offered = None;
    }

    fn signed(&mut self, e: &BoxSigned, at: Stamp) {
        let item = self.runbook.find_box(&e.id);
        // Nobody is refused here for want of a proof: the reader is told that the name is only claimed.
        let role = item.and_then(|item| item.role.as_deref());
        if role.is_some_and(|role| !self.has_role(&e.who, role) || self.captain.shares_seat(&e.who)) {
            return;
        }
        let two_person = item.is_some_and(|b| b.two_person);
        if two_person && !self.completes(e) {
            return self.on_box(&e.id, |b| b.halves.push((e.clone(), at)));
        }
        if let Some(value) = &e.value {
            self.by_hand(value);
        }
        self.on_box(&e.id, |b| {
            b.signed = Some((e.clone(), at));
            b.accepted.extend(e.out_of_order.iter().cloned());
        });
    }

    /// Returns whether `e` is the signature of a second person. Then only the first of the two stays beside it.
    fn completes(&mut self, e: &BoxSigned) -> bool {
        let signed = self.is_signed();
        let state = self.runbook.box_index(&e.id).and_then(|i| self.boxes.get_mut(i));
        let Some(state) = state else { return false };
        let first = state.halves.iter().rposition(|(half, _)| two(&half.who, &e.who, signed).is_ok());
        if let Some(first) = first {
            state.halves = state.halves.drain(first..=first).collect();
        }
        first.is_some()
    }

    fn unsigned(&mut self, id: &BoxId) {
        let mut brought = None;
        self.on_box(id, |b| {
            b.halves.clear();
            brought = b.signed.take().and_then(|(signed, _)| signed.value);
            // Another choice took it back, and nobody had said anything of this box.
            let chosen = b.waived.take().is_some_and(|(e, _)| e.by_choice.is_some());
            // The signature set it: signed again, it is set again, so that the latest stands.
            b.marked = None;
            b.reopened = b.reopened.saturating_add(u32::from(!chosen));
        });
        for state in &mut self.boxes {
            state.accepted.remove(id);
        }
        for gate in self.gates.values_mut() {
            gate.accepted.remove(id);
        }
        // A value that something else has set since is not this signature's to take along.
        if let Some(value) = brought.filter(|v| self.values.get(&v.name) == Some(&v.value)) {
            self.values.remove(&value.name);
            self.by_hand.remove(&value.name);
        }
    }

    fn waived(&mut self, e: &BoxWaived, at: Stamp) {
        self.on_box(&e.id, |b| {
            b.waived = Some((e.clone(), at));
            b.accepted.extend(e.out_of_order.iter().cloned());
        });
    }

    fn intended(&mut self, e: &StepIntended, at: Stamp) {
        self.waived_steps.remove(&e.step);
        // From here on the step decides what its variable is worth, whatever was said by hand before.
        let captured = self.runbook.find_step(&e.step).and_then(|(_, step)| step.capture.as_ref());
        if let Some(capture) = captured {
            self.by_hand.remove(&capture.name);
        }
        self.attempts.insert(e.number, Attempt::new(e.clone(), at));
        self.newest.entry(e.step.clone()).or_default().insert(e.host.clone(), e.number);
        self.on_box(&e.in_box, |b| {
            b.touched_at.get_or_insert(at);
            b.accepted.extend(e.out_of_order.iter().cloned());
        });
    }

    fn child_closed(&mut self, e: &ChildClosed, at: Stamp) {
        for (name, value) in &e.values {
            self.by_hand(&NamedValue { name: name.clone(), value: value.clone() });
        }
        if let Some(child) = self.children.iter_mut().find(|c| c.opened.child == e.child) {
            child.closed = Some((e.clone(), at));
        }
    }
}

/// Whether `event` may change what variables are worth.
const fn gives_values(event: &Event) -> bool {
    matches!(
        event,
        Event::ValueSet(_)
            | Event::StepCaptured(_)
            | Event::ChildClosed(_)
            | Event::BoxUnsigned(_)
            | Event::BoxSigned(BoxSigned { value: Some(_), .. })
    )
}
