//! Facts of attempts of steps, and of the rounds of a watch.

use serde::{Deserialize, Serialize};

use super::{Extent, NamedValue, Probe, Stream, Verdict, Who};
use crate::run::proof::Shown;
use crate::runbook::ids::StepId;

fact! {
    /// What one stream of an attempt came to.
    StreamSummary {
        /// All bytes that came.
        bytes: u64,
        /// Lower-case hex SHA-256 of all of them.
        sha256: String,
        /// Bytes stored from the start.
        head: u64,
        /// Bytes stored from the end, after what was dropped.
        tail: u64,
        /// Bytes counted and hashed but not stored.
        dropped: u64,
    }
}

impl Default for StreamSummary {
    /// Returns the summary of a stream that nothing came from.
    fn default() -> Self {
        const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        Self { bytes: 0, sha256: EMPTY.to_owned(), head: 0, tail: 0, dropped: 0 }
    }
}

fact! {
    /// `step.started`.
    StepStarted {
        /// The attempt's number.
        number: u32,
        /// The process on the host.
        pid: u32,
        /// Its process group.
        pgid: u32,
        /// Whether it runs in a terminal, and so ends with its line.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        terminal: bool,
    }
}

fact! {
    /// `step.output`; the bytes are the event's chunk.
    StepOutput {
        /// The attempt's number.
        number: u32,
        /// Which stream.
        stream: Stream,
        /// Offset of the first byte in the stream.
        offset: u64,
    }
}

fact! {
    /// `step.captured`.
    StepCaptured {
        /// The attempt's number.
        number: u32,
        /// The variable and its value.
        value: NamedValue,
        /// The host, when the value is that host's own and no other's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
    }
}

fact! {
    /// `step.timed_out`.
    StepTimedOut {
        /// The attempt's number.
        number: u32,
        /// Its limit in seconds.
        limit: u64,
    }
}

fact! {
    /// `step.cancel_requested`.
    StepCancelRequested {
        /// Who asked.
        who: Who,
        /// The attempt's number.
        number: u32,
        /// Whether it has done its work: it does not end by itself, and whoever runs it says when.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        enough: bool,
    }
}

fact! {
    /// `step.unknown`.
    StepUnknown {
        /// The attempt's number.
        number: u32,
        /// Why nobody knows.
        why: String,
    }
}

fact! {
    /// `step.probed`.
    StepProbed {
        /// The attempt's number.
        number: u32,
        /// What the host said.
        answer: Probe,
        /// Processes with the step's mark that are left, as `pid command`.
        left: Vec<String>,
    }
}

fact! {
    /// `step.resolved`.
    StepResolved {
        /// Who says so.
        who: Who,
        /// The attempt's number.
        number: u32,
        /// What became of it.
        verdict: Verdict,
        /// How far it came, where it did not do its work.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extent: Option<Extent>,
        /// How they know.
        evidence: String,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}

fact! {
    /// `step.waived`.
    StepWaived {
        /// Who waived it.
        who: Who,
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
        /// Who carries the risk.
        risk_owner: Option<String>,
        /// The condition that did not hold, when that is the reason.
        condition: Option<String>,
        /// The head that they had been shown, where a key signs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Box<Shown>>,
    }
}

/// Which round of a watch an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The number of the attempt that is its first round.
    pub first: u32,
    /// The round, from 1.
    pub round: u32,
}

fact! {
    /// `watch.sampled`.
    WatchSampled {
        /// The attempt's number.
        number: u32,
        /// The round, from 1.
        round: u32,
        /// Whether it passed.
        passed: bool,
        /// The number that was read, as it was printed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// Seconds that the watch has lasted, of the time that counts.
        held: u64,
        /// Whether it has passed with this round.
        over: bool,
    }
}

fact! {
    /// `watch.breached`.
    WatchBreached {
        /// The attempt's number: the newest round.
        number: u32,
        /// The round, from 1.
        round: u32,
        /// Why the watch failed.
        why: String,
    }
}
