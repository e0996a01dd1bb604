//! Polls: at a gate that names roles, each of them has a vote. Absent is no-go, and what was said stays on the record.

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
        self.check_role(who, &role)?;
        let others = self.poll(index).into_iter().filter(|(other, _)| *other != role);
        for (voted, _) in others.filter_map(|(_, vote)| vote) {
            if voted.who.shares_seat(who) {
                return Err(Refusal::OneSeat(voted.who.name.clone()));
            }
        }
        Ok(Some(role))
    }
}

impl Gate {
    /// Returns the newest vote of `role`. One of which this reader has seen no proof does not count.
    #[must_use]
    pub fn vote_of(&self, role: &str) -> Option<&(GateVoted, Stamp)> {
        let counts = |v: &GateVoted| v.role.as_deref() == Some(role) && v.who.proof != Proof::Claimed;
        self.votes.iter().rev().find(|(vote, _)| counts(vote))
    }
}
