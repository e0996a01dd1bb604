//! Sections of the model: the headings and folded sections of a draft that hold boxes.

use crate::runbook::findings::Findings;
use crate::runbook::model::Section;
use crate::runbook::walk::Draft;

/// Returns the sections of `draft` that hold boxes, and for every section of the draft its index among them.
pub fn sections(draft: &Draft, findings: &Findings<'_>) -> (Vec<Section>, Vec<Option<usize>>) {
    let mut sections = Vec::new();
    let mut at: Vec<Option<usize>> = Vec::with_capacity(draft.sections.len());
    for section in &draft.sections {
        let first = draft.boxes.get(section.boxes.start).filter(|_| !section.boxes.is_empty());
        at.push(first.map(|_| sections.len()));
        let Some(first) = first else { continue };
        sections.push(Section {
            title: section.title.clone(),
            level: section.level,
            phase: first.phase,
            // What holds a section that holds boxes holds boxes too.
            parent: section.parent.and_then(|parent| at.get(parent).copied().flatten()),
            id: None,
            condition: None,
            boxes: section.boxes.clone(),
            place: findings.place(&section.bytes),
        });
    }
    (sections, at)
}
