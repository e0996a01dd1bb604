//! The stack of sections below a phase: headings, and folded sections (`<details>`) that raw HTML opens and closes.

use std::ops::Range;
use std::rc::Rc;

use super::{Scope, SectionDraft, Walker, hints, prose};
use crate::runbook::MAX_NESTING;
use crate::runbook::model::FOLDED;

impl Walker<'_, '_, '_> {
    /// Opens a section in those that are open.
    pub fn open_section(&mut self, title: &str, level: u8, bytes: Range<usize>, comments: Vec<Range<usize>>) {
        let start = self.draft.boxes.len();
        let parent = self.open.last().copied();
        let above = parent.and_then(|at| self.draft.sections.get(at)).and_then(|s| s.optional.clone());
        self.draft.sections.push(SectionDraft {
            title: prose::label(title),
            level,
            bytes,
            comments,
            parent,
            optional: hints::optional(title).map(Rc::from).or(above),
            boxes: start..start,
        });
        self.open.push(self.draft.sections.len() - 1);
    }

    /// Closes all but the outermost `keep` sections.
    pub fn close_sections(&mut self, keep: usize) {
        let end = self.draft.boxes.len();
        for at in self.open.drain(keep.min(self.open.len())..) {
            if let Some(section) = self.draft.sections.get_mut(at) {
                section.boxes.end = end;
            }
        }
    }

    /// Closes what a heading of `level` ends: headings of its level and deeper, none outside the folded section that
    /// it stands in.
    pub fn close_headings(&mut self, level: u8) {
        let level_of = |at: &usize| self.draft.sections.get(*at).map_or(0, |s| s.level);
        let ended = self.open.iter().rev().take_while(|at| (level..FOLDED).contains(&level_of(at))).count();
        self.close_sections(self.open.len() - ended);
    }

    /// Raw HTML opens and closes folded sections; what else it says is prose.
    pub fn html(&mut self, html: &str, bytes: &Range<usize>, scope: &Scope) {
        let mut text = String::new();
        let mut summary: Option<usize> = None;
        for piece in prose::pieces(html) {
            match piece {
                prose::Piece::Text(more) => text.push_str(more),
                prose::Piece::Tag("details") => {
                    self.say_lines(&text, scope);
                    text.clear();
                    if self.folds() >= MAX_NESTING {
                        let message = format!("folded sections are nested deeper than {MAX_NESTING} here");
                        if !self.findings.has_errors() {
                            self.findings.error("too-deep", &(bytes.start..bytes.start), message);
                        }
                        return;
                    }
                    self.open_section("Details", FOLDED, bytes.clone(), Vec::new());
                }
                prose::Piece::Tag("/details") => {
                    summary = None;
                    self.say_lines(&text, scope);
                    text.clear();
                    self.close_fold();
                }
                prose::Piece::Tag("summary") => {
                    self.say_lines(&text, scope);
                    text.clear();
                    summary = self.open.last().copied();
                }
                prose::Piece::Tag("/summary") => {
                    let title = prose::one_line(&text);
                    let section = summary.take().and_then(|at| self.draft.sections.get_mut(at));
                    match section.filter(|s| s.level == FOLDED && !title.is_empty()) {
                        Some(section) => {
                            section.optional =
                                hints::optional(&title).map(Rc::from).or(section.optional.take());
                            section.title = prose::label(&title);
                        }
                        None => self.say_lines(&text, scope),
                    }
                    text.clear();
                }
                prose::Piece::Tag(_) => {}
            }
        }
        self.say_lines(&text, scope);
    }

    fn folds(&self) -> usize {
        self.open.iter().filter(|at| self.draft.sections.get(**at).is_some_and(|s| s.level == FOLDED)).count()
    }

    /// Closes the innermost folded section and the headings in it.
    fn close_fold(&mut self) {
        let fold =
            self.open.iter().rposition(|at| self.draft.sections.get(*at).is_some_and(|s| s.level == FOLDED));
        if let Some(fold) = fold {
            self.close_sections(fold);
        }
    }

    fn say_lines(&mut self, text: &str, scope: &Scope) {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.say(scope.owner, line.to_owned());
        }
    }
}
