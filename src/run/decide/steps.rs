//! Starting, cancelling, judging and waiving steps.

use sha2::{Digest, Sha256};

use crate::run::attempt::{Attempt, StepStatus};
use crate::run::condition::Holds;
use crate::run::decide::{Decision, moot_step, text};
use crate::run::event::{Event, StepIntended};
use crate::run::fact::{Extent, HostPin, Round, StepCancelRequested, StepResolved, StepWaived, Verdict, Who};
use crate::run::refusal::Refusal;
use crate::run::secrets::is_secret;
use crate::run::state::Run;
use crate::runbook::ids::{BoxId, StepId};
use crate::runbook::model::{BoxItem, Confirm, Step};

impl Run {
    pub(super) fn decide_start(
        &self,
        who: &Who,
        step: &StepId,
        retry: bool,
        confirmed: Option<&str>,
        out_of_order: bool,
    ) -> Decision {
        let (item, step) = self.runbook.find_step(step).ok_or_else(|| Refusal::NoStep(step.clone()))?;
        let (index, ..) = self.open_box(&item.id)?;
        if let Some(why) = &step.by_hand {
            return Err(Refusal::ByHand(why.clone()));
        }
        self.check_gate(item.phase)?;
        if let Some(attempt) = self.in_flight().next() {
            return Err(Refusal::Running(attempt.intent.step.clone()));
        }
        self.check_applies(index)?;
        self.check_step_condition(step)?;
        self.check_needs(step)?;
        let host = self.next_host(step, retry)?;
        self.check_unknown(step, host)?;
        // What is only offered may start in any order, and nothing waits for it.
        let before =
            item.steps.iter().position(|s| s.id == step.id).filter(|_| step.holds_box()).unwrap_or(0);
        let before = item.steps.get(..before).unwrap_or_default();
        let moot = self.not_in_the_way(before).map_err(Refusal::StepOrder)?;
        self.check_values(step, host)?;
        let order = self.accepted_order(index, out_of_order)?;
        self.check_confirmed(step, host, confirmed)?;
        let mut events: Vec<Event> =
            moot.iter().map(|(step, why)| moot_step(&self.captain, step, why)).collect();
        events.push(Event::StepIntended(Box::new(StepIntended {
            out_of_order: order,
            ..self.intend(who, item, step, host, confirmed)
        })));
        Ok(events)
    }

    /// Checks what a start was checked for and what may have changed since.
    pub(crate) fn still_allowed(
        &self,
        step: &Step,
        host: &HostPin,
        confirmed: Option<&str>,
    ) -> Result<(), Refusal> {
        let index = self.runbook.find_step(&step.id).and_then(|(item, _)| self.runbook.box_index(&item.id));
        self.check_applies(index.unwrap_or(usize::MAX))?;
        self.check_step_condition(step)?;
        self.check_needs(step)?;
        self.check_unknown(step, host)?;
        self.check_values(step, host)?;
        // Without an environment the word is the host's name, so each host wants its own.
        self.check_confirmed(step, host, confirmed)
    }

    /// Returns whether a start of `step` would repeat it: a check that is settled on every host.
    #[must_use]
    pub fn repeats(&self, step: &StepId) -> bool {
        self.runbook.find_step(step).is_some_and(|(_, s)| {
            s.check && self.host_statuses(s).iter().all(|(h, _)| self.attempt_status(s, &h.name).settled())
        })
    }

    /// Returns the number that the next attempt gets.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        self.attempts.keys().next_back().copied().unwrap_or(0).saturating_add(1)
    }

    pub(crate) fn intend(
        &self,
        who: &Who,
        item: &BoxItem,
        step: &Step,
        host: &HostPin,
        confirmed: Option<&str>,
    ) -> StepIntended {
        let attempt =
            self.attempts.values().filter(|a| a.intent.step == step.id && a.intent.host == host.name).count();
        StepIntended {
            who: who.clone(),
            in_box: item.id.clone(),
            step: step.id.clone(),
            host: host.name.clone(),
            attempt: u32::try_from(attempt).unwrap_or(u32::MAX).saturating_add(1),
            number: self.next_number(),
            dir: self.directory(host, step.sudo),
            script_sha: hex(&Sha256::digest(step.script.as_bytes())),
            script: step.script.clone(),
            strict: step.strict,
            check: step.check,
            // What a step with a secret prints stays nowhere but in the redacted record.
            // In a terminal it is hung up with its line, and there is nothing to come back to.
            keep: !step.check && step.keep && step.terminal.is_none() && self.secrets_of(step).is_empty(),
            load: if step.carry { self.carried_from(host, step.sudo).map(|a| a.intent.number) } else { None },
            vars: self.values_on(&host.name).into_keys().chain(self.secrets_of(step)).collect(),
            confirmed: confirmed.map(str::to_owned),
            out_of_order: Vec::new(),
            exit: step.exit,
            unsaved: !step.check
                && (!step.carry
                    || step.interpreter.is_some()
                    || step.terminal.is_some()
                    || step.repeat.is_some()
                    || item.has_inline(step)),
            cwd: step.cwd.clone().or_else(|| self.cwd_for_root(step, host)),
            interpreter: step.interpreter.clone(),
            keep_going: step.keep_going,
            sudo: step.sudo,
            retry_of: None,
            round: step.repeat.map(|_| Round { first: self.next_number(), round: 1 }),
            interactive: step.terminal.is_some(),
            endless: step.terminal.as_ref().is_some_and(|t| t.endless),
        }
    }

    /// Returns the 32 hex digits that name this run's directory for the identity `user@address:port` and the way to it:
    /// the same private address behind another jump host is another machine. With `sudo` it is root's directory there.
    fn directory(&self, host: &HostPin, sudo: bool) -> String {
        let mut identity = format!("{} {}@{}:{}", self.opened.seed, host.user, host.address, host.port);
        for passed in &host.way.through {
            identity.push_str(&format!(" through {passed}"));
        }
        if sudo {
            identity.push_str(" as root");
        }
        let mut digits = hex(&Sha256::digest(identity.as_bytes()));
        digits.truncate(32);
        digits
    }

    /// Returns the directory that a step of root starts in: the one that the account's own steps carry on. Of their
    /// variables it gets none.
    fn cwd_for_root(&self, step: &Step, host: &HostPin) -> Option<String> {
        let own = self.carried_from(host, false).filter(|_| step.sudo && step.carry)?;
        own.finished.as_ref().and_then(|(finished, _)| finished.cwd.clone())
    }

    /// Returns the newest attempt on the same target that passed and carried its state on.
    fn carried_from(&self, host: &HostPin, sudo: bool) -> Option<&Attempt> {
        let directory = self.directory(host, sudo);
        self.attempts.values().rev().find(|a| {
            a.intent.dir == directory
                && !a.intent.check
                && matches!(a.status(), StepStatus::Passed | StepStatus::PassedByMarker)
                && a.finished.as_ref().is_some_and(|(f, _)| f.carried)
        })
    }

    fn check_step_condition(&self, step: &Step) -> Result<(), Refusal> {
        match step.condition.as_ref().map(|c| self.holds(c)) {
            None | Some(Holds::Yes) => Ok(()),
            Some(Holds::No(why)) => Err(Refusal::NotApplicable(why)),
            Some(Holds::Unknown(name)) => Err(Refusal::Undecided(name)),
        }
    }

    /// Checks that nothing on the machine of `host` is unknown, whatever role or name it went by. What an `idempotent`
    /// step did there itself does not stand in its own way.
    fn check_unknown(&self, step: &Step, host: &HostPin) -> Result<(), Refusal> {
        let machine = |name: &str| {
            let pin = self.opened.hosts.iter().find(|h| h.name == name);
            pin.is_some_and(|h| h.address == host.address && h.port == host.port)
        };
        let own = |a: &Attempt| step.idempotent && a.intent.step == step.id && a.intent.host == host.name;
        let open =
            self.unknown().find(|a| (a.intent.host == host.name || machine(&a.intent.host)) && !own(a));
        let Some(intent) = open.map(|a| &a.intent) else { return Ok(()) };
        let (step, host, number) = (intent.step.clone(), intent.host.clone(), intent.number);
        Err(Refusal::UnknownOpen { step, host, number })
    }

    fn check_needs(&self, step: &Step) -> Result<(), Refusal> {
        let signed = |id: &BoxId| {
            self.runbook.box_index(id).and_then(|i| self.boxes.get(i)).is_some_and(|b| b.signed.is_some())
        };
        step.needs.iter().find(|id| !signed(id)).map_or(Ok(()), |id| Err(Refusal::Needs(id.clone())))
    }

    /// Returns the first host on which `step` still has to run; failed and cancelled ones count only for a `retry`.
    fn next_host(&self, step: &Step, retry: bool) -> Result<&HostPin, Refusal> {
        if self.host_open(step) {
            return Err(Refusal::HostOpen(step.id.clone()));
        }
        let hosts = self.targets(step).map_err(Refusal::NoHost)?;
        // A waived step may be started after all, so what counts is what its attempts say.
        let status = |h: &HostPin| self.attempt_status(step, &h.name);
        if let Some(bad) = hosts.iter().find(|h| {
            matches!(status(h), StepStatus::Failed | StepStatus::Cancelled)
                && !self.latest(&step.id, &h.name).is_some_and(Attempt::never_started)
        }) && !retry
        {
            return Err(Refusal::Failed(bad.name.clone()));
        }
        // One that waits for its next round goes on by itself.
        let open = hosts.iter().find(|h| !status(h).settled() && status(h) != StepStatus::Running);
        if open.is_none() && hosts.iter().any(|h| status(h) == StepStatus::Running) {
            return Err(Refusal::Running(step.id.clone()));
        }
        // A check only reads, so all of it may be repeated; anything else never runs twice on a host it passed on.
        let again = if step.check && retry { hosts.first() } else { None };
        open.or(again).copied().ok_or(Refusal::Passed)
    }

    fn check_values(&self, step: &Step, host: &HostPin) -> Result<(), Refusal> {
        self.check_blanks(step)?;
        let captured = step.capture.as_ref().map(|c| c.name.as_str());
        let known = |n: &str| self.value_on(n, &host.name).is_some() || is_secret(&self.runbook, n);
        let unset = step.uses.iter().find(|n| Some(n.as_str()) != captured && !known(n));
        let Some(name) = unset else { return Ok(()) };
        if self.host_values.contains_key(name) {
            return Err(Refusal::UnsetOnHost { name: name.clone(), host: host.name.clone() });
        }
        let waived = self.runbook.boxes.iter().zip(&self.boxes).find(|(item, state)| {
            state.waived.is_some() && item.value.as_ref().is_some_and(|v| v.name == *name)
        });
        Err(Refusal::Unset { name: name.clone(), waived: waived.map(|(item, _)| item.id.clone()) })
    }

    fn check_confirmed(&self, step: &Step, host: &HostPin, confirmed: Option<&str>) -> Result<(), Refusal> {
        match step.confirm {
            Confirm::No => Ok(()),
            Confirm::Press => confirmed.map(|_| ()).ok_or(Refusal::ConfirmPress),
            Confirm::Type => {
                let word = self.confirm_word(&host.name);
                let typed = confirmed == Some(word.as_str());
                if typed { Ok(()) } else { Err(Refusal::ConfirmType { word, why: step.danger.clone() }) }
            }
        }
    }

    pub(super) fn decide_cancel(&self, who: &Who, numbers: &[u32]) -> Decision {
        let asked = |number: &u32| self.may_be_cancelled(*number).map(|()| *number);
        let ended: Vec<u32> = numbers.iter().filter_map(|n| asked(n).ok()).collect();
        if ended.is_empty() {
            let why = numbers.first().map(|n| asked(n).map(drop));
            why.unwrap_or_else(|| Err(no_attempt(0, "not part of this run")))?;
        }
        let event = |number| {
            Event::StepCancelRequested(StepCancelRequested { who: who.clone(), number, enough: false })
        };
        Ok(ended.into_iter().map(event).collect())
    }

    pub(super) fn decide_enough(&self, who: &Who, number: u32) -> Decision {
        let attempt = self.attempts.get(&number).ok_or_else(|| no_attempt(number, "not part of this run"))?;
        match attempt.status() {
            StepStatus::Running if attempt.intent.endless => {
                let enough = StepCancelRequested { who: who.clone(), number, enough: true };
                Ok(vec![Event::StepCancelRequested(enough)])
            }
            StepStatus::Running => Err(no_attempt(number, "a step that ends by itself")),
            other => Err(no_attempt(number, other.word())),
        }
    }

    /// Checks that the attempt `number` has no end yet, or is a watch that waits for its next round.
    fn may_be_cancelled(&self, number: u32) -> Result<(), Refusal> {
        let attempt = self.attempts.get(&number).ok_or_else(|| no_attempt(number, "not part of this run"))?;
        let waits = self.between_rounds().any(|(_, _, newest)| newest.intent.number == number);
        match attempt.status() {
            StepStatus::Running | StepStatus::Unknown => Ok(()),
            _ if waits => Ok(()),
            other => Err(no_attempt(number, other.word())),
        }
    }

    /// Asking the host only reads; the answer is what is recorded.
    pub(super) fn decide_probe(&self, number: u32) -> Decision {
        let attempt = self.attempts.get(&number).ok_or_else(|| no_attempt(number, "not part of this run"))?;
        match attempt.status() {
            StepStatus::Unknown => Ok(Vec::new()),
            other => Err(no_attempt(number, other.word())),
        }
    }

    pub(super) fn decide_resolve(
        &self,
        who: &Who,
        number: u32,
        (verdict, extent): (Verdict, Option<Extent>),
        evidence: &str,
    ) -> Decision {
        let attempt = self.attempts.get(&number).ok_or_else(|| no_attempt(number, "not part of this run"))?;
        let status = attempt.status();
        let open = matches!(status, StepStatus::Unknown | StepStatus::Failed | StepStatus::Cancelled);
        if !open || self.latest(&attempt.intent.step, &attempt.intent.host) != Some(attempt) {
            return Err(no_attempt(number, status.word()));
        }
        let evidence = text(evidence, "evidence")?;
        Ok(vec![Event::StepResolved(StepResolved {
            who: who.clone(),
            number,
            verdict,
            extent: extent.filter(|_| verdict == Verdict::Failed),
            evidence,
            seen: self.seen_by(who),
        })])
    }

    pub(super) fn decide_waive_step(
        &self,
        who: &Who,
        step: &StepId,
        reason: &str,
        risk_owner: Option<&str>,
    ) -> Decision {
        let (item, step) = self.runbook.find_step(step).ok_or_else(|| Refusal::NoStep(step.clone()))?;
        self.open_box(&item.id)?;
        self.check_gate(item.phase)?;
        if item.required {
            return Err(Refusal::Required);
        }
        match self.step_status(step) {
            StepStatus::Running | StepStatus::Unknown => return Err(Refusal::StepInFlight(step.id.clone())),
            status if status.settled() => return Err(Refusal::Settled),
            _ => {}
        }
        Ok(vec![Event::StepWaived(StepWaived {
            who: who.clone(),
            step: step.id.clone(),
            reason: text(reason, "a reason")?,
            risk_owner: risk_owner.map(str::trim).filter(|r| !r.is_empty()).map(str::to_owned),
            condition: None,
            seen: self.seen_by(who),
        })])
    }
}

fn no_attempt(number: u32, state: &str) -> Refusal {
    Refusal::NoAttempt { number, state: state.to_owned() }
}

/// Returns `bytes` as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}
