//! What a runbook is after parsing: phases, boxes in document order, steps, and what their annotations ask for.
//!
//! The model is plain data. Boxes stand in one list in document order; nesting is `parent` and `depth`.

use std::ops::Range;
use std::time::Duration;

mod step;

pub use self::step::{Batch, Capture, Comparison, Confirm, Metric, On, OnTerminal, Repeat, Step, Threshold};
pub use crate::diag::{LineIndex, Place};
use crate::runbook::ids::{BoxId, StepId};
use crate::runbook::slug::slug;

/// A parsed runbook.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Runbook {
    /// The title: front matter `title` or `name`, else the lone level-1 heading, else the file name.
    pub title: String,
    /// What the front matter's `gonogo:` map declares.
    pub front: Front,
    /// Phases in document order; a phase without boxes is notes and is kept for its prose.
    pub phases: Vec<Phase>,
    /// Headings below phases that hold boxes, in document order.
    pub sections: Vec<Section>,
    /// Headings of which exactly one child section applies.
    pub choices: Vec<Choice>,
    /// All boxes of all phases in document order.
    pub boxes: Vec<BoxItem>,
    /// What has to be filled in, each name once, in the order of the file.
    pub placeholders: Vec<Placeholder>,
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

    /// Returns the step or inline command called `id` and the box that holds it.
    #[must_use]
    pub fn find_step(&self, id: &StepId) -> Option<(&BoxItem, &Step)> {
        self.boxes.iter().find_map(|b| b.steps.iter().chain(&b.inline).find(|s| s.id == *id).map(|s| (b, s)))
    }

    /// Returns the principals of the role `role` of people; none where the front matter does not say.
    #[must_use]
    pub fn people(&self, role: &str) -> Option<&[String]> {
        self.front.roles.iter().find(|(name, _)| name == role).map(|(_, people)| people.as_slice())
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
    /// Roles of people and their principals.
    pub roles: Vec<(String, Vec<String>)>,
    /// How often it is to be run as a drill.
    pub cadence: Option<Cadence>,
    /// The longest times that a drill may measure, by the name of the stopwatch or value.
    pub targets: Vec<(String, Duration)>,
    /// Which list items are boxes.
    pub boxes: BoxesFrom,
}

/// How often a drill is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// Every so many days.
    Days(u32),
    /// Every so many months of the calendar: 1, 3 (quarterly) or 12 (yearly).
    Months(u32),
}

/// Which list items are boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BoxesFrom {
    /// Nothing is said: task items, else numbered items and "Step N" headings.
    #[default]
    Unsaid,
    /// Task items only.
    Tasks,
    /// Task items, numbered items and "Step N" headings.
    Numbered,
    /// Every list item.
    All,
}

/// A declared variable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VarDecl {
    /// Its name, as the shell sees it.
    pub name: String,
    /// The pattern its whole value must match.
    pub pattern: Option<Pattern>,
    /// The values it may have; empty means any.
    pub choose: Vec<String>,
    /// The value it has when nobody sets it.
    pub default: Option<String>,
    /// Where its value comes from when it is a secret; then it is in no record.
    pub secret: Option<Secret>,
    /// Where it is declared.
    pub place: Place,
}

/// A secret: its value is read when a run starts, and only steps see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Where the value comes from.
    pub from: SecretSource,
    /// Whether a value under 8 characters is taken; such a value is neither redacted nor carried.
    pub allow_short: bool,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// The environment variable of the same name of the process that drives the run.
    Env,
    /// A person is asked.
    Prompt,
    /// What a command on this machine prints, the last line end removed.
    Command(String),
}

/// Something to be filled in: every `<version>`, `{VERSION}`, unset `$VERSION` of a file is one placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// The variable that holds its value: upper case, everything but letters and digits as `_`.
    pub name: String,
    /// How it first stands in the file, for example `<version>`.
    pub shown: String,
    /// Whether steps wait for it; otherwise it is only offered.
    pub demanded: bool,
    /// Whether it is put into text as it is, so that only harmless characters are allowed.
    pub text: bool,
    /// Everywhere it stands.
    pub places: Vec<Place>,
}

/// A placeholder inside a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// The [`Placeholder::name`].
    pub name: String,
    /// Its bytes in [`Step::script`].
    pub bytes: Range<usize>,
    /// Whether the step waits for it.
    pub demanded: bool,
}

/// The role of whoever drives the run, where the front matter does not name people for it.
pub const CAPTAIN: &str = "captain";

/// The [`Section::level`] of a folded section (`<details>`).
pub const FOLDED: u8 = 7;

/// A heading below a phase, or a folded section, that holds boxes.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The heading's text, or the summary.
    pub title: String,
    /// The heading's level, 1 to 6, or [`FOLDED`]. Nesting is `parent`: headings may stand inside a folded section.
    pub level: u8,
    /// Index of its phase.
    pub phase: usize,
    /// Index of the section it stands in.
    pub parent: Option<usize>,
    /// Its name, if it was given one.
    pub id: Option<String>,
    /// The condition under which its boxes apply.
    pub condition: Option<Condition>,
    /// Its boxes, those of sections inside it too.
    pub boxes: Range<usize>,
    /// Where the heading stands.
    pub place: Place,
}

/// A heading of which exactly one child section applies (`choose`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The heading's text.
    pub title: String,
    /// Index of its phase.
    pub phase: usize,
    /// Index of the section whose heading it is; none for the phase's own.
    pub section: Option<usize>,
    /// Indices of the sections to choose from.
    pub options: Vec<usize>,
    /// Where the heading stands.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PhaseKind {
    /// Named pre, before or prepare.
    Pre,
    /// Named during, deploy or change.
    During,
    /// Named post or after.
    Post,
    /// Any other heading.
    #[default]
    Other,
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Phase {
    /// The heading's text.
    pub title: String,
    /// Its name, if it was given one.
    pub id: Option<String>,
    /// What its name makes of it.
    pub kind: PhaseKind,
    /// Whether a gate stands before it: by its kind, or because it says who votes there. The first phase that has boxes never has one: nothing precedes it.
    pub gate: bool,
    /// Whether the heading carries `rollback`: the phase is not walked, only entered by a rollback.
    pub rollback: bool,
    /// The roles that vote at the gate before it (`go=`); empty where one go opens it.
    pub go: Vec<String>,
    /// The condition under which its boxes apply.
    pub condition: Option<Condition>,
    /// Its boxes, as a range of [`Runbook::boxes`].
    pub boxes: Range<usize>,
    /// The prose before its first box, as plain text lines.
    pub prose: String,
    /// Where the heading stands.
    pub place: Place,
}

impl Phase {
    /// Returns the name by which `rollback: "#…"` and the gates of an answers file mean it: its own, else its title as
    /// GitHub makes an anchor of it.
    #[must_use]
    pub fn anchor(&self) -> String {
        self.id.clone().unwrap_or_else(|| slug(&self.title))
    }
}

/// One box: one thing to confirm, which may hold steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BoxItem {
    /// Its identity.
    pub id: BoxId,
    /// Its text in one line, Markdown marks removed.
    pub text: String,
    /// What else stands in the item, as plain text lines.
    pub prose: String,
    /// Index of its phase in [`Runbook::phases`].
    pub phase: usize,
    /// Index of the innermost section it stands in, in [`Runbook::sections`].
    pub section: Option<usize>,
    /// Index of the box it is nested in.
    pub parent: Option<usize>,
    /// Nesting depth, 0 for a box of the phase itself.
    pub depth: usize,
    /// The headings above it below the phase, then the plain bullets that label it.
    pub path: Vec<String>,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// Commands in its text: offered, never required.
    pub inline: Vec<Step>,
    /// The value a signature must bring.
    pub value: Option<ValueSpec>,
    /// Cannot be waived.
    pub required: bool,
    /// May be waived without a reason.
    pub optional: bool,
    /// Cannot be taken back: past it only forward or the rollback is offered.
    pub irreversible: bool,
    /// Wants the signatures of two people.
    pub two_person: bool,
    /// The role that may sign it.
    pub role: Option<String>,
    /// The stopwatch that its signature starts or stops.
    pub mark: Option<String>,
    /// The time that must pass, from the start of the wait, before it may be signed.
    pub wait: Option<Duration>,
    /// How long after the run closes it may still be settled; a box with it never holds a run open.
    pub due: Option<Duration>,
    /// The runbook that its link names and that must complete as a child run.
    pub runbook: Option<String>,
    /// The condition under which it applies.
    pub condition: Option<Condition>,
    /// The runbooks that its text links to, as relative paths: offered as child runs.
    pub links: Vec<String>,
    /// What its words suggest; suggested only, never enforced.
    pub hints: Hints,
    /// Whether it stands for something that is not a task item (a step outside a box).
    pub derived: bool,
    /// Where it stands.
    pub place: Place,
}

/// What the words of a box suggest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// "wait 30 minutes": a timer.
    pub wait: Option<Duration>,
    /// "point of no return", a caution alert: one press more.
    pub confirm: bool,
    /// The text ends in ":", or `<!-- Paste … -->` stands in it: a field, and what to paste.
    pub value: Option<String>,
    /// "(optional)", "X only", "If …": the words; waiving takes one key, and they are its reason.
    pub optional: Option<String>,
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

impl BoxItem {
    /// Returns its steps and then the commands in its text.
    pub fn commands(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(&self.inline)
    }

    /// Returns whether `step` is a command in its text: such a one is only offered, and leaves no carried state.
    #[must_use]
    pub fn has_inline(&self, step: &Step) -> bool {
        self.inline.iter().any(|s| s.id == step.id)
    }

    /// Returns the reason that waiving it has when nobody gives one: its own words, if they or an annotation call it
    /// optional.
    #[must_use]
    pub fn optional_words(&self) -> Option<&str> {
        self.hints
            .optional
            .as_deref()
            .or_else(|| self.optional.then_some("optional"))
            .filter(|_| !self.required)
    }
}
