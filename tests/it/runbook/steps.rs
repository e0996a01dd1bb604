//! Blocks as steps without annotations: points 5, 6, 7, 9, 10 and 12 of the mapping.

mod blocks;
mod danger;
mod refused;
mod split;
mod terminal;

use gonogo::runbook::model::{Confirm, Step};

/// Returns the steps of a shell block without annotations, outside a box.
fn steps(script: &str) -> Vec<Step> {
    let book = super::dump::runbook(&format!("- [ ] before\n\n````sh\n{script}\n````\n"));
    book.boxes.into_iter().flat_map(|b| b.steps).collect()
}

/// Returns the only step of a block.
fn step(script: &str) -> Step {
    let mut steps = steps(script);
    assert_eq!(steps.len(), 1, "{script}");
    steps.remove(0)
}

/// Whether one Enter would run it.
fn free(step: &Step) -> bool {
    step.by_hand.is_none() && step.confirm == Confirm::No
}
