//! Facts of the course of a run: who drives it, its end, its children, its text, notes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{RunOutcome, Who};
use crate::run::proof::Shown;
use crate::runbook::ids::BoxId;

fact! {
    /// `run.driver_changed`.
    RunDriverChanged {
        /// Who drives now.
        who: Who,
        /// Who drove before.
        before: String,
        /// Why it was taken over.
        reason: String,
    }
}

fact! {
    /// `run.paused`.
    RunPaused {
        /// Who left.
        who: Who,
        /// Why, in a word.
        why: String,
    }
}

fact! {
    /// `run.resumed`.
    RunResumed {
        /// Who came back.
        who: Who,
    }
}

fact! {
    /// `run.handover_offered`: the captain offers the run to somebody.
    RunHandoverOffered {
        /// The captain.
        who: Who,
        /// To whom, by their name.
        to: String,
        /// In the captain's words.
        text: Option<String>,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}

fact! {
    /// `run.handed_over`: whom the run was offered to took it.
    RunHandedOver {
        /// Who is captain now.
        who: Who,
        /// Who was before.
        before: String,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}

fact! {
    /// `run.closed`.
    RunClosed {
        /// Who closed it.
        who: Who,
        /// How it ended.
        outcome: RunOutcome,
        /// Why, if it did not complete.
        reason: Option<String>,
        /// Boxes signed, waived and left open.
        counts: Counts,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}

fact! {
    /// How many boxes stand in which state.
    Counts {
        /// Signed.
        signed: u32,
        /// Waived.
        waived: u32,
        /// Neither.
        open: u32,
    }
}

impl Counts {
    /// Returns them in words: `3 signed, 1 waived, 0 open`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} signed, {} waived, {} open", self.signed, self.waived, self.open)
    }
}

fact! {
    /// `note.added`.
    NoteAdded {
        /// Who wrote it.
        who: Who,
        /// The box it is about.
        id: Option<BoxId>,
        /// The words.
        text: String,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}

fact! {
    /// `child.opened`.
    ChildOpened {
        /// Who opened it.
        who: Who,
        /// The child's run.
        child: String,
        /// The box whose link was followed; none for the rollback.
        in_box: Option<BoxId>,
        /// Whether it is the rollback.
        rollback: bool,
        /// The runbook's file.
        runbook: String,
        /// Earlier boxes that were still open, by the captain's choice.
        out_of_order: Vec<BoxId>,
    }
}

fact! {
    /// `child.closed`.
    ChildClosed {
        /// The child's run.
        child: String,
        /// How it ended.
        outcome: RunOutcome,
        /// Values that it set and this run declares.
        values: BTreeMap<String, String>,
    }
}

fact! {
    /// `runbook.changed`.
    RunbookChanged {
        /// Lower-case hex SHA-256 of the text now on disk, or why it cannot be read.
        now: String,
    }
}
