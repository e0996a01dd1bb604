//! From blocks to phases, boxes and steps as drafts: the mapping of the format without annotations.
//!
//! Comments and info strings are kept as byte ranges and understood in `assemble`. Invariant: every task item that
//! GitHub shows becomes exactly one box. May import `markdown`, `shell`, `findings`, `text`.

mod blocks;
mod code;
mod draft;
mod hints;
mod phases;
mod prose;
mod sections;
mod steps;

use std::ops::Range;
use std::rc::Rc;

pub use draft::{BoxDraft, Draft, PhaseDraft, SectionDraft, StepDraft};
pub use phases::kind;

use self::phases::{Derive, Plan};
use super::MAX_BOXES;
use super::findings::Findings;
use super::markdown::{Block, Inline, Kind};
use super::model::{BoxesFrom, Hints};

/// Returns the draft of the runbook whose blocks are `blocks`; `text` is the whole file.
///
/// `title` is the front matter's, `name` the file's, used if there is neither that nor a lone heading of level 1;
/// `from` is what the front matter says about boxes.
pub fn walk(
    text: &str,
    blocks: &[Block],
    title: Option<&str>,
    name: &str,
    from: BoxesFrom,
    findings: &mut Findings<'_>,
) -> Draft {
    let plan = Plan::of(blocks, from);
    let lone = plan.title.clone().filter(|t| !t.is_empty());
    let title = title.map(str::to_owned).or(lone).unwrap_or_else(|| name.to_owned());
    let mut walker = Walker {
        text,
        findings,
        draft: Draft { title, ..Draft::default() },
        plan,
        open: Vec::new(),
        pending: Vec::new(),
        step_heading: None,
        titled: None,
        titled_item: None,
        last_item: None,
        optional: None,
        caution: false,
        full: false,
    };
    walker.document(blocks);
    walker.draft
}

/// Returns whether a list stands anywhere in `blocks`.
pub fn has_items(blocks: &[Block]) -> bool {
    phases::has_box(blocks, Derive::All)
}

struct Walker<'a, 'f, 'i> {
    text: &'a str,
    findings: &'f mut Findings<'i>,
    draft: Draft,
    plan: Plan,
    /// Sections of the phase that are open, as indices into the draft's.
    open: Vec<usize>,
    /// Prose since the last box of the phase.
    pending: Vec<String>,
    /// The "Step N" heading that is open, and its box.
    step_heading: Option<(u8, usize)>,
    /// How many phases there were, and the section, where a heading last titled a block.
    titled: Option<(usize, Option<usize>)>,
    /// Where the plain item begins that last titled a block.
    titled_item: Option<usize>,
    /// The scope of the last list's last item, and how many boxes there were after it.
    last_item: Option<(usize, Scope)>,
    /// The words of the phase's title that say that it does not always apply.
    optional: Option<Rc<str>>,
    /// Whether a caution alert stands before the next box.
    caution: bool,
    /// Whether the limit of boxes was reached.
    full: bool,
}

/// What stands around a block.
#[derive(Debug, Clone, Default)]
struct Scope {
    /// The box it belongs to.
    owner: Option<usize>,
    /// Plain bullets that label it.
    labels: Rc<Vec<String>>,
    /// The words of a label or parent that say that it does not always apply.
    optional: Option<Rc<str>>,
    /// The paragraph that announces the quote it stands in.
    lead: Option<Rc<str>>,
    /// Where the plain list item begins that it stands in directly, and its text.
    item: Option<(usize, Rc<str>)>,
    /// Which items here become boxes.
    derive: Derive,
}

impl Walker<'_, '_, '_> {
    fn document(&mut self, blocks: &[Block]) {
        for (at, block) in blocks.iter().enumerate() {
            match &block.kind {
                Kind::Heading(level, inline) => self.heading(*level, inline, block),
                Kind::Paragraph(inline) if self.plan.is_label(blocks, at) => {
                    self.open_phase(
                        phases::label(&inline.text),
                        block.bytes.clone(),
                        inline.comments.clone(),
                        false,
                    );
                }
                _ => {
                    let owner = self.step_heading.map(|(_, owner)| owner);
                    let scope = Scope { owner, derive: self.plan.derive, ..Scope::default() };
                    self.block(blocks, at, &scope);
                }
            }
        }
        self.close_phase();
    }

    fn heading(&mut self, level: u8, inline: &Inline, block: &Block) {
        if self.step_heading.is_some_and(|(open, _)| level <= open) {
            self.step_heading = None;
        }
        self.close_headings(level);
        self.caution = false;
        if self.plan.is_title(level) {
            self.close_sections(0);
            self.draft.title_comments.extend(inline.comments.iter().cloned());
        } else if self.plan.derive.steps() && phases::is_step(&inline.text) {
            self.step_box(level, inline, block);
        } else if self.plan.level.is_some_and(|phase| level <= phase) {
            self.open_phase(inline.text.clone(), block.bytes.clone(), inline.comments.clone(), false);
        } else {
            self.open_section(&inline.text, level, block.bytes.clone(), inline.comments.clone());
        }
    }

    /// A "Step N" heading becomes a box. At the level of phases such headings share one phase.
    fn step_box(&mut self, level: u8, inline: &Inline, block: &Block) {
        if self.plan.level.is_none_or(|phase| level <= phase) && !self.draft.in_steps() {
            self.open_phase("Steps".to_owned(), block.bytes.clone(), Vec::new(), true);
        }
        let mut draft = self.new_box(prose::label(&inline.text), block.bytes.clone(), &Scope::default());
        draft.derived = true;
        draft.comments = inline.comments.clone();
        if let Some(index) = self.push_box(draft) {
            self.offer(index, inline);
            self.step_heading = Some((level, index));
        }
    }

    fn open_phase(
        &mut self,
        title: String,
        bytes: Range<usize>,
        comments: Vec<Range<usize>>,
        implicit: bool,
    ) {
        self.close_phase();
        self.optional = hints::optional(&title).map(Rc::from);
        let start = self.draft.boxes.len();
        self.draft.phases.push(PhaseDraft {
            title,
            bytes,
            comments,
            implicit,
            boxes: start..start,
            prose: Vec::new(),
        });
    }

    fn close_phase(&mut self) {
        self.close_sections(0);
        self.step_heading = None;
        // What follows the last box is said by the phase: it belongs to no box.
        let rest = std::mem::take(&mut self.pending);
        let end = self.draft.boxes.len();
        if let Some(phase) = self.draft.phases.last_mut() {
            phase.prose.extend(rest);
            phase.boxes.end = end;
        }
    }

    /// Makes sure that there is a phase: what stands before the first one belongs to the runbook as a whole.
    fn ensure_phase(&mut self) -> usize {
        if self.draft.phases.is_empty() {
            let title = self.draft.title.clone();
            self.draft.phases.push(PhaseDraft { title, implicit: true, ..PhaseDraft::default() });
        }
        self.draft.phases.len() - 1
    }

    /// Returns a box with its place in the document and nothing else.
    fn new_box(&mut self, text: String, bytes: Range<usize>, scope: &Scope) -> BoxDraft {
        let phase = self.ensure_phase();
        let parent = scope.owner;
        let depth = parent.and_then(|p| self.draft.boxes.get(p)).map_or(0, |p| p.depth + 1);
        let sections = self.open.iter().filter_map(|&at| self.draft.sections.get(at)).map(|s| &s.title);
        let path = prose::path(sections.chain(scope.labels.iter()));
        let section = self.open.last().copied();
        let mut hints = Hints::default();
        hints::read(&text, true, &mut hints);
        hints.confirm |= std::mem::take(&mut self.caution);
        if hints.optional.is_none() {
            let above = section.and_then(|at| self.draft.sections.get(at)).and_then(|s| s.optional.clone());
            let above = scope.optional.clone().or(above).or_else(|| self.optional.clone());
            hints.optional = above.map(|words| words.to_string());
        }
        BoxDraft { text, bytes, phase, section, parent, depth, path, hints, ..BoxDraft::default() }
    }

    /// Appends a box and returns its index; `None` once there are too many.
    fn push_box(&mut self, mut draft: BoxDraft) -> Option<usize> {
        if self.draft.boxes.len() >= MAX_BOXES {
            if !std::mem::replace(&mut self.full, true) {
                let message = format!("this is box {}; a runbook may have {MAX_BOXES}", MAX_BOXES + 1);
                self.findings.error("too-many-boxes", &draft.bytes, message);
            }
            return None;
        }
        if draft.parent.is_none() {
            let before = std::mem::take(&mut self.pending);
            match self.draft.phases.last_mut() {
                Some(phase) if phase.boxes.start == self.draft.boxes.len() => phase.prose.extend(before),
                _ => {
                    before.iter().for_each(|line| hints::read(line, false, &mut draft.hints));
                    draft.prose.splice(0..0, before).for_each(drop);
                }
            }
        }
        self.draft.boxes.push(draft);
        let end = self.draft.boxes.len();
        if let Some(phase) = self.draft.phases.last_mut() {
            phase.boxes.end = end;
        }
        Some(end - 1)
    }

    /// Adds a line of prose to the box `owner`, else to what stands between boxes.
    fn say(&mut self, owner: Option<usize>, line: String) {
        match owner.and_then(|index| self.draft.boxes.get_mut(index)) {
            Some(owner) => {
                hints::read(&line, false, &mut owner.hints);
                owner.prose.push(line);
            }
            None => {
                self.ensure_phase();
                self.pending.push(line);
            }
        }
    }
}
