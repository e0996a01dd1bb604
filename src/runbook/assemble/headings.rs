//! What headings ask for: names, conditions and choices of phases and sections, flags pushed down to their boxes.
//!
//! Invariant: a word on a heading acts on at least one box, or it is an error.

use std::collections::HashMap;

use crate::runbook::annotation::heading::HeadingNotes;
use crate::runbook::findings::Findings;
use crate::runbook::model::{BoxItem, Choice, Phase, Section};
use crate::runbook::walk::Draft;

/// The annotations of all headings of a draft.
pub struct Headings {
    /// Of each phase.
    pub phases: Vec<HeadingNotes>,
    /// Of each section of the draft, those without boxes too.
    pub sections: Vec<HeadingNotes>,
}

impl Headings {
    /// Reads the annotations on the headings of `draft`; notes those that act on nothing.
    pub fn read(text: &str, draft: &Draft, findings: &mut Findings<'_>) -> Self {
        let mut read = |comments: &Vec<_>, boxes: &std::ops::Range<usize>| {
            let texts = super::annotations(text, comments, findings);
            let notes = HeadingNotes::read(&texts, findings);
            if let (Some((words, base)), true) = (texts.first(), boxes.is_empty()) {
                let message = "this annotation acts on nothing: no box stands below the heading";
                findings.error("misplaced-annotation", &(*base..base + words.trim_end().len()), message);
            }
            notes
        };
        let phases = draft.phases.iter().map(|p| read(&p.comments, &p.boxes)).collect();
        let sections: Vec<HeadingNotes> =
            draft.sections.iter().map(|s| read(&s.comments, &s.boxes)).collect();
        for notes in sections.iter().filter(|notes| notes.rollback) {
            let help = "put it on the heading of a phase, or name the rollback in the front matter";
            let message = "only a whole phase can be the rollback";
            findings.error_help("misplaced-annotation", &notes.bytes("rollback"), message, help);
        }
        for notes in sections.iter().filter(|notes| !notes.go.is_empty()) {
            let help = "put it on the heading of a phase";
            let message = "a gate stands only before a whole phase";
            findings.error_help("misplaced-annotation", &notes.bytes("go"), message, help);
        }
        Self { phases, sections }
    }

    /// Returns all of them.
    pub fn all(&self) -> impl Iterator<Item = &HeadingNotes> {
        self.phases.iter().chain(&self.sections)
    }

    /// Gives `sections` their names and conditions and returns the choices; `at` tells what became of each section of
    /// the draft. Notes choices with nothing to choose.
    pub fn choices(
        &self,
        phases: &[Phase],
        sections: &mut [Section],
        at: &[Option<usize>],
        findings: &mut Findings<'_>,
    ) -> Vec<Choice> {
        for (notes, index) in self.sections.iter().zip(at) {
            if let Some(section) = index.and_then(|i| sections.get_mut(i)) {
                section.id.clone_from(&notes.id);
                section.condition.clone_from(&notes.condition);
            }
        }
        let mut choices = Vec::new();
        for (index, (notes, phase)) in
            self.phases.iter().zip(phases).enumerate().filter(|(_, (n, _))| n.choose)
        {
            choices.push((notes, phase.title.clone(), index, None, phase.place.clone()));
        }
        for (notes, index) in self.sections.iter().zip(at).filter(|(notes, _)| notes.choose) {
            let Some((index, section)) = index.and_then(|i| Some((i, sections.get(i)?))) else { continue };
            choices.push((notes, section.title.clone(), section.phase, Some(index), section.place.clone()));
        }
        let mut inside: HashMap<(usize, Option<usize>), Vec<usize>> = HashMap::new();
        for (index, section) in sections.iter().enumerate() {
            inside.entry((section.phase, section.parent)).or_default().push(index);
        }
        let mut out = Vec::new();
        for (notes, title, phase, section, place) in choices {
            let options = inside.get(&(phase, section)).cloned().unwrap_or_default();
            if options.len() < 2 {
                let help = "write each alternative under a heading of its own, one level deeper";
                let message =
                    "there is nothing to choose: `choose` needs at least two headings with boxes below it";
                findings.error_help("no-choice", &notes.bytes("choose"), message, help);
            }
            out.push(Choice { title, phase, section, options, place });
        }
        out.sort_by_key(|c| c.place.bytes.start);
        out
    }

    /// Pushes `required`, `optional` and `irreversible` down to the boxes below each heading. The innermost heading
    /// that says `required` or `optional` decides, and the box itself before all.
    pub fn push_down(
        &self,
        phases: &[Phase],
        at: &[Option<usize>],
        sections: &[Section],
        boxes: &mut [BoxItem],
    ) {
        let of_sections = self.sections.iter().zip(at).filter_map(|(notes, index)| {
            let section = sections.get((*index)?)?;
            Some((notes, section.boxes.clone()))
        });
        // From the inside out: sections stand after those that hold them.
        for (notes, range) in of_sections.rev() {
            flags(notes, boxes.get_mut(range).unwrap_or_default());
        }
        for (notes, phase) in self.phases.iter().zip(phases) {
            flags(notes, boxes.get_mut(phase.boxes.clone()).unwrap_or_default());
        }
    }
}

fn flags(notes: &HeadingNotes, boxes: &mut [BoxItem]) {
    for item in boxes {
        if !item.required && !item.optional {
            item.required = notes.required;
            item.optional = notes.optional;
        }
        item.irreversible |= notes.irreversible;
    }
}
