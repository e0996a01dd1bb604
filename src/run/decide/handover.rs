//! Handing a run over: the captain offers it, and whom it is offered to takes it.

use crate::run::decide::{Decision, text};
use crate::run::event::Event;
use crate::run::fact::{RunHandedOver, RunHandoverOffered, Who};
use crate::run::refusal::Refusal;
use crate::run::state::Run;

impl Run {
    pub(super) fn decide_offer(&self, who: &Who, to: &str, words: Option<&str>) -> Decision {
        if who.name != self.captain.name {
            return Err(Refusal::NotCaptain(self.captain.name.clone()));
        }
        self.check_own_name(who)?;
        let to = text(to, "a name")?;
        if to == self.captain.name {
            return Err(Refusal::CaptainAlready(to));
        }
        Ok(vec![Event::RunHandoverOffered(RunHandoverOffered {
            who: who.clone(),
            to,
            text: words.map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned),
            seen: self.seen_by(who),
        })])
    }

    /// A step that runs is seen to its end by whoever started it: nobody takes a run in the middle of one.
    pub(super) fn decide_take_offer(&self, who: &Who) -> Decision {
        match &self.offered {
            Some((offer, _)) if offer.to == who.name => {}
            offered => return Err(Refusal::NotOffered(offered.as_ref().map(|(offer, _)| offer.to.clone()))),
        }
        if let Some(attempt) = self.in_flight().next() {
            return Err(Refusal::StepInFlight(attempt.intent.step.clone()));
        }
        if let Some(shell) = self.open_shell() {
            return Err(Refusal::ShellOpen(shell.opened.host.clone()));
        }
        Ok(vec![Event::RunHandedOver(RunHandedOver {
            who: who.clone(),
            before: self.captain.name.clone(),
            seen: self.seen_by(who),
        })])
    }
}
