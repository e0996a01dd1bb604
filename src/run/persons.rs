//! Who counts as another person, and who may speak for a role. Pure.
//!
//! Two people are two names and two keys where the run is signed, else two names at two accounts. Names alone are never
//! two people: whoever sits at a terminal can type any. A name of which this reader has seen no proof counts for nobody.

use crate::run::fact::{BoxSigned, Proof, Via, Who};
use crate::run::refusal::Refusal;
use crate::run::state::{BoxState, Run};
use crate::runbook::model::CAPTAIN;

/// Why somebody does not count as a second person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTwo {
    /// It is the same name.
    #[error("somebody else has to sign")]
    SameName,
    /// It is the same key.
    #[error("this is the same key under another name")]
    SameKey,
    /// It is the same account, and no key tells the names apart.
    #[error("both names were typed at the account {0}, and two names at one account are one person")]
    SameAccount(String),
    /// Keys sign here, and none signs this.
    #[error("this run is signed with keys, and a name without one proves nobody (see `gonogo key`)")]
    NoKey,
    /// It is not on the record at which account one of them sat.
    #[error("the record does not say at which accounts the two sat")]
    NoAccount,
}

impl Who {
    /// Returns the account that they sat at, where the record says so.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.seat.as_ref().and_then(|seat| seat.account.as_deref())
    }

    /// Returns the fingerprint of the key that proves the name, where one does.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        let key = self.seat.as_ref().and_then(|seat| seat.key.as_deref());
        key.filter(|_| self.proof == Proof::SshKey)
    }

    /// Returns whether another name was used from the same place: with the same key, or at the same account without
    /// two keys that tell them apart.
    #[must_use]
    pub fn shares_seat(&self, other: &Self) -> bool {
        if self.name == other.name {
            return false;
        }
        // Who came back to a run did not sign that, and has the key all the same.
        let key = |who: &Self| who.seat.as_ref().and_then(|seat| seat.key.clone());
        match (key(self), key(other)) {
            (Some(one), Some(other)) => one == other,
            _ => self.account().is_some() && self.account() == other.account(),
        }
    }
}

/// Checks that `one` and `other` are two people; `signed` if keys sign the run.
///
/// # Errors
/// Why not.
pub fn two(one: &Who, other: &Who, signed: bool) -> Result<(), NotTwo> {
    if one.name == other.name {
        return Err(NotTwo::SameName);
    }
    let claimed = [one, other].iter().any(|who| who.proof == Proof::Claimed);
    if signed || claimed || one.proof == Proof::SshKey {
        return match (one.key(), other.key()) {
            (Some(a), Some(b)) if a == b => Err(NotTwo::SameKey),
            (Some(_), Some(_)) => Ok(()),
            _ => Err(NotTwo::NoKey),
        };
    }
    match (one.account(), other.account()) {
        (Some(a), Some(b)) if a == b => Err(NotTwo::SameAccount(a.to_owned())),
        (Some(_), Some(_)) => Ok(()),
        _ => Err(NotTwo::NoAccount),
    }
}

impl BoxState {
    /// Returns the signature that waits for the one of a second person.
    #[must_use]
    pub fn half(&self) -> Option<&(BoxSigned, crate::clock::Stamp)> {
        let mut halves = self.halves.iter().rev();
        halves.find(|(half, _)| half.who.proof != Proof::Claimed).filter(|_| self.signed.is_none())
    }

    /// Returns the first of the two signatures of a box that two people signed.
    #[must_use]
    pub fn first(&self) -> Option<&(BoxSigned, crate::clock::Stamp)> {
        self.signed.as_ref().and(self.halves.first())
    }
}

impl Run {
    /// Returns whether keys sign this run: whoever opened it did so with theirs.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        matches!(self.opened.who.proof, Proof::SshKey | Proof::Claimed)
    }

    /// Checks that `who` can sign the box in `state`, which wants two people, now. Returns the first signature, if this
    /// would be the second.
    pub(super) fn second_person<'a>(
        &self,
        state: &'a BoxState,
        who: &Who,
    ) -> Result<Option<&'a BoxSigned>, Refusal> {
        if matches!(who.via, Via::Answers(_)) {
            return Err(Refusal::Beforehand);
        }
        self.check_own_name(who)?;
        match state.half() {
            Some((first, _)) => two(&first.who, who, self.is_signed())
                .map(|()| Some(first))
                .map_err(|why| Refusal::SecondPerson { first: first.who.name.clone(), why }),
            None if self.is_signed() && who.key().is_none() => Err(Refusal::KeyWanted),
            None => Ok(None),
        }
    }

    /// Checks that `who` may speak for `role`.
    pub(super) fn check_role(&self, who: &Who, role: &str) -> Result<(), Refusal> {
        if !self.has_role(who, role) {
            return Err(Refusal::NotInRole { role: role.to_owned(), people: self.in_role(role) });
        }
        self.check_own_name(who)?;
        if self.captain.shares_seat(who) {
            return Err(Refusal::OneSeat(self.captain.name.clone()));
        }
        Ok(())
    }

    /// Returns whether the name of `who` has `role`.
    #[must_use]
    pub fn has_role(&self, who: &Who, role: &str) -> bool {
        match self.runbook.people(role) {
            Some(people) => people.contains(&who.name),
            None => role == CAPTAIN && who.name == self.captain.name,
        }
    }

    /// Returns the names that have `role`.
    #[must_use]
    pub fn in_role(&self, role: &str) -> Vec<String> {
        match self.runbook.people(role) {
            Some(people) => people.to_vec(),
            None if role == CAPTAIN => vec![self.captain.name.clone()],
            None => Vec::new(),
        }
    }

    /// Checks that the captain's name is not used by somebody who shows less than the captain did.
    pub(super) fn check_own_name(&self, who: &Who) -> Result<(), Refusal> {
        let captain = &self.captain;
        if who.name != captain.name {
            return Ok(());
        }
        let elsewhere =
            who.account().is_some() && captain.account().is_some_and(|a| who.account() != Some(a));
        let keyed = captain.seat.as_ref().is_some_and(|seat| seat.key.is_some());
        let less = keyed && who.key().is_none();
        if less || (who.key().is_none() && elsewhere) {
            return Err(Refusal::NotYourName(who.name.clone()));
        }
        Ok(())
    }
}
