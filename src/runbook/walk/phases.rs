//! Which headings are phases (point 2 of the format), and whether numbered items are boxes (point 3); pure.

use crate::runbook::markdown::{Block, Inline, Kind};
use crate::runbook::model::{BoxesFrom, PhaseKind};

/// How the headings of a document are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The text of the only heading of level 1.
    pub title: Option<String>,
    /// The level of phase headings; `None` when the document is one phase or its labels are the phases.
    pub level: Option<u8>,
    /// Whether "Label:" paragraphs are the phases.
    pub labels: bool,
    /// Which items become boxes beside the check boxes.
    pub derive: Derive,
}

/// Which list items become boxes beside the check boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Derive {
    /// None.
    #[default]
    Nothing,
    /// Numbered items; also "Step N" headings.
    Numbered,
    /// All items; also "Step N" headings.
    All,
}

impl Derive {
    /// Returns whether "Step N" headings are boxes.
    pub fn steps(self) -> bool {
        self != Self::Nothing
    }

    fn of(blocks: &[Block], from: BoxesFrom) -> Self {
        match from {
            BoxesFrom::Tasks => Self::Nothing,
            BoxesFrom::Unsaid if has_task(blocks) => Self::Nothing,
            BoxesFrom::Unsaid | BoxesFrom::Numbered => Self::Numbered,
            BoxesFrom::All => Self::All,
        }
    }
}

impl Plan {
    /// Returns the plan of the document `blocks`, of which `from` says what is a box.
    ///
    /// A heading of level 1 is the title only if it is the first heading: a later one is often a stray comment of a
    /// script, and must not swallow the phases around it.
    pub fn of(blocks: &[Block], from: BoxesFrom) -> Self {
        let derive = Derive::of(blocks, from);
        let headings: Vec<(u8, &Inline)> = blocks
            .iter()
            .filter_map(|b| match &b.kind {
                Kind::Heading(level, inline) => Some((*level, inline)),
                _ => None,
            })
            .collect();
        let top = headings.iter().filter(|(level, _)| *level == 1).count();
        let title = headings.first().filter(|(level, _)| *level == 1 && top == 1);
        let title = title.map(|(_, inline)| inline.text.clone());
        let below = headings.get(usize::from(title.is_some())..).unwrap_or_default();
        let lowest = |least: u8| {
            let levels = below
                .iter()
                .filter(|(level, inline)| *level >= least && !(derive.steps() && is_step(&inline.text)));
            levels.map(|(level, _)| *level).min()
        };
        let level = if top == 1 { lowest(2).or_else(|| lowest(1)) } else { lowest(1) };
        Self { title, level, labels: below.is_empty(), derive }
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
        // `:::` and `!!!` open the blocks of other tools.
        let short = inline.text.chars().count() <= 80 && !inline.text.starts_with([':', '!']);
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
        Kind::Quote(_, inner) => has_task(inner),
        Kind::List { items, .. } => items.iter().any(|item| item.task || has_task(&item.blocks)),
        _ => false,
    })
}

/// Returns whether boxes stand anywhere in `blocks`: check boxes, or the items that `derive` makes boxes of.
pub fn has_box(blocks: &[Block], derive: Derive) -> bool {
    has_task(blocks) || (derive != Derive::Nothing && has_items(blocks, derive == Derive::All))
}

fn has_items(blocks: &[Block], all: bool) -> bool {
    blocks.iter().any(|block| match &block.kind {
        Kind::Quote(_, inner) => has_items(inner, all),
        Kind::List { start, items } => {
            start.is_some() || all || items.iter().any(|item| has_items(&item.blocks, all))
        }
        _ => false,
    })
}

/// Returns what a phase is by its title: the first word decides, after numbers, times ("T-3 days:") and words like
/// "phase", unless the word after it makes another thing of it ("Change log", "Deployment procedures").
pub fn kind(title: &str) -> PhaseKind {
    let lower = title.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let counted = |w: &&str| {
        w.chars().all(|c| c.is_ascii_digit())
            || w.chars().count() == 1
            || matches!(
                *w,
                "phase" | "stage" | "part" | "section" | "the" | "step" | "ii" | "iii" | "iv" | "vi"
            )
            || matches!(*w, "day" | "days" | "hour" | "hours" | "week" | "weeks" | "minutes")
    };
    let word = words.find(|w| !counted(w)).unwrap_or_default();
    let other = matches!(
        words.next().unwrap_or_default(),
        "log"
            | "logs"
            | "history"
            | "mortem"
            | "notes"
            | "keys"
            | "guide"
            | "procedure"
            | "procedures"
            | "environments"
            | "options"
            | "overview"
            | "requisite"
            | "requisites"
            | "request"
            | "requests"
    );
    match word {
        _ if other => PhaseKind::Other,
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
        for title in [
            "Pre-deploy",
            "Before the change",
            "1. Preparation",
            "Phase 1: Pre checks",
            "🚀 pre",
            "A. Before",
            "T-3 days: prepare",
        ] {
            assert_eq!(kind(title), PhaseKind::Pre, "{title}");
        }
        for title in ["During deploy", "Deploy", "2) Deployment", "The change"] {
            assert_eq!(kind(title), PhaseKind::During, "{title}");
        }
        for title in ["Post-deploy", "After", "3 - Post", "T+2 days: after the release"] {
            assert_eq!(kind(title), PhaseKind::Post, "{title}");
        }
        for title in [
            "Prerequisites",
            "Pre-requisites",
            "Rollback",
            "Changes",
            "Change log",
            "Deployment Procedures",
            "Post-mortem",
            "Postmortem",
            "",
            "Notes before deploy",
        ] {
            assert_eq!(kind(title), PhaseKind::Other, "{title}");
        }
    }

    #[test]
    fn step_headings_are_counted_ones() {
        assert!(is_step("Step 1: Stop") && is_step("STEP 12") && is_step("Step-3"));
        assert!(!is_step("Steps") && !is_step("Stepping stones") && !is_step("A step 1"));
    }
}
