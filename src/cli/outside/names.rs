//! Boxes and gates as people name them on the command line.

use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runbook::model::{BoxItem, PhaseKind};
use crate::runtime::Fail;

/// Returns the walked box that `name` means: its id, its number on the screen, the only one whose id begins so, or the
/// only one whose text says so.
pub fn find_box(run: &Run, name: &str) -> Result<BoxId, Fail> {
    let boxes: Vec<&BoxItem> = run.walked().filter_map(|i| run.runbook.boxes.get(i)).collect();
    if let Some(found) = numbered(&boxes, name)? {
        return Ok(found);
    }
    let sought = name.to_lowercase();
    let ways: [&dyn Fn(&BoxItem) -> bool; 4] = [
        &|b| b.id.as_str() == name,
        &|b| b.id.as_str().starts_with(name),
        &|b| b.text.to_lowercase() == sought,
        &|b| b.text.to_lowercase().contains(&sought),
    ];
    for way in ways.iter().filter(|_| !name.trim().is_empty()) {
        let found: Vec<&&BoxItem> = boxes.iter().filter(|b| way(b)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one.id.clone()),
            many => {
                return Err(Fail::Usage(format!(
                    "several boxes are meant by `{name}`:{}",
                    list(many.iter().map(|b| **b))
                )));
            }
        }
    }
    Err(Fail::Usage(format!("run {} has no box `{name}`; it has:{}", run.id, list(boxes.into_iter()))))
}

/// Returns the box whose number is `name`: `3`, or `box 3`. A number that is also another box's id means neither.
fn numbered(boxes: &[&BoxItem], name: &str) -> Result<Option<BoxId>, Fail> {
    let digits = name.trim().trim_start_matches("box ").trim();
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = digits.parse::<usize>().ok().filter(|_| plain) else { return Ok(None) };
    let found = number.checked_sub(1).and_then(|at| boxes.get(at));
    let called = boxes.iter().enumerate().find(|(_, b)| b.id.as_str() == name);
    match (found, called) {
        (Some(found), Some((at, called))) if found.id != called.id => Err(Fail::Usage(format!(
            "`{name}` is the number of one box and the id of another: say `box {number}` for “{}”, or `box {}` for “{}”",
            found.text,
            at + 1,
            called.text
        ))),
        (Some(found), _) => Ok(Some(found.id.clone())),
        (None, Some(_)) => Ok(None),
        (None, None) => Err(Fail::Usage(format!(
            "there is no box {digits}: the boxes of this run are 1 to {}",
            boxes.len()
        ))),
    }
}

fn list<'a>(boxes: impl Iterator<Item = &'a BoxItem>) -> String {
    boxes.map(|b| format!("\n  {}  {}", b.id, b.text)).collect()
}

/// Returns the gate that `name` means, by the phase behind it: its name, its title, or what kind of phase it is.
pub fn find_gate(run: &Run, name: &str) -> Result<usize, Fail> {
    let sought = name.to_lowercase();
    let phase = |i: &usize| run.runbook.phases.get(*i);
    let kind = |kind| match kind {
        PhaseKind::Pre => "pre",
        PhaseKind::During => "during",
        PhaseKind::Post => "post",
        PhaseKind::Other => "",
    };
    let all: Vec<usize> = run.gates.keys().copied().collect();
    let ways: [&dyn Fn(&usize) -> bool; 3] = [
        &|i| phase(i).is_some_and(|p| p.anchor() == name),
        &|i| phase(i).is_some_and(|p| p.title.to_lowercase() == sought),
        &|i| phase(i).is_some_and(|p| kind(p.kind) == sought),
    ];
    for way in ways.iter().filter(|_| !name.trim().is_empty()) {
        let found: Vec<usize> = all.iter().copied().filter(|i| way(i)).collect();
        if let [one] = found.as_slice() {
            return Ok(*one);
        }
    }
    let known: Vec<String> = all.iter().filter_map(phase).map(|p| p.anchor()).collect();
    let known =
        if known.is_empty() { "it has no gate".to_owned() } else { format!("it has: {}", known.join(", ")) };
    Err(Fail::Usage(format!("run {} has no gate `{name}`; {known}", run.id)))
}
