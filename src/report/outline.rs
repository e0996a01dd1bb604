//! What gonogo sees in a file: phases, sections, boxes, steps, inline commands and values to fill in, each with its
//! lines; as a tree for programs and as text for people.
//!
//! The shape of the tree is `gonogo.outline.v1`: fields may be added, none is renamed or removed. Every node that has
//! boxes holds them under `boxes`. Pure: the model and the text it was made of come in, nothing is read.

mod build;
mod extent;
mod text;

use serde::Serialize;

pub use build::outline;
pub use text::text;

/// The name of the shape.
pub const FORMAT: &str = "gonogo.outline.v1";

/// A runbook as gonogo sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outline {
    /// [`FORMAT`].
    pub format: &'static str,
    /// The file as it was given.
    pub file: String,
    /// The title.
    pub title: String,
    /// Lower-case hex SHA-256 of the file's bytes.
    pub sha256: String,
    /// How many there are of everything.
    pub counts: Counts,
    /// Declared variables.
    pub vars: Vec<Var>,
    /// Values to fill in.
    pub placeholders: Vec<Blank>,
    /// Phases in the order of the file.
    pub phases: Vec<PhaseNode>,
}

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Lines of the file.
    pub line: usize,
    /// Phases that hold boxes.
    pub phase: usize,
    /// Sections that hold boxes.
    pub section: usize,
    /// Boxes.
    #[serde(rename = "box")]
    pub boxed: usize,
    /// Boxes that are no task item of the file.
    pub derived: usize,
    /// Steps.
    pub step: usize,
    /// Steps that a person runs by hand.
    pub by_hand: usize,
    /// Inline commands.
    pub command: usize,
    /// Values to fill in.
    pub placeholder: usize,
}

/// A declared variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Var {
    /// Its name.
    pub name: String,
    /// Line of its declaration.
    pub line: usize,
    /// Last line of its declaration.
    pub end_line: usize,
    /// What its whole value must match.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The values it may have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choose: Vec<String>,
    /// The value it has when nobody sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Where a secret comes from: `env`, `prompt` or `command`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<&'static str>,
}

/// Something to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blank {
    /// The variable that holds its value.
    pub name: String,
    /// How it first stands in the file.
    pub shown: String,
    /// Whether steps wait for it; otherwise it is only offered.
    pub demanded: bool,
    /// The lines in which it stands.
    pub lines: Vec<usize>,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseNode {
    /// Always `phase`.
    pub kind: &'static str,
    /// The heading's text.
    pub title: String,
    /// Line of its heading.
    pub line: usize,
    /// Last line of what stands below the heading.
    pub end_line: usize,
    /// `pre`, `during`, `post` or `other`.
    pub stage: &'static str,
    /// Whether a gate stands before it.
    pub gate: bool,
    /// The roles that vote there; empty where one go opens it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub go: Vec<String>,
    /// Whether it is only entered by a rollback.
    pub rollback: bool,
    /// The condition under which it applies.
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Headings below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<SectionNode>,
    /// Its boxes; those inside a box stand there.
    pub boxes: Vec<BoxNode>,
}

/// A heading below a phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SectionNode {
    /// Always `section`.
    pub kind: &'static str,
    /// The heading's text.
    pub title: String,
    /// Its level, 1 to 6.
    pub level: u8,
    /// Line of its heading.
    pub line: usize,
    /// Last line of its last box.
    pub end_line: usize,
    /// Whether it is one of several of which exactly one applies.
    pub choice: bool,
    /// The condition under which it applies.
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoxNode {
    /// Always `box`.
    pub kind: &'static str,
    /// Its identity.
    pub id: String,
    /// Its text in one line.
    pub text: String,
    /// Line in which it begins.
    pub line: usize,
    /// Last line of what belongs to it.
    pub end_line: usize,
    /// Whether it is no task item of the file.
    pub derived: bool,
    /// The headings and bullets above it, below the phase.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// What its annotation asks for, in words, for example `required` or `wait 30m`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<String>,
    /// What its words suggest, in words; never enforced.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggests: Vec<String>,
    /// The runbook that is run as a child.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// The condition under which it applies.
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Its steps.
    pub steps: Vec<StepNode>,
    /// Commands in its text.
    pub inline: Vec<StepNode>,
    /// The boxes inside it.
    pub boxes: Vec<Self>,
}

/// A step or an inline command.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepNode {
    /// `step` or `inline`.
    pub kind: &'static str,
    /// Its identity.
    pub id: String,
    /// What the list shows.
    pub title: String,
    /// Line in which it begins.
    pub line: usize,
    /// Its last line.
    pub end_line: usize,
    /// Where it runs, in words; none when nothing is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// What its annotation asks for, in words, for example `check` or `capture TAG`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<String>,
    /// The condition under which it applies.
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Why it is dangerous, when nobody wrote so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub danger: Option<String>,
    /// Why gonogo does not run it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
    /// Why it gets a terminal, into which a person types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
    /// Whether the box can be signed without it.
    pub offered: bool,
    /// Names of the values it waits for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub placeholders: Vec<String>,
    /// The script.
    pub script: String,
}
