//! Facts of boxes and gates: signatures, waivers, choices, values, waits, votes.

use serde::{Deserialize, Serialize};

use super::{Vote, Who};
use crate::run::proof::Shown;
use crate::runbook::ids::BoxId;

fact! {
    /// `box.signed`.
    BoxSigned {
        /// Who signed.
        who: Who,
        /// The box.
        id: BoxId,
        /// The statement that was shown and is signed.
        statement: String,
        /// The signer's words.
        note: Option<String>,
        /// The value it brings, by its name.
        value: Option<NamedValue>,
        /// What the steps of the box showed.
        evidence: Vec<String>,
        /// Earlier boxes that were still open, by the signer's choice.
        out_of_order: Vec<BoxId>,
        /// The newest event that the signer had been shown.
        seen: u64,
        /// Its hash, where a key signs: the signature then covers all events up to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen_head: Option<Box<str>>,
    }
}

fact! {
    /// A variable and its value.
    NamedValue {
        /// The variable.
        name: String,
        /// The value.
        value: String,
    }
}

fact! {
    /// `box.unsigned`.
    BoxUnsigned {
        /// Who took it back.
        who: Who,
        /// The box.
        id: BoxId,
        /// Why.
        reason: String,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}

fact! {
    /// `mark.set`: a stopwatch was pressed, by the signature recorded just before.
    MarkSet {
        /// Who signed.
        who: Who,
        /// The stopwatch.
        name: String,
        /// The box whose signature pressed it.
        #[serde(rename = "box")]
        in_box: BoxId,
    }
}

fact! {
    /// `box.waived`.
    BoxWaived {
        /// Who waived it.
        who: Who,
        /// The box.
        id: BoxId,
        /// Why.
        reason: String,
        /// Who carries the risk.
        risk_owner: Option<String>,
        /// The condition that did not hold, when that is the reason.
        condition: Option<String>,
        /// Earlier boxes that were still open.
        out_of_order: Vec<BoxId>,
        /// The choice that it does not apply by, by its index; `condition` says so in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by_choice: Option<usize>,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}

fact! {
    /// `choice.made`.
    ChoiceMade {
        /// Who chose.
        who: Who,
        /// The choice, by its index in the runbook.
        choice: usize,
        /// The section that applies, by its index in the runbook.
        section: usize,
        /// The heading above the sections.
        heading: String,
        /// The heading of the section that applies.
        chosen: String,
    }
}

fact! {
    /// `value.set`.
    ValueSet {
        /// Who set it.
        who: Who,
        /// The variable and its value.
        value: NamedValue,
        /// Why a person set it by hand: a condition that could not be decided.
        reason: Option<String>,
    }
}

fact! {
    /// `wait.started`.
    WaitStarted {
        /// Who started it.
        who: Who,
        /// The box.
        id: BoxId,
        /// Its length in seconds.
        seconds: u64,
    }
}

fact! {
    /// `wait.ended`.
    WaitEnded {
        /// Who ended it.
        who: Who,
        /// The box.
        id: BoxId,
        /// Why it was ended early.
        reason: String,
    }
}

fact! {
    /// `gate.voted`.
    GateVoted {
        /// Who voted.
        who: Who,
        /// The phase that the gate stands before, by its index.
        gate: usize,
        /// The vote.
        vote: Vote,
        /// In their words.
        text: Option<String>,
        /// The role that they spoke for, where roles vote.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Box<str>>,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}

fact! {
    /// `gate.opened`.
    GateOpened {
        /// Who opened it.
        who: Who,
        /// The phase that the gate stands before, by its index.
        gate: usize,
        /// The reason, when boxes before it were open or the vote was no-go.
        over: Option<String>,
        /// The boxes before it that were still open.
        open: Vec<BoxId>,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}
