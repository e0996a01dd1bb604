//! Phases of the model: kinds, gates, which are the rollback.

use crate::runbook::annotation::heading::HeadingNotes;
use crate::runbook::findings::Findings;
use crate::runbook::front::FrontMatter;
use crate::runbook::model::{Phase, PhaseKind};
use crate::runbook::slug::slug;
use crate::runbook::walk::{self, Draft};

/// Returns the phases of `draft`.
pub fn phases(
    draft: &Draft,
    headings: &[HeadingNotes],
    front: &FrontMatter,
    findings: &mut Findings<'_>,
) -> Vec<Phase> {
    let anchor = front.front.rollback.as_deref().and_then(|target| target.strip_prefix('#'));
    let mut anchored = false;
    let mut first = true;
    let mut phases = Vec::with_capacity(draft.phases.len());
    for (phase, notes) in draft.phases.iter().zip(headings) {
        let name = notes.id.clone().unwrap_or_else(|| slug(&phase.title));
        let named = anchor.is_some_and(|anchor| name == anchor);
        anchored |= named;
        let rollback = notes.rollback || named;
        let kind = if phase.implicit { PhaseKind::Other } else { walk::kind(&phase.title) };
        let walked = !phase.boxes.is_empty() && !rollback;
        let gate = walked && (kind != PhaseKind::Other || !notes.go.is_empty()) && !first;
        if !gate && !notes.go.is_empty() {
            let why = if rollback { "the rollback has no gate" } else { "nothing is walked before it" };
            let message = format!("no gate stands before this phase, so nobody can vote there: {why}");
            findings.error("misplaced-annotation", &notes.bytes("go"), message);
        }
        first &= !walked;
        phases.push(Phase {
            title: phase.title.clone(),
            id: notes.id.clone(),
            kind,
            gate,
            rollback,
            go: notes.go.clone(),
            condition: notes.condition.clone(),
            boxes: phase.boxes.clone(),
            prose: phase.prose.join("\n"),
            place: findings.place(&phase.bytes),
        });
    }
    if let Some(anchor) = anchor.filter(|_| !anchored) {
        let message = format!("`rollback` names `#{anchor}`, and no phase has that heading");
        let headings = phases.iter().map(Phase::anchor).collect::<Vec<_>>();
        let near = crate::diag::suggest::nearest(anchor, headings.iter().map(String::as_str));
        let help = near.map_or("name the heading of a phase, as in `#going-back`".to_owned(), |n| {
            format!("did you mean `#{n}`?")
        });
        findings.error_help("unknown-heading", &front.rollback_bytes, message, help);
    }
    phases
}
