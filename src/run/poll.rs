//! Polls: at a gate that names roles, each of them has a vote. Absent is no-go, and what was said stays on the record.
//!
//! Who may speak for a role is asked twice, by one rule: before a vote is recorded, and when one is read. A vote that
//! somebody else wrote into the log stays to be seen, and counts for nobody.

use crate::clock::Stamp;
use crate::run::fact::{GateVoted, Proof, Vote, Who};
use crate::run::refusal::Refusal;
use crate::run::state::{Gate, Run};

impl Run {
    /// Returns the roles that vote at the gate before the phase at `index`; none where one go opens it.
    #[must_use]
    pub fn voters(&self, index: usize) -> &[String] {
        self.runbook.phases.get(index).map_or(&[], |phase| phase.go.as_slice())
    }

    /// Returns each role that votes at the gate before the phase at `index`, with its newest vote.
    #[must_use]
    pub fn poll(&self, index: usize) -> Vec<(&str, Option<&(GateVoted, Stamp)>)> {
        let gate = self.gates.get(&index);
        let roles = self.voters(index).iter().map(String::as_str);
        roles.map(|role| (role, gate.and_then(|gate| gate.vote_of(role)))).collect()
    }

    /// Returns the roles whose newest vote is not go, with what stands instead.
    #[must_use]
    pub fn not_go(&self, index: usize) -> Vec<(&str, &'static str)> {
        let open = |(role, vote): (_, Option<&(GateVoted, Stamp)>)| match vote.map(|(vote, _)| vote.vote) {
            Some(Vote::Go) => None,
            Some(Vote::NoGo) => Some((role, "no-go")),
            None => Some((role, "absent")),
        };
        self.poll(index).into_iter().filter_map(open).collect()
    }

    /// Returns the role that `who` speaks for at the gate before the phase at `index`: the one they name, else the only
    /// one of its roles that they have.
    pub(super) fn speaks_for(
        &self,
        who: &Who,
        index: usize,
        named: Option<&str>,
    ) -> Result<Option<String>, Refusal> {
        let roles = self.voters(index);
        let role = match (roles.is_empty(), named) {
            (true, None) => return Ok(None),
            (true, Some(_)) => return Err(Refusal::NoPoll),
            (false, Some(role)) if roles.iter().any(|known| known == role) => role.to_owned(),
            (false, Some(role)) => {
                return Err(Refusal::NoVote { role: role.to_owned(), roles: roles.to_vec() });
            }
            (false, None) => {
                let mut own = roles.iter().filter(|role| self.has_role(who, role));
                match (own.next(), own.next()) {
                    (Some(only), None) => only.clone(),
                    _ => return Err(Refusal::WhichRole(roles.to_vec())),
                }
            }
        };
        self.may_speak(who, index, &role)?;
        Ok(Some(role))
    }

    /// Checks that `who` may speak for `role` at the gate before the phase at `index`, beside those who spoke already.
    fn may_speak(&self, who: &Who, index: usize, role: &str) -> Result<(), Refusal> {
        self.check_role(who, role)?;
        let others = self.poll(index).into_iter().filter(|(other, _)| *other != role);
        for (voted, _) in others.filter_map(|(_, vote)| vote) {
            if voted.who.shares_seat(who) {
                return Err(Refusal::OneSeat(voted.who.name.clone()));
            }
        }
        Ok(())
    }

    /// Folds a vote in.
    pub(super) fn voted(&mut self, vote: &GateVoted, at: Stamp) {
        let role = vote.role.as_deref();
        let counts = role.is_none_or(|role| self.may_speak(&vote.who, vote.gate, role).is_ok());
        if let Some(gate) = self.gates.get_mut(&vote.gate) {
            if !counts {
                gate.void.insert(gate.votes.len());
            }
            gate.votes.push((vote.clone(), at));
        }
    }
}

impl Gate {
    /// Returns the newest vote of `role`. One of which this reader has seen no proof does not count, nor one by somebody
    /// who might not speak for the role.
    #[must_use]
    pub fn vote_of(&self, role: &str) -> Option<&(GateVoted, Stamp)> {
        let counts = |v: &GateVoted| v.role.as_deref() == Some(role) && v.who.proof != Proof::Claimed;
        let votes = self.votes.iter().enumerate().rev().filter(|(place, _)| !self.void.contains(place));
        votes.map(|(_, vote)| vote).find(|(vote, _)| counts(vote))
    }
}
