//! One attempt of one step on one host, and the state it is in.

use std::time::Duration;

use crate::clock::Stamp;
use crate::run::event::{StepFinished, StepIntended};
use crate::run::fact::{Extent, Outcome, Probe, Seen, StepResolved, Verdict, WatchBreached, WatchSampled};
use crate::text::clocks;

/// The state of a step on one host.
///
/// The order is the rule for the state of the whole step: it is the first of these that any of its hosts is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepStatus {
    /// Nobody knows what became of it.
    Unknown,
    /// It failed, or was not started.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// It runs.
    Running,
    /// It was not started yet.
    Pending,
    /// A check that ended with status 2.
    Warning,
    /// The line was cut; the host's exit file says 0, or a person said so with evidence.
    PassedByMarker,
    /// It passed.
    Passed,
    /// It was waived.
    Waived,
}

impl StepStatus {
    /// Returns the word that people read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Warning => "warning",
            Self::PassedByMarker => "passed by marker",
            Self::Passed => "passed",
            Self::Waived => "waived",
        }
    }

    /// Returns whether nothing is left to do.
    #[must_use]
    pub const fn settled(self) -> bool {
        matches!(self, Self::Passed | Self::PassedByMarker | Self::Warning | Self::Waived)
    }
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The intent.
    pub intent: StepIntended,
    /// When the intent was recorded.
    pub at: Stamp,
    /// Process and group on the host, once announced.
    pub process: Option<(u32, u32)>,
    /// When the process was announced.
    pub started_at: Option<Stamp>,
    /// Bytes of output that are in the log, both streams.
    pub stored: u64,
    /// How it ended.
    pub finished: Option<(StepFinished, Stamp)>,
    /// Why it is unknown, and since when.
    pub unknown: Option<(String, Stamp)>,
    /// What the host said when it was last asked, and when.
    pub probed: Option<(Probe, Vec<String>, Stamp)>,
    /// What a person said became of it.
    pub resolved: Option<StepResolved>,
    /// The value that was read from its output.
    pub captured: Option<String>,
    /// Whether it runs in a terminal.
    pub terminal: bool,
    /// Who said that it has done its work, when it does not end by itself.
    pub enough: Option<String>,
    /// Whether somebody asked for it to be stopped.
    pub cancel_asked: bool,
    /// The limit in seconds that it ran longer than.
    pub timed_out: Option<u64>,
    /// What it came to as a round of a watch, or the number it read.
    pub sample: Option<WatchSampled>,
    /// Why the watch failed that it is the last round of.
    pub breached: Option<WatchBreached>,
}

impl Attempt {
    /// Returns a fresh attempt.
    #[must_use]
    pub const fn new(intent: StepIntended, at: Stamp) -> Self {
        Self {
            intent,
            at,
            process: None,
            started_at: None,
            stored: 0,
            finished: None,
            unknown: None,
            probed: None,
            resolved: None,
            captured: None,
            terminal: false,
            enough: None,
            cancel_asked: false,
            timed_out: None,
            sample: None,
            breached: None,
        }
    }

    /// Returns the state that its facts amount to.
    #[must_use]
    pub fn status(&self) -> StepStatus {
        if let Some(resolved) = &self.resolved {
            return match resolved.verdict {
                Verdict::Passed => StepStatus::PassedByMarker,
                Verdict::Failed => StepStatus::Failed,
                Verdict::Stopped => StepStatus::Cancelled,
            };
        }
        let Some((finished, _)) = &self.finished else {
            return if self.unknown.is_some() { StepStatus::Unknown } else { StepStatus::Running };
        };
        match &finished.outcome {
            Outcome::Exited(code) if *code == self.intent.exit && finished.unmet.is_none() => {
                match finished.seen {
                    Seen::Line => StepStatus::Passed,
                    Seen::Marker => StepStatus::PassedByMarker,
                }
            }
            Outcome::Exited(2) if self.intent.check => StepStatus::Warning,
            outcome if self.was_enough(outcome) => StepStatus::Passed,
            Outcome::Cancelled => StepStatus::Cancelled,
            Outcome::Unknown(_) => StepStatus::Unknown,
            _ => StepStatus::Failed,
        }
    }

    /// Returns whether `outcome` is the end of a step that does not end by itself, and that whoever runs it has ended:
    /// with Ctrl-C in its terminal, or by saying so.
    #[must_use]
    pub fn was_enough(&self, outcome: &Outcome) -> bool {
        const INTERRUPTED: i32 = 128 + 2;
        let stopped = [128 + 1, INTERRUPTED, 128 + 9, 128 + 13, 128 + 15];
        self.intent.endless
            && match outcome {
                Outcome::Exited(code) => {
                    *code == INTERRUPTED || (self.enough.is_some() && stopped.contains(code))
                }
                Outcome::Signalled(name) => name == "INT" || self.enough.is_some(),
                _ => false,
            }
    }

    /// Returns the state in words; what a person said of an attempt is called so, and not by the state that it has.
    #[must_use]
    pub fn status_words(&self) -> &'static str {
        match self.resolved.as_ref().map(|r| (r.verdict, r.extent)) {
            Some((Verdict::Failed, Some(Extent::NotRun))) => "not run by verdict",
            Some((Verdict::Failed, Some(Extent::Partly))) => "failed in whole or part by verdict",
            Some((Verdict::Passed, _)) => "passed by verdict",
            Some((Verdict::Failed, None)) => "failed by verdict",
            Some((Verdict::Stopped, _)) => "stopped by verdict",
            None => self.status().word(),
        }
    }

    /// Returns whether it never started, so that starting it anew repeats nothing.
    #[must_use]
    pub fn never_started(&self) -> bool {
        matches!(self.finished, Some((StepFinished { outcome: Outcome::NotStarted(_), .. }, _)))
    }

    /// Returns whether it is a round after which its watch went on: nobody need read of each.
    #[must_use]
    pub fn went_on(&self) -> bool {
        self.intent.round.is_some()
            && self.breached.is_none()
            && self.resolved.is_none()
            && self.sample.as_ref().is_some_and(|s| !s.over)
    }

    /// Returns whether it is a round that another round came before.
    #[must_use]
    pub fn later_round(&self) -> bool {
        self.intent.round.is_some_and(|r| r.round > 1)
    }

    /// Returns whether `retries` may try it again: it failed by what it did or did not do in time, nobody asked for its
    /// end and nobody has judged it.
    #[must_use]
    pub fn may_be_retried(&self) -> bool {
        self.status() == StepStatus::Failed
            && self.resolved.is_none()
            && self.unknown.is_none()
            && !self.cancel_asked
            && !self.never_started()
    }

    /// Returns in words how it ended, for example `exit 2` or `not started: …`; empty while it runs.
    #[must_use]
    pub fn ended_words(&self) -> String {
        if let Some(r) = &self.resolved {
            let what = match r.verdict {
                Verdict::Passed => "passed",
                Verdict::Failed => "failed",
                Verdict::Stopped => "stopped by hand",
            };
            return format!("{what} by the word of {}", r.who.name);
        }
        let Some((finished, _)) = &self.finished else {
            return self.unknown.as_ref().map(|(why, _)| format!("unknown: {why}")).unwrap_or_default();
        };
        if let Some(breach) = &self.breached {
            return breach.why.clone();
        }
        if self.was_enough(&finished.outcome) {
            return match &self.enough {
                Some(who) => format!("ended by {who}, as it should"),
                None => "ended with Ctrl-C, as it should".to_owned(),
            };
        }
        let words = match &finished.outcome {
            Outcome::Exited(code) => match &finished.unmet {
                Some(unmet) => unmet.clone(),
                None if self.intent.exit == 0 || *code == self.intent.exit => format!("exit {code}"),
                None => format!("exit {code}, and exit {} passes", self.intent.exit),
            },
            Outcome::Signalled(name) => format!("ended by signal {name}"),
            Outcome::TimedOut => match self.timed_out {
                Some(limit) => format!("timed out after {}", clocks::words(Duration::from_secs(limit))),
                None => "timed out".to_owned(),
            },
            Outcome::Cancelled => "cancelled".to_owned(),
            Outcome::NotStarted(why) => format!("not started: {why}"),
            Outcome::Unknown(why) => format!("unknown: {why}"),
        };
        if finished.seen == Seen::Marker { format!("{words}, by its exit file") } else { words }
    }
}
