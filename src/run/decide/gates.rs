//! Voting at a gate and opening it. One person's go opens it when everything before it is settled; where roles vote, the
//! go of the last of them.

use crate::run::decide::{Decision, text};
use crate::run::event::Event;
use crate::run::fact::{GateOpened, GateVoted, Vote, Who};
use crate::run::refusal::Refusal;
use crate::run::state::Run;

impl Run {
    pub(super) fn decide_vote(
        &self,
        who: &Who,
        gate: usize,
        vote: Vote,
        words: Option<&str>,
        role: Option<&str>,
    ) -> Decision {
        self.shut_gate(gate)?;
        let role = self.speaks_for(who, gate, role)?;
        let words = words.map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned);
        if vote == Vote::NoGo && words.is_none() {
            return Err(Refusal::TextMissing("the reason for no-go"));
        }
        let voted = Event::GateVoted(GateVoted {
            who: who.clone(),
            gate,
            vote,
            text: words,
            role: role.clone().map(String::into_boxed_str),
            seen: self.seen_by(who),
        });
        if vote == Vote::NoGo {
            return Ok(vec![voted]);
        }
        let open = self.open_before_gate(gate);
        if !open.is_empty() {
            let why = match open.len() {
                1 => "a box before it is open".to_owned(),
                many => format!("{many} boxes before it are open"),
            };
            return Err(Refusal::GateNotReady { gate, why, open });
        }
        let all = |role: String| self.not_go(gate).iter().all(|(other, _)| *other == role);
        if !role.is_none_or(all) {
            return Ok(vec![voted]);
        }
        let opened = GateOpened { who: who.clone(), gate, over: None, open: Vec::new(), seen: None };
        Ok(vec![voted, Event::GateOpened(opened)])
    }

    pub(super) fn decide_open_gate(&self, who: &Who, gate: usize, over: &str) -> Decision {
        self.shut_gate(gate)?;
        let over = Some(text(over, "a reason")?);
        let open = self.open_before_gate(gate);
        Ok(vec![Event::GateOpened(GateOpened {
            who: who.clone(),
            gate,
            over,
            open,
            seen: self.seen_by(who),
        })])
    }

    /// Checks that the gate at `index` is the first that is shut.
    fn shut_gate(&self, index: usize) -> Result<(), Refusal> {
        match self.next_gate() {
            Some(gate) if gate == index => Ok(()),
            Some(gate) if gate < index => {
                Err(Refusal::GateShut { gate, phase: self.phase_title(gate).to_owned() })
            }
            _ => Err(Refusal::NoGate),
        }
    }
}
