//! Phases of the model: kinds, gates, which are the rollback.

use crate::runbook::annotation::heading::rollback;
use crate::runbook::findings::Findings;
use crate::runbook::front::FrontMatter;
use crate::runbook::model::{Phase, PhaseKind};
use crate::runbook::slug::slug;
use crate::runbook::walk::{self, Draft};

/// Returns the phases of `draft`.
pub fn phases(text: &str, draft: &Draft, front: &FrontMatter, findings: &mut Findings<'_>) -> Vec<Phase> {
    let anchor = front.front.rollback.as_deref().and_then(|target| target.strip_prefix('#'));
    let mut anchored = false;
    let mut first = true;
    let mut phases = Vec::with_capacity(draft.phases.len());
    for phase in &draft.phases {
        let texts = super::annotations(text, &phase.comments, findings);
        let named = anchor.is_some_and(|anchor| slug(&phase.title) == anchor);
        anchored |= named;
        let rollback = rollback(&texts, findings) || named;
        let kind = if phase.implicit { PhaseKind::Other } else { walk::kind(&phase.title) };
        let walked = !phase.boxes.is_empty() && !rollback;
        let gate = walked && kind != PhaseKind::Other && !first;
        first &= !walked;
        phases.push(Phase {
            title: phase.title.clone(),
            kind,
            gate,
            rollback,
            condition: None,
            boxes: phase.boxes.clone(),
            prose: phase.prose.join("\n"),
            place: findings.place(&phase.bytes),
        });
    }
    if let Some(anchor) = anchor.filter(|_| !anchored) {
        let message = format!("`rollback` names `#{anchor}`, and no phase has that heading");
        let headings = phases.iter().map(|p| slug(&p.title)).collect::<Vec<_>>();
        let near = crate::diag::suggest::nearest(anchor, headings.iter().map(String::as_str));
        let help = near.map_or("name the heading of a phase, as in `#going-back`".to_owned(), |n| {
            format!("did you mean `#{n}`?")
        });
        findings.error_help("unknown-heading", &front.rollback_bytes, message, help);
    }
    phases
}
