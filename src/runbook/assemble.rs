//! From drafts to the model: annotations understood, names resolved, variables checked.
//!
//! Everything that one file can be wrong about is found here or earlier; what needs an environment is `lint`'s.

mod boxes;
mod headings;
mod links;
mod people;
mod phases;
mod references;
mod sections;
mod variables;

use std::ops::Range;

use self::headings::Headings;
use super::annotation::boxes::BoxNotes;
use super::annotation::comment::annotation;
use super::annotation::fence::Fence;
use super::findings::Findings;
use super::front::FrontMatter;
use super::model::Runbook;
use super::walk::Draft;

/// The annotations of a box and of each of its steps.
struct Notes {
    own: BoxNotes,
    fences: Vec<Fence>,
}

/// Returns the runbook that `draft` becomes; its hash is left empty.
pub fn assemble(text: &str, draft: Draft, front: FrontMatter, findings: &mut Findings<'_>) -> Runbook {
    misplaced(text, &draft, findings);
    unused(text, &draft, findings);
    let notes: Vec<Notes> = draft
        .boxes
        .iter()
        .map(|item| {
            let own = BoxNotes::read(&annotations(text, &item.comments, findings), findings);
            let fence = |bytes: &Range<usize>, findings: &mut Findings<'_>| {
                Fence::read(text.get(bytes.clone()).unwrap_or_default(), bytes.start, findings)
            };
            let fences = item.steps.iter().map(|step| fence(&step.annotation, findings)).collect();
            Notes { own, fences }
        })
        .collect();
    let headings = Headings::read(text, &draft, findings);
    let ids = references::ids(&draft, &notes, &headings, findings);
    let refers = references::references(&draft, &notes, &ids, findings);
    let declared = variables::declared(&front.front, &notes, findings);
    variables::conditions(&notes, &headings, &declared, findings);
    people::check(&front.front, &notes, &headings, findings);
    let phases = phases::phases(&draft, &headings.phases, &front, findings);
    if draft.boxes.is_empty() && !findings.has_errors() {
        let help = "a runbook needs a check box (`- [ ] …`), a list or a shell block";
        let finding = crate::diag::Diagnostic::error(
            "no-boxes",
            "there is nothing to walk in this file: no box and no step",
        );
        findings.add(finding.help(help), None);
    }
    let title = draft.title.clone();
    let (mut sections, at) = sections::sections(&draft, findings);
    let choices = headings.choices(&phases, &mut sections, &at, findings);
    let mut boxes = boxes::boxes(draft, &at, notes, ids, refers, &declared, findings);
    headings.push_down(&phases, &at, &sections, &mut boxes);
    Runbook { title, front: front.front, phases, sections, choices, boxes, ..Runbook::default() }
}

/// Returns the annotations among `comments`, each with the byte it begins at.
fn annotations<'t>(
    text: &'t str,
    comments: &[Range<usize>],
    findings: &mut Findings<'_>,
) -> Vec<(&'t str, usize)> {
    comments.iter().filter_map(|bytes| annotation(text, bytes, findings)).collect()
}

/// An annotation that is attached to nothing would be a word that nothing enforces.
fn misplaced(text: &str, draft: &Draft, findings: &mut Findings<'_>) {
    for bytes in &draft.title_comments {
        if annotation(text, bytes, findings).is_some() {
            let message =
                "an annotation has no effect on this heading: it is the title, not a phase or section";
            findings.error("misplaced-annotation", bytes, message);
        }
    }
    for bytes in &draft.stray_comments {
        if annotation(text, bytes, findings).is_some() {
            let help = "put it at the end of the box or phase heading it belongs to";
            findings.error_help(
                "misplaced-annotation",
                bytes,
                "this annotation is attached to nothing",
                help,
            );
        }
    }
}

/// Blocks that are never run still have their words checked; words of other tools are named once.
fn unused(text: &str, draft: &Draft, findings: &mut Findings<'_>) {
    for bytes in &draft.ignored {
        Fence::read(text.get(bytes.clone()).unwrap_or_default(), bytes.start, findings);
    }
    let Some(first) = draft.foreign.first() else { return };
    let words = text.get(first.clone()).unwrap_or_default();
    let start = first.start + (words.len() - words.trim_start().len());
    let more = match draft.foreign.len() {
        1 => String::new(),
        n => format!(", as on {} more", n - 1),
    };
    let message = format!("`{}` on this block is not gonogo's and is left alone{more}", words.trim());
    findings.warning(
        "foreign-words",
        &(start..first.end),
        message,
        "see `gonogo help format` for the words that are",
    );
}
