//! Which variables a runbook has, where each comes from, and whether conditions ask for one that exists.

use std::collections::HashMap;
use std::ops::Range;

use super::Notes;
use super::headings::Headings;
use crate::diag::suggest::did_you_mean;
use crate::runbook::findings::Findings;
use crate::runbook::model::{Condition, Front};

/// The declared variables: name, and how it comes to be.
pub type Declared = HashMap<String, Origin>;

/// How a variable comes to be, and where that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    how: &'static str,
    bytes: Range<usize>,
    secret: bool,
}

/// Returns all variables; notes those that come from two places.
pub fn declared(front: &Front, notes: &[Notes], findings: &mut Findings<'_>) -> Declared {
    let mut out = Declared::new();
    for var in &front.vars {
        out.insert(
            var.name.clone(),
            Origin {
                how: "declared in the front matter",
                bytes: var.place.bytes.clone(),
                secret: var.secret.is_some(),
            },
        );
    }
    for notes in notes {
        if let Some(value) = &notes.own.value {
            let origin = Origin { how: "the value of a box", bytes: notes.own.bytes("value"), secret: false };
            claim(&value.name, origin, &mut out, findings);
        }
        for fence in &notes.fences {
            if let Some(capture) = &fence.capture {
                let origin =
                    Origin { how: "captured by a step", bytes: fence.bytes("capture"), secret: false };
                claim(&capture.name, origin, &mut out, findings);
            }
        }
    }
    out
}

fn claim(name: &str, origin: Origin, declared: &mut Declared, findings: &mut Findings<'_>) {
    match declared.get(name) {
        None => {
            declared.insert(name.to_owned(), origin);
        }
        Some(first) => {
            let line = findings.place(&first.bytes).line;
            let message = format!("`{name}` is {} here and {} on line {line}", origin.how, first.how);
            findings.error_help("variable-conflict", &origin.bytes, message, "give one of them another name");
        }
    }
}

/// Notes conditions on variables that nothing ever sets.
pub fn conditions(notes: &[Notes], headings: &Headings, declared: &Declared, findings: &mut Findings<'_>) {
    for heading in headings.all() {
        condition(heading.condition.as_ref(), heading.bytes("if"), declared, findings);
    }
    for notes in notes {
        condition(notes.own.condition.as_ref(), notes.own.bytes("if"), declared, findings);
        for fence in &notes.fences {
            condition(fence.condition.as_ref(), fence.bytes("if"), declared, findings);
        }
    }
}

fn condition(
    condition: Option<&Condition>,
    bytes: Range<usize>,
    declared: &Declared,
    findings: &mut Findings<'_>,
) {
    if let Some(condition) = condition
        && condition.equals.is_some()
        && declared.get(&condition.name).is_some_and(|origin| origin.secret)
    {
        let message =
            format!("`if` compares the secret `{}` with a value, which would stand here", condition.name);
        let help = format!("write `if={}`: a run that has it has a value", condition.name);
        findings.error_help("bad-secret", &bytes, message, help);
    }
    // ENV, the environment's name, is set in every run; the others of ours differ by host.
    let Some(condition) = condition.filter(|c| c.name != "ENV" && !declared.contains_key(&c.name)) else {
        return;
    };
    let name = &condition.name;
    let near = || did_you_mean(name, declared.keys().map(String::as_str));
    let help = findings.has_room().then(near).flatten().unwrap_or_else(|| {
        format!("declare it in the front matter (`vars: {{{name}: }}`), capture it, or take it as a value")
    });
    findings.error_help(
        "undeclared-variable",
        &bytes,
        format!("`if` asks for `{name}`, which nothing sets"),
        help,
    );
}
