//! Ids of boxes, names of steps, and what `needs=` refers to.

use std::collections::HashMap;
use std::ops::Range;

use super::Notes;
use crate::diag::suggest::did_you_mean;
use crate::runbook::findings::Findings;
use crate::runbook::ids::BoxId;
use crate::runbook::names;
use crate::runbook::walk::Draft;

/// Returns the id of every box. Given ids and step names share one space: `needs=` and records mean either.
///
/// A box that exists only to hold a named step is called as the step.
pub fn ids(draft: &Draft, notes: &[Notes], findings: &mut Findings<'_>) -> Vec<BoxId> {
    let mut given = HashMap::new();
    let mut ids = names::generated(draft);
    for ((item, notes), id) in draft.boxes.iter().zip(notes).zip(&mut ids) {
        if let Some(name) = &notes.own.id {
            claim(name, notes.own.bytes("id"), &mut given, findings);
            id.clone_from(name);
        }
        for fence in &notes.fences {
            let Some(name) = &fence.name else { continue };
            claim(name, fence.bytes("name"), &mut given, findings);
            if item.for_step {
                id.clone_from(name);
            }
        }
    }
    ids.into_iter().map(BoxId).collect()
}

fn claim<'n>(
    name: &'n str,
    bytes: Range<usize>,
    given: &mut HashMap<&'n str, Range<usize>>,
    findings: &mut Findings<'_>,
) {
    if let Some(first) = given.get(name) {
        let line = findings.place(first).line;
        findings.error("duplicate-name", &bytes, format!("`{name}` names something on line {line} already"));
    } else {
        given.insert(name, bytes);
    }
}

/// Returns, for every step of every box, the boxes it needs.
pub fn needs(
    draft: &Draft,
    notes: &[Notes],
    ids: &[BoxId],
    findings: &mut Findings<'_>,
) -> Vec<Vec<Vec<BoxId>>> {
    let mut targets: HashMap<&str, usize> = ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    for (index, notes) in notes.iter().enumerate() {
        for name in notes.fences.iter().filter_map(|f| f.name.as_deref()) {
            targets.entry(name).or_insert(index);
        }
    }
    // A box waits for the boxes in it, and for those its steps need.
    let mut waits: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
    for (index, parent) in draft.boxes.iter().enumerate().filter_map(|(i, b)| b.parent.map(|p| (i, p))) {
        if let Some(list) = waits.get_mut(parent) {
            list.push(index);
        }
    }
    let mut out = Vec::with_capacity(notes.len());
    for (index, notes) in notes.iter().enumerate() {
        let mut steps = Vec::with_capacity(notes.fences.len());
        for fence in &notes.fences {
            let mut resolved = Vec::new();
            for name in &fence.needs {
                match targets.get(name.as_str()) {
                    Some(&target) => {
                        if let Some(list) = waits.get_mut(index) {
                            list.push(target);
                        }
                        resolved.extend(ids.get(target).cloned());
                    }
                    None => {
                        // Comparing every name with every other is for people's files, not for hostile ones.
                        let given = || targets.keys().copied().filter(|k| !k.starts_with("b-"));
                        let help = findings.has_room().then(|| did_you_mean(name, given())).flatten();
                        let help =
                            help.unwrap_or_else(|| "give the box an id: `<!-- gonogo: id=… -->`".to_owned());
                        let message = format!("`needs` names `{name}`, and no box or step is called that");
                        findings.error_help("unknown-box", &fence.bytes("needs"), message, help);
                    }
                }
            }
            steps.push(resolved);
        }
        out.push(steps);
    }
    circles(notes, &waits, findings);
    out
}

fn circles(notes: &[Notes], waits: &[Vec<usize>], findings: &mut Findings<'_>) {
    let stuck = names::circles(waits);
    let fences =
        notes.iter().enumerate().filter(|(index, _)| stuck.contains(index)).flat_map(|(_, n)| &n.fences);
    if let Some(fence) = fences.into_iter().find(|f| !f.needs.is_empty()) {
        let message =
            "this step can never run: it needs a box that waits, directly or through others, for this one";
        findings.error("circular-needs", &fence.bytes("needs"), message);
    }
}
