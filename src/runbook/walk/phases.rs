//! Which headings are phases (point 2 of the format), and whether numbered items are boxes (point 3); pure.

use crate::runbook::markdown::{Block, Inline, Kind};
use crate::runbook::model::PhaseKind;

/// How the headings of a document are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The text of the only heading of level 1.
    pub title: Option<String>,
    /// The level of phase headings; `None` when the document is one phase or its labels are the phases.
    pub level: Option<u8>,
    /// Whether "Label:" paragraphs are the phases.
    pub labels: bool,
    /// Whether numbered items and "Step N" headings become boxes, because there is no task item.
    pub derive: bool,
}

impl Plan {
    /// Returns the plan of the document `blocks`.
    pub fn of(blocks: &[Block]) -> Self {
        let derive = !has_task(blocks);
        let headings: Vec<(u8, &Inline)> = blocks
            .iter()
            .filter_map(|b| match &b.kind {
                Kind::Heading(level, inline) => Some((*level, inline)),
                _ => None,
            })
            .collect();
        let mut first = headings.iter().filter(|(level, _)| *level == 1);
        let title = match (first.next(), first.next()) {
            (Some((_, inline)), None) => Some(inline.text.clone()),
            _ => None,
        };
        let lowest = if title.is_some() { 2 } else { 1 };
        let level = headings
            .iter()
            .filter(|(level, inline)| *level >= lowest && !(derive && is_step(&inline.text)))
            .map(|(level, _)| *level)
            .min();
        Self { title, level, labels: headings.is_empty(), derive }
    }

    /// Returns whether a heading of `level` is the document's title.
    pub fn is_title(&self, level: u8) -> bool {
        self.title.is_some() && level == 1
    }

    /// Returns whether the paragraph at `at` names a phase: "Label:" or all bold, directly before a list, in a
    /// document without headings.
    pub fn is_label(&self, blocks: &[Block], at: usize) -> bool {
        let Some(Kind::Paragraph(inline)) = blocks.get(at).map(|b| &b.kind) else { return false };
        let list = matches!(blocks.get(at + 1).map(|b| &b.kind), Some(Kind::List { .. }));
        let short = inline.text.chars().count() <= 80;
        self.labels && list && short && (inline.only_bold || inline.text.ends_with(':'))
    }
}

/// Returns the title that a label gives its phase.
pub fn label(text: &str) -> String {
    text.trim_end_matches(':').trim().to_owned()
}

/// Returns whether `heading` is "Step N".
pub fn is_step(heading: &str) -> bool {
    let lower = heading.trim_start().to_lowercase();
    let rest = lower.strip_prefix("step").map(|r| r.trim_start_matches([' ', '-', '#', '\u{a0}']));
    rest.is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns whether a check box stands anywhere in `blocks`.
pub fn has_task(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match &block.kind {
        Kind::Quote(inner) => has_task(inner),
        Kind::List { items, .. } => items.iter().any(|item| item.task || has_task(&item.blocks)),
        _ => false,
    })
}

/// Returns whether boxes stand anywhere in `blocks`: check boxes, or numbered items where `derive` makes boxes of them.
pub fn has_box(blocks: &[Block], derive: bool) -> bool {
    has_task(blocks) || (derive && has_numbers(blocks))
}

fn has_numbers(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match &block.kind {
        Kind::Quote(inner) => has_numbers(inner),
        Kind::List { ordered, items } => *ordered || items.iter().any(|item| has_numbers(&item.blocks)),
        _ => false,
    })
}

/// Returns what a phase is by its title: the first word decides, after numbers, symbols and words like "phase".
pub fn kind(title: &str) -> PhaseKind {
    let lower = title.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let counted = |w: &&str| {
        w.chars().all(|c| c.is_ascii_digit())
            || matches!(*w, "phase" | "stage" | "part" | "section" | "the" | "step")
    };
    match words.find(|w| !counted(w)).unwrap_or_default() {
        "pre" | "before" | "prepare" | "preparation" | "preparations" | "preparing" | "predeploy"
        | "predeployment" | "prerelease" => PhaseKind::Pre,
        "during" | "deploy" | "deployment" | "deploying" | "change" => PhaseKind::During,
        "post" | "after" | "postdeploy" | "postdeployment" | "postrelease" => PhaseKind::Post,
        _ => PhaseKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_phase_decides_its_kind() {
        for title in ["Pre-deploy", "Before the change", "1. Preparation", "Phase 1: Pre checks", "🚀 pre"]
        {
            assert_eq!(kind(title), PhaseKind::Pre, "{title}");
        }
        for title in ["During deploy", "Deploy", "2) Deployment", "The change"] {
            assert_eq!(kind(title), PhaseKind::During, "{title}");
        }
        for title in ["Post-deploy", "After", "3 - Post"] {
            assert_eq!(kind(title), PhaseKind::Post, "{title}");
        }
        for title in ["Prerequisites", "Rollback", "Changes", "Postmortem", "", "Notes before deploy"] {
            assert_eq!(kind(title), PhaseKind::Other, "{title}");
        }
    }

    #[test]
    fn step_headings_are_counted_ones() {
        assert!(is_step("Step 1: Stop") && is_step("STEP 12") && is_step("Step-3"));
        assert!(!is_step("Steps") && !is_step("Stepping stones") && !is_step("A step 1"));
    }
}
