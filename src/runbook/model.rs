//! What a runbook is after parsing: phases, boxes in document order, steps, and what their annotations ask for.
//!
//! The model is plain data. Boxes stand in one list in document order; nesting is `parent` and `depth`.

use std::ops::Range;
use std::time::Duration;

pub use crate::diag::Place;
use crate::runbook::ids::{BoxId, StepId};

/// A parsed runbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Runbook {
    /// The title: front matter `title` or `name`, else the lone level-1 heading, else the file name.
    pub title: String,
    /// What the front matter's `gonogo:` map declares.
    pub front: Front,
    /// Phases in document order; a phase without boxes is notes and is kept for its prose.
    pub phases: Vec<Phase>,
    /// All boxes of all phases in document order.
    pub boxes: Vec<BoxItem>,
    /// Lower-case hex SHA-256 of the exact bytes that were parsed.
    pub sha256: String,
}

impl Runbook {
    /// Returns the index of the box called `id`.
    #[must_use]
    pub fn box_index(&self, id: &BoxId) -> Option<usize> {
        self.boxes.iter().position(|b| b.id == *id)
    }

    /// Returns the box called `id`.
    #[must_use]
    pub fn find_box(&self, id: &BoxId) -> Option<&BoxItem> {
        self.boxes.iter().find(|b| b.id == *id)
    }

    /// Returns the step called `id` and the box that holds it.
    #[must_use]
    pub fn find_step(&self, id: &StepId) -> Option<(&BoxItem, &Step)> {
        self.boxes.iter().find_map(|b| b.steps.iter().find(|s| s.id == *id).map(|s| (b, s)))
    }

    /// Returns the children of the box at `index`, in order, as indices into `boxes`.
    pub fn children(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.boxes.iter().enumerate().filter(move |(_, b)| b.parent == Some(index)).map(|(i, _)| i)
    }
}

/// The `gonogo:` map of the front matter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Front {
    /// Declared variables, in the order they stand.
    pub vars: Vec<VarDecl>,
    /// Roles and their hosts (`user@host[:port]`), used only by runs without an environment.
    pub hosts: Vec<(String, Vec<String>)>,
    /// Path of the environment file, relative to the runbook.
    pub environments: Option<String>,
    /// The rollback runbook: a relative path, or `#heading` of this file.
    pub rollback: Option<String>,
}

/// A declared variable.
#[derive(Debug, Clone, PartialEq)]
pub struct VarDecl {
    /// Its name, as the shell sees it.
    pub name: String,
    /// The pattern its whole value must match.
    pub pattern: Option<Pattern>,
    /// The value it has when nobody sets it.
    pub default: Option<String>,
    /// Where it is declared.
    pub place: Place,
}

/// A regular expression together with the text that a person wrote.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The compiled expression.
    pub regex: regex::Regex,
}

impl Pattern {
    /// Compiles what a person wrote.
    ///
    /// # Errors
    /// One line that says what is wrong with it.
    pub fn new(text: &str) -> Result<Self, String> {
        let compile = |text: &str| regex::RegexBuilder::new(text).size_limit(PATTERN_BYTES).build();
        let explain = |e: regex::Error| {
            let text = e.to_string();
            let last = text.lines().last().unwrap_or_default().trim();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        };
        let regex = compile(text).map_err(explain)?;
        compile(&whole(text)).map_err(explain)?;
        Ok(Self { regex })
    }

    /// Returns whether `value` as a whole, not only a part of it, matches.
    #[must_use]
    pub fn matches_whole(&self, value: &str) -> bool {
        regex::Regex::new(&whole(self.regex.as_str())).is_ok_and(|regex| regex.is_match(value))
    }
}

/// Bytes a compiled pattern may take.
const PATTERN_BYTES: usize = 1 << 20;

/// A comment of the `x` flag at the end would swallow the anchor; such a pattern is refused by [`Pattern::new`].
fn whole(text: &str) -> String {
    format!("\\A(?:{text})\\z")
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.regex.as_str() == other.regex.as_str()
    }
}

/// What a phase is by its name; a gate stands only before the first three kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhaseKind {
    /// Named pre, before or prepare.
    Pre,
    /// Named during, deploy or change.
    During,
    /// Named post or after.
    Post,
    /// Any other heading.
    Other,
}

/// One phase.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// The heading's text.
    pub title: String,
    /// What its name makes of it.
    pub kind: PhaseKind,
    /// Whether a gate stands before it. The first phase that has boxes never has one: nothing precedes it.
    pub gate: bool,
    /// Whether the heading carries `rollback`: the phase is not walked, only entered by a rollback.
    pub rollback: bool,
    /// Its boxes, as a range of [`Runbook::boxes`].
    pub boxes: Range<usize>,
    /// The prose before its first box, as plain text lines.
    pub prose: String,
    /// Where the heading stands.
    pub place: Place,
}

/// One box: one thing to confirm, which may hold steps.
#[derive(Debug, Clone, PartialEq)]
pub struct BoxItem {
    /// Its identity.
    pub id: BoxId,
    /// Its text in one line, Markdown marks removed.
    pub text: String,
    /// What else stands in the item, as plain text lines.
    pub prose: String,
    /// Index of its phase in [`Runbook::phases`].
    pub phase: usize,
    /// Index of the box it is nested in.
    pub parent: Option<usize>,
    /// Nesting depth, 0 for a box of the phase itself.
    pub depth: usize,
    /// The headings above it below the phase, then the plain bullets that label it.
    pub path: Vec<String>,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// The value a signature must bring.
    pub value: Option<ValueSpec>,
    /// Cannot be waived.
    pub required: bool,
    /// The time that must pass, from the start of the wait, before it may be signed.
    pub wait: Option<Duration>,
    /// How long after the run closes it may still be settled; a box with it never holds a run open.
    pub due: Option<Duration>,
    /// The runbook that its link names and that must complete as a child run.
    pub runbook: Option<String>,
    /// The condition under which it applies.
    pub condition: Option<Condition>,
    /// Whether it stands for something that is not a task item (a step outside a box).
    pub derived: bool,
    /// Where it stands.
    pub place: Place,
}

/// `value=NAME match=re`.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueSpec {
    /// The variable that the value sets.
    pub name: String,
    /// What the whole value must match.
    pub pattern: Option<Pattern>,
}

/// `if=VAR` or `if=VAR=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The variable that decides.
    pub name: String,
    /// The value it must have; without one, any value but empty, `0`, `no` and `false` holds.
    pub equals: Option<String>,
}

/// Where a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// Every host of a role, one after another; also a host by its name.
    Role(String),
    /// The first host of a role only (`once`).
    First(String),
    /// Nothing is written: the only host there is, if there is only one.
    Unstated,
}

/// What must be confirmed before a step starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Confirm {
    /// Nothing.
    #[default]
    No,
    /// One Enter of its own.
    Press,
    /// The environment's name, typed.
    Type,
}

/// One step: one shell block.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its identity.
    pub id: StepId,
    /// What the list shows: its name, else its title by the rules of the format.
    pub title: String,
    /// The script, exactly as it will be sent.
    pub script: String,
    /// Whether it is one annotated script or a single command (`-e` and `pipefail`), and not an unsplit block.
    pub strict: bool,
    /// Where it runs.
    pub on: On,
    /// `check`: only reads.
    pub check: bool,
    /// Boxes that must be signed first.
    pub needs: Vec<BoxId>,
    /// What it captures.
    pub capture: Option<Capture>,
    /// What its standard output must contain to pass.
    pub expect: Option<Pattern>,
    /// The confirmation it wants.
    pub confirm: Confirm,
    /// The condition under which it applies.
    pub condition: Option<Condition>,
    /// The variables its script uses that the runbook, the environment or a box declares.
    pub uses: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

/// `capture=NAME match=re`.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// The variable that receives the value.
    pub name: String,
    /// Group 1 of the first match in standard output (the whole match without a group); else all of it, trimmed.
    pub pattern: Option<Pattern>,
}
