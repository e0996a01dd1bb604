//! What a run would do, before there is one: in order, with values, hosts and conditions as far as they are known, and
//! in words where they are not known until it runs.
//!
//! The shape is `gonogo.plan.v1`: fields may be added, none is renamed or removed. Pure: runbooks, hosts and values come
//! in, nothing is read, asked or run. What a check really said is put in by whoever ran it.

mod build;
mod judge;
mod text;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

pub use build::{Linked, Links, Setting, plan};
pub use judge::judge;
pub use text::text;

/// The name of the shape.
pub const FORMAT: &str = "gonogo.plan.v1";

/// What a run would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: &'static str,
    /// The runbook's title.
    pub title: String,
    /// Its file.
    pub file: String,
    /// Lower-case hex SHA-256 of its bytes.
    pub sha256: String,
    /// The environment's name.
    pub environment: Option<String>,
    /// What has to be said before a run starts: `press` or `type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<&'static str>,
    /// Every value that the runbook declares or wants filled in.
    pub values: Vec<Value>,
    /// What a run would refuse to start for.
    pub missing: Vec<Missing>,
    /// The values that are known before the first box, as steps get them.
    #[serde(skip)]
    pub known: Arc<BTreeMap<String, String>>,
    /// Phases in the order they are walked.
    pub phases: Vec<PhasePlan>,
    /// What a rollback would do: phases of this runbook that are entered only then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rollback_phases: Vec<PhasePlan>,
    /// What a rollback would do: another runbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Box<Self>>,
    /// The runbook of a rollback that stands above in this plan already, so that it is not planned again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback_above: Option<String>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    /// Its name.
    pub name: String,
    /// What it is, if that is known; never a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where it comes from, or why it is not known, in words.
    pub from: String,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missing {
    /// `environment`, `value`, `role`, `host` or `runbook`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What a run would say, in words.
    pub why: String,
}

/// What a condition amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Decided {
    /// It holds.
    #[serde(rename = "applies")]
    Applies,
    /// It does not.
    #[serde(rename = "does not apply")]
    Not,
    /// Nobody can know before it runs.
    #[serde(rename = "unknown until run")]
    Unknown,
}

/// A condition, and what it amounts to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The condition as it is written.
    #[serde(rename = "if")]
    pub condition: String,
    /// What it amounts to.
    pub decided: Decided,
    /// Why, in words.
    pub why: String,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhasePlan {
    /// Its title.
    pub title: String,
    /// Line of its heading.
    pub line: usize,
    /// Whether go or no-go is asked before it.
    pub gate: bool,
    /// The roles that vote there; empty where one go opens it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub go: Vec<String>,
    /// Its condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Decision>,
    /// Its boxes in the order they are walked; `depth` tells which stand inside which.
    pub boxes: Vec<BoxPlan>,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoxPlan {
    /// Its identity.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its line.
    pub line: usize,
    /// How many boxes it stands in.
    pub depth: usize,
    /// The headings and bullets above it that are new here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub above: Vec<String>,
    /// Whether it applies, all conditions around it taken together.
    pub applies: Decided,
    /// The condition that decides so; none when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Decision>,
    /// What it asks for, in words: a value, a wait, a press.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<String>,
    /// Of which sections exactly one is chosen when the run comes here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choose: Vec<String>,
    /// Whether it cannot be taken back.
    pub irreversible: bool,
    /// Its steps in order.
    pub steps: Vec<StepPlan>,
    /// Commands in its text, offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inline: Vec<StepPlan>,
    /// The runbook that is run as a child.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child: Option<Box<Plan>>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepPlan {
    /// Its identity.
    pub id: String,
    /// What the list shows.
    pub title: String,
    /// Its line.
    pub line: usize,
    /// How it goes over its hosts, in words.
    pub how: &'static str,
    /// Its hosts in order.
    pub hosts: Vec<Target>,
    /// The script, every value that is put into its text filled in as far as it is known.
    pub script: String,
    /// The values that it gets, by name.
    pub values: Vec<Value>,
    /// What it waits for: values that a person has to fill in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<String>,
    /// Its condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Decision>,
    /// What it asks for, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<String>,
    /// Whether it only reads.
    pub check: bool,
    /// Whether the box can be signed without it.
    pub offered: bool,
    /// Why gonogo does not run it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
    /// Why it gets a terminal, into which a person types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
    /// Whether it gets one where `sudo` wants a password.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asks_root: bool,
    /// Why it is dangerous, when nobody wrote so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub danger: Option<String>,
    /// The box that takes it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// Whether it cannot be taken back.
    pub irreversible: bool,
    /// What it really said, host by host, when it was run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub live: Vec<Live>,
}

/// A host as it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// What people call it.
    pub name: String,
    /// The account.
    pub user: String,
    /// What is dialled.
    pub address: String,
    /// The port; 0 for this machine.
    pub port: u16,
}

/// What a check said on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Live {
    /// The host; empty when it was run on none.
    pub host: String,
    /// How it ended.
    pub result: Said,
    /// What there is to say about it, in words.
    pub words: String,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Said {
    /// It passed.
    #[serde(rename = "ok")]
    Ok,
    /// It was not run.
    #[serde(rename = "not run")]
    NotRun,
    /// It passed with a warning.
    #[serde(rename = "warning")]
    Warning,
    /// It failed.
    #[serde(rename = "failed")]
    Failed,
    /// The host could not be reached, or its key is not known.
    #[serde(rename = "no host")]
    NoHost,
}

impl Said {
    /// Returns the word that people read.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotRun => "not run",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::NoHost => "no host",
        }
    }
}

impl Plan {
    /// Calls `each` for every step that a run would come to, in order, those of child runs too; not for a rollback.
    pub fn each_step(&mut self, each: &mut impl FnMut(&BoxKey, &mut StepPlan)) {
        for item in self.phases.iter_mut().flat_map(|p| &mut p.boxes) {
            let known = Arc::clone(&self.known);
            let key = BoxKey { file: self.file.clone(), applies: item.applies, known };
            item.steps.iter_mut().for_each(|step| each(&key, step));
            if let Some(child) = &mut item.child {
                child.each_step(each);
            }
        }
    }
}

/// What of a box a step depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxKey {
    /// The file of its runbook.
    pub file: String,
    /// Whether it applies.
    pub applies: Decided,
    /// The values that are known before the first box of its runbook.
    pub known: Arc<BTreeMap<String, String>>,
}
