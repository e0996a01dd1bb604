//! Ids of boxes, names of steps, and what `needs=` refers to.

use std::collections::HashMap;
use std::ops::Range;

use super::Notes;
use super::headings::Headings;
use crate::diag::suggest::did_you_mean;
use crate::runbook::annotation::fence::Fence;
use crate::runbook::findings::Findings;
use crate::runbook::ids::BoxId;
use crate::runbook::names;
use crate::runbook::walk::Draft;

/// Returns the id of every box. Given ids, names of steps and of headings share one space: `needs=` and records mean either.
///
/// A box that exists only to hold a named step is called as the step.
pub fn ids(draft: &Draft, notes: &[Notes], headings: &Headings, findings: &mut Findings<'_>) -> Vec<BoxId> {
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
    for heading in headings.all() {
        if let Some(name) = &heading.id {
            claim(name, heading.bytes("id"), &mut given, findings);
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

/// What a step refers to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct References {
    /// `needs=`.
    pub needs: Vec<BoxId>,
    /// `undo=`.
    pub undo: Option<BoxId>,
}

/// Where the names of a file lead: boxes by their ids, and by the names of the steps in them.
struct Names<'n> {
    targets: HashMap<&'n str, usize>,
}

impl<'n> Names<'n> {
    fn of(notes: &'n [Notes], ids: &'n [BoxId]) -> Self {
        let mut targets: HashMap<&str, usize> =
            ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
        for (index, notes) in notes.iter().enumerate() {
            for name in notes.fences.iter().filter_map(|f| f.name.as_deref()) {
                targets.entry(name).or_insert(index);
            }
        }
        Self { targets }
    }

    /// Returns the index of the box that `name`, the value of `key` on `fence`, leads to; notes one that leads nowhere.
    fn find(&self, key: &str, name: &str, fence: &Fence, findings: &mut Findings<'_>) -> Option<usize> {
        let found = self.targets.get(name).copied();
        if found.is_none() {
            // Comparing every name with every other is for people's files, not for hostile ones.
            let given = || self.targets.keys().copied().filter(|k| !k.starts_with("b-"));
            let help = findings.has_room().then(|| did_you_mean(name, given())).flatten();
            let help = help.unwrap_or_else(|| "give the box an id: `<!-- gonogo: id=… -->`".to_owned());
            let message = format!("`{key}` names `{name}`, and no box or step is called that");
            findings.error_help("unknown-box", &fence.bytes(key), message, help);
        }
        found
    }
}

/// Returns, for every step of every box, what it refers to.
pub fn references(
    draft: &Draft,
    notes: &[Notes],
    ids: &[BoxId],
    findings: &mut Findings<'_>,
) -> Vec<Vec<References>> {
    let names = Names::of(notes, ids);
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
            let mut resolved = References::default();
            for name in &fence.needs {
                let Some(target) = names.find("needs", name, fence, findings) else { continue };
                if let Some(list) = waits.get_mut(index) {
                    list.push(target);
                }
                resolved.needs.extend(ids.get(target).cloned());
            }
            if let Some(name) = &fence.undo {
                if fence.name.as_ref() == Some(name) {
                    let message = format!("`{name}` cannot take back itself");
                    findings.error("circular-undo", &fence.bytes("undo"), message);
                } else if let Some(target) = names.find("undo", name, fence, findings) {
                    resolved.undo = ids.get(target).cloned();
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
