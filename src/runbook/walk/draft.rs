//! What the walk finds before annotations are understood; plain data.

use std::ops::Range;
use std::rc::Rc;

use crate::runbook::model::Hints;
use crate::runbook::shell::judge::Verdict;

/// A runbook before its annotations are understood.
#[derive(Debug, Default)]
pub struct Draft {
    /// The title.
    pub title: String,
    /// Phases in document order.
    pub phases: Vec<PhaseDraft>,
    /// Boxes in document order.
    pub boxes: Vec<BoxDraft>,
    /// Headings and folded sections below phases in document order, those without boxes too.
    pub sections: Vec<SectionDraft>,
    /// Comments on the heading that is the title.
    pub title_comments: Vec<Range<usize>>,
    /// Comments that stand where no annotation belongs.
    pub stray_comments: Vec<Range<usize>>,
    /// Annotations of blocks that say `ignore`.
    pub ignored: Vec<Range<usize>>,
    /// Words behind the language of a step that are another tool's.
    pub foreign: Vec<Range<usize>>,
    /// Steps so far, commands in texts included.
    pub steps: usize,
}

impl Draft {
    /// Returns whether the phase being read is the one that "Step N" headings share.
    pub fn in_steps(&self) -> bool {
        self.phases.last().is_some_and(|p| p.implicit && p.bytes.end > 0)
    }
}

/// A phase.
#[derive(Debug, Default)]
pub struct PhaseDraft {
    /// Its title.
    pub title: String,
    /// Bytes of its heading; empty when it has none.
    pub bytes: Range<usize>,
    /// Comments on its heading.
    pub comments: Vec<Range<usize>>,
    /// Whether its title is ours: then it is no part of any identity.
    pub implicit: bool,
    /// Its boxes.
    pub boxes: Range<usize>,
    /// Its prose, line by line.
    pub prose: Vec<String>,
}

/// A section: a heading below the phases, or a folded section.
#[derive(Debug, Default)]
pub struct SectionDraft {
    /// Its heading or summary.
    pub title: String,
    /// The heading's level; [`FOLDED`](crate::runbook::model::FOLDED) for a folded section.
    pub level: u8,
    /// Bytes of its heading.
    pub bytes: Range<usize>,
    /// Comments on its heading.
    pub comments: Vec<Range<usize>>,
    /// Index of the section it stands in.
    pub parent: Option<usize>,
    /// The words of it, or of a section around it, that say that it does not always apply.
    pub optional: Option<Rc<str>>,
    /// Its boxes, those of sections inside it too.
    pub boxes: Range<usize>,
}

/// A box.
#[derive(Debug, Default)]
pub struct BoxDraft {
    /// Its text.
    pub text: String,
    /// Bytes of its first line.
    pub bytes: Range<usize>,
    /// Index of its phase.
    pub phase: usize,
    /// Index of the innermost section it stands in.
    pub section: Option<usize>,
    /// Index of the box it stands in.
    pub parent: Option<usize>,
    /// Nesting depth.
    pub depth: usize,
    /// Sections and labels above it.
    pub path: Vec<String>,
    /// Its prose, line by line.
    pub prose: Vec<String>,
    /// What its words suggest.
    pub hints: Hints,
    /// Its steps.
    pub steps: Vec<StepDraft>,
    /// Commands in its text.
    pub inline: Vec<StepDraft>,
    /// Comments in it.
    pub comments: Vec<Range<usize>>,
    /// Destinations of the links in its text.
    pub links: Vec<String>,
    /// Whether it is no task item.
    pub derived: bool,
    /// Whether it exists only to hold its one step.
    pub for_step: bool,
}

/// A step.
#[derive(Debug)]
pub struct StepDraft {
    /// Its title if it has no name.
    pub title: String,
    /// What runs.
    pub script: String,
    /// Whether it is a single command.
    pub single: bool,
    /// Whether the box can do without it.
    pub offered: bool,
    /// Why gonogo does not run it.
    pub by_hand: Option<String>,
    /// What its commands do.
    pub verdict: Verdict,
    /// Bytes of its annotation.
    pub annotation: Range<usize>,
    /// Bytes of its block.
    pub bytes: Range<usize>,
}
