//! The runbook with what is known put in: what is shown, what runs and what is recorded. Pure, work linear.
//!
//! A value goes into a script only if [`super::value::check`] takes it; what is left open keeps its [`Blank`], so that
//! nobody sends it anywhere. In texts what is known stands in its place and what is open is marked.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::{in_prose, value};
use crate::runbook::model::{Blank, Runbook, Step};

/// Stands before what is still open.
pub const OPEN: char = '⟨';
/// Stands behind what is still open.
pub const CLOSE: char = '⟩';

/// Returns `runbook` with `values` put in.
#[must_use]
pub fn filled(runbook: &Runbook, values: &BTreeMap<String, String>) -> Runbook {
    let filler = Filler {
        values,
        asked: runbook.placeholders.iter().map(|p| p.name.as_str()).collect(),
        secret: runbook.front.vars.iter().filter(|v| v.secret.is_some()).map(|v| v.name.as_str()).collect(),
    };
    let mut out = runbook.clone();
    filler.text(&mut out.title);
    for phase in &mut out.phases {
        filler.text(&mut phase.title);
        filler.text(&mut phase.prose);
    }
    out.sections.iter_mut().for_each(|s| filler.text(&mut s.title));
    out.choices.iter_mut().for_each(|c| filler.text(&mut c.title));
    for item in &mut out.boxes {
        filler.text(&mut item.text);
        filler.text(&mut item.prose);
        item.path.iter_mut().for_each(|p| filler.text(p));
        item.steps.iter_mut().chain(&mut item.inline).for_each(|s| filler.step(s));
    }
    out
}

/// Returns the script of `step` as people see it: what it still waits for is marked.
#[must_use]
pub fn marked(step: &Step) -> Cow<'_, str> {
    if !step.blanks.iter().any(|b| b.demanded) {
        return Cow::Borrowed(&step.script);
    }
    let mut out = String::with_capacity(step.script.len() + 16);
    let mut from = 0;
    for blank in step.blanks.iter().filter(|b| b.demanded) {
        let (Some(before), Some(written)) =
            (step.script.get(from..blank.bytes.start), step.script.get(blank.bytes.clone()))
        else {
            continue;
        };
        out.extend([before, OPEN.encode_utf8(&mut [0; 4]), written, CLOSE.encode_utf8(&mut [0; 4])]);
        from = blank.bytes.end;
    }
    out.push_str(step.script.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

struct Filler<'a> {
    values: &'a BTreeMap<String, String>,
    asked: HashSet<&'a str>,
    secret: HashSet<&'a str>,
}

impl Filler<'_> {
    fn text(&self, text: &mut String) {
        let found = in_prose(text);
        if found.is_empty() {
            return;
        }
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for found in found {
            let (Some(before), Some(written)) =
                (text.get(from..found.bytes.start), text.get(found.bytes.clone()))
            else {
                continue;
            };
            out.push_str(before);
            from = found.bytes.end;
            match self.values.get(&found.name) {
                Some(value) => out.push_str(value),
                None if self.asked.contains(found.name.as_str()) => {
                    out.push(OPEN);
                    out.push_str(written);
                    out.push(CLOSE);
                }
                None => out.push_str(written),
            }
        }
        out.push_str(text.get(from..).unwrap_or_default());
        *text = out;
    }

    fn step(&self, step: &mut Step) {
        self.text(&mut step.title);
        if step.blanks.is_empty() {
            return;
        }
        let mut out = String::with_capacity(step.script.len());
        let mut left = Vec::new();
        let mut from = 0;
        for blank in std::mem::take(&mut step.blanks) {
            let (Some(before), Some(written)) =
                (step.script.get(from..blank.bytes.start), step.script.get(blank.bytes.clone()))
            else {
                continue;
            };
            out.push_str(before);
            from = blank.bytes.end;
            let value = self.values.get(&blank.name).filter(|v| value::check(&blank.name, v).is_ok());
            match value.filter(|_| !self.secret.contains(blank.name.as_str())) {
                Some(value) => out.push_str(value),
                None => {
                    let bytes = out.len()..out.len() + written.len();
                    out.push_str(written);
                    left.push(Blank { bytes, ..blank });
                }
            }
        }
        out.push_str(step.script.get(from..).unwrap_or_default());
        step.script = out;
        step.blanks = left;
    }
}
