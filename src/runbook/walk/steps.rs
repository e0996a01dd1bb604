//! Steps into boxes: blocks as one or as several, and commands in the text of a box (points 6 and 7).

use std::ops::Range;

use super::code::Candidate;
use super::{Scope, StepDraft, Walker, prose};
use crate::runbook::MAX_STEPS;
use crate::runbook::markdown::{Code, Inline};
use crate::runbook::shell::judge::judge_script;
use crate::runbook::shell::refuse::refusal;
use crate::runbook::shell::scan::scan;
use crate::runbook::shell::split::Piece;
use crate::runbook::shell::{known, prompt};
use crate::runbook::source::{describe, first_hazard};

/// Commands in its text that a box offers.
const MOST_INLINE: usize = 64;

impl Walker<'_, '_, '_> {
    /// A block of several steps: in a box they are offered, outside each is a box of its own.
    pub fn split(
        &mut self,
        candidate: &Candidate,
        lines: &[&str],
        pieces: &[Piece],
        (code, bytes): (&Code, &Range<usize>),
        scope: &Scope,
    ) {
        let places = Lines::of(self.text, code, bytes);
        for piece in pieces {
            let place = places.bytes(candidate, &piece.lines);
            let title = prose::label(piece.label.as_deref().unwrap_or(&piece.command));
            let owner = match scope.owner {
                Some(owner) => owner,
                None => {
                    let mut draft =
                        self.new_box(title.trim_end_matches(':').to_owned(), place.clone(), scope);
                    draft.derived = true;
                    draft.for_step = true;
                    let Some(owner) = self.push_box(draft) else { return };
                    owner
                }
            };
            self.add_step(owner, candidate, lines, (piece, title, None), place);
            if scope.owner.is_some()
                && let Some(step) = self.draft.boxes.get_mut(owner).and_then(|b| b.steps.last_mut())
            {
                step.offered = true;
            }
        }
    }

    /// Appends a step to the box `owner`, with the output that stands below it.
    pub fn add_step(
        &mut self,
        owner: usize,
        candidate: &Candidate,
        lines: &[&str],
        (piece, title, refused): (&Piece, String, Option<String>),
        bytes: Range<usize>,
    ) {
        if !self.counts(&bytes) {
            return;
        }
        let mut script = String::new();
        for line in lines.get(piece.lines.clone()).unwrap_or_default() {
            script.push_str(line);
            script.push('\n');
        }
        let printed = candidate.session.as_ref().map_or_else(String::new, |s| s.printed(&piece.lines));
        let step = StepDraft {
            title,
            script,
            single: piece.single,
            offered: false,
            by_hand: refused,
            verdict: piece.verdict.clone(),
            annotation: candidate.annotation.clone(),
            bytes,
        };
        if let Some(holder) = self.draft.boxes.get_mut(owner) {
            holder.steps.push(step);
            holder.prose.extend(prose::code(&printed));
        }
    }

    /// Counts a step; there are not too many of them.
    fn counts(&mut self, bytes: &Range<usize>) -> bool {
        self.draft.steps += 1;
        if self.draft.steps == MAX_STEPS + 1 {
            let message = format!("this is step {}; a runbook may have {MAX_STEPS}", MAX_STEPS + 1);
            self.findings.error("too-many-steps", bytes, message);
        }
        self.draft.steps <= MAX_STEPS
    }

    /// Commands among the code spans of a box's text are offered; other code is text.
    pub fn offer(&mut self, owner: usize, inline: &Inline) {
        for (text, bytes) in &inline.codes {
            let text = text.trim();
            let command = match prompt::command(text) {
                Some(command) => command,
                None if known::is_inline_command(text) => text,
                None => continue,
            };
            let script = format!("{command}\n");
            let Some(holder) = self.draft.boxes.get(owner) else { return };
            let full = holder.inline.len() >= MOST_INLINE || self.draft.steps >= MAX_STEPS;
            if full || holder.inline.iter().any(|step| step.script == script) {
                continue;
            }
            self.draft.steps += 1;
            let found = scan(&script);
            let hidden = first_hazard(command, false)
                .map(|(_, c, hazard)| format!("it holds: {}", describe(c, hazard)));
            let refused = hidden.or_else(|| refusal(&found).map(|refused| refused.why));
            let verdict = judge_script(&script);
            let step = StepDraft {
                title: prose::label(command),
                single: found.commands.len() == 1,
                offered: true,
                by_hand: refused,
                verdict,
                annotation: bytes.end..bytes.end,
                bytes: bytes.clone(),
                script,
            };
            if let Some(holder) = self.draft.boxes.get_mut(owner) {
                holder.inline.push(step);
            }
        }
    }
}

/// Where the lines of a code block stand in the file.
pub struct Lines {
    bytes: Vec<Range<usize>>,
    /// Lines before the first line of code.
    fence: usize,
}

impl Lines {
    /// Finds them in `text`, whose block at `bytes` is `code`.
    pub fn of(text: &str, code: &Code, bytes: &Range<usize>) -> Self {
        let raw = text.get(bytes.clone()).unwrap_or_default();
        let mut at = bytes.start;
        let lines = raw.split_inclusive('\n').map(|line| {
            let start = at;
            at += line.len();
            let indent = line.len() - line.trim_start().len();
            start + indent.min(line.trim_end().len())..start + line.trim_end().len()
        });
        Self { bytes: lines.collect(), fence: usize::from(code.info.is_some()) }
    }

    /// Returns the bytes of the lines `lines` of the script.
    pub fn bytes(&self, candidate: &Candidate, lines: &Range<usize>) -> Range<usize> {
        let line = |at: usize| {
            let at = candidate.session.as_ref().map_or(at, |s| s.lines.get(at).copied().unwrap_or(at));
            self.bytes.get(at + self.fence).or(self.bytes.last()).cloned().unwrap_or_default()
        };
        let (first, last) = (line(lines.start), line(lines.end.saturating_sub(1)));
        first.start..last.end.max(first.start)
    }
}
