//! What a person asks of a run. Every command says who asks and when.

use crate::clock::Stamp;
use crate::run::fact::{Extent, NamedValue, RunOutcome, Verdict, Vote, Who};
use crate::runbook::ids::{BoxId, StepId};

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Who asks.
    pub who: Who,
    /// When it was asked.
    pub at: Stamp,
    /// What is asked.
    pub action: Action,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Start a step on the hosts that have not passed it.
    Start {
        /// The step.
        step: StepId,
        /// Whether failed and cancelled hosts are meant; without it a step that failed is refused.
        retry: bool,
        /// What was pressed or typed to confirm.
        confirmed: Option<String>,
        /// Earlier open boxes were named and accepted.
        out_of_order: bool,
    },
    /// End running attempts.
    Cancel {
        /// Their numbers; those that have ended meanwhile are left alone.
        numbers: Vec<u32>,
    },
    /// Say that a step which does not end by itself has done its work, and end it.
    Enough {
        /// The attempt's number.
        number: u32,
    },
    /// Open a shell on a host, in a terminal.
    OpenShell {
        /// The host's name.
        host: String,
        /// The step whose lines are to be typed there.
        step: Option<StepId>,
    },
    /// Ask the host what became of an unknown attempt; reads only.
    Probe {
        /// Its number.
        number: u32,
    },
    /// Say what became of an unknown or failed attempt.
    Resolve {
        /// Its number.
        number: u32,
        /// What became of it.
        verdict: Verdict,
        /// How far it came, where it did not do its work.
        extent: Option<Extent>,
        /// How that is known.
        evidence: String,
    },
    /// Sign a box.
    Sign {
        /// The box.
        id: BoxId,
        /// The signer's words.
        note: Option<String>,
        /// The value the box asks for.
        value: Option<String>,
        /// Earlier open boxes were named and accepted.
        out_of_order: bool,
    },
    /// Take a signature or a waiver back.
    Unsign {
        /// The box.
        id: BoxId,
        /// Why.
        reason: String,
    },
    /// Skip a box.
    Waive {
        /// The box.
        id: BoxId,
        /// Why.
        reason: String,
        /// Who carries the risk.
        risk_owner: Option<String>,
        /// Earlier open boxes were named and accepted.
        out_of_order: bool,
    },
    /// Skip a step.
    WaiveStep {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
        /// Who carries the risk.
        risk_owner: Option<String>,
    },
    /// Give a variable its value by hand.
    SetValue {
        /// The variable.
        name: String,
        /// The value.
        value: String,
        /// Why by hand.
        reason: String,
    },
    /// Give several variables and placeholders their values at once.
    SetValues {
        /// The values.
        values: Vec<NamedValue>,
    },
    /// Start the wait of a box.
    StartWait {
        /// The box.
        id: BoxId,
    },
    /// End the wait of a box before its time.
    EndWait {
        /// The box.
        id: BoxId,
        /// Why.
        reason: String,
    },
    /// Vote at the gate before a phase.
    Vote {
        /// The phase, by its index.
        gate: usize,
        /// Go or no-go.
        vote: Vote,
        /// In the voter's words; a no-go wants some.
        text: Option<String>,
        /// The role that they speak for, where roles vote; none if that is clear from the name.
        role: Option<String>,
    },
    /// Open a gate against open boxes or a no-go.
    OpenGate {
        /// The phase, by its index.
        gate: usize,
        /// Why.
        over: String,
    },
    /// Choose which of several sections applies.
    Choose {
        /// The choice, by its index in the runbook.
        choice: usize,
        /// The section that applies, by its index in the runbook.
        section: usize,
    },
    /// Choose where a step runs that does not say so itself.
    ChooseHost {
        /// The step.
        step: StepId,
        /// The host's name.
        host: String,
    },
    /// Write a note.
    Note {
        /// The box it is about.
        id: Option<BoxId>,
        /// The words.
        text: String,
    },
    /// Open the runbook that a box links, or the rollback.
    OpenChild {
        /// The box; none for the rollback.
        in_box: Option<BoxId>,
        /// Earlier open boxes were named and accepted.
        out_of_order: bool,
    },
    /// Offer the run to somebody else to drive.
    OfferHandover {
        /// To whom, by their name.
        to: String,
        /// In the captain's words.
        text: Option<String>,
    },
    /// Take the run that was offered.
    TakeOffer,
    /// Close the run.
    Close {
        /// How it ends.
        outcome: RunOutcome,
        /// Why, unless it completed.
        reason: Option<String>,
    },
    /// Leave the run open.
    Pause {
        /// Why, in a word.
        why: String,
    },
}
