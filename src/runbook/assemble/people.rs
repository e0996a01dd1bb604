//! Roles of people that boxes and gates name, against those of the front matter.

use super::Notes;
use super::headings::Headings;
use crate::diag::suggest::did_you_mean;
use crate::runbook::findings::Findings;
use crate::runbook::model::{CAPTAIN, Front};

/// Notes roles that nobody has: a word that asks for a certain person and lets everybody through would be worse than
/// none. Who drives the run is its captain, unless the front matter names others.
pub fn check(front: &Front, notes: &[Notes], headings: &Headings, findings: &mut Findings<'_>) {
    let of_boxes = notes.iter().flat_map(|n| n.own.role.iter().map(|role| (role, n.own.bytes("role"))));
    let of_gates = headings.all().flat_map(|h| h.go.iter().map(|role| (role, h.bytes("go"))));
    for (role, bytes) in of_boxes.chain(of_gates) {
        if role == CAPTAIN || front.roles.iter().any(|(name, _)| name == role) {
            continue;
        }
        let known = front.roles.iter().map(|(name, _)| name.as_str()).chain([CAPTAIN]);
        let help = did_you_mean(role, known)
            .unwrap_or_else(|| format!("say in the front matter who that is: `roles: {{{role}: [NAME]}}`"));
        findings.error_help("nobody", &bytes, format!("nobody has the role `{role}`"), help);
    }
}
