//! What a fence asks of its step; imports the model.

use std::ops::Range;

use super::grammar::Arg;
use super::keys::FENCE;
use super::values;
use crate::runbook::findings::Findings;
use crate::runbook::model::{Capture, Condition, Confirm, On, Pattern};

/// The annotations of a fence, understood.
#[derive(Debug, Clone, Default)]
pub struct Fence {
    /// Whether anything was written.
    pub annotated: bool,
    /// `name=`.
    pub name: Option<String>,
    /// `on=` and `once`.
    pub on: Option<On>,
    /// `capture=` with its `match=`.
    pub capture: Option<Capture>,
    /// `expect=`.
    pub expect: Option<Pattern>,
    /// `confirm`.
    pub confirm: Confirm,
    /// `needs=`.
    pub needs: Vec<String>,
    /// `check`.
    pub check: bool,
    /// `if=`.
    pub condition: Option<Condition>,
    args: Vec<Arg>,
}

impl Fence {
    /// Reads the annotation `text`, which begins at byte `base`.
    pub fn read(text: &str, base: usize, findings: &mut Findings<'_>) -> Self {
        let mut args = Vec::new();
        FENCE.read(text, base, &mut args, findings);
        values::requires(&args, "match", "capture", findings);
        values::requires(&args, "once", "on", findings);
        let pattern = values::pattern(&args, "match", findings);
        let fence = Self {
            annotated: !text.trim().is_empty(),
            name: values::name(&args, "name", findings),
            on: on(&args, findings),
            capture: values::variable(&args, "capture", findings).map(|name| Capture {
                name,
                pattern,
                per_host: false,
            }),
            expect: values::pattern(&args, "expect", findings),
            confirm: confirm(&args, findings),
            needs: needs(&args, findings),
            check: values::flag(&args, "check"),
            condition: values::condition(&args, findings),
            args: Vec::new(),
        };
        Self { args, ..fence }
    }

    /// Returns the bytes of the word with `key`, for findings that come later.
    pub fn bytes(&self, key: &str) -> Range<usize> {
        self.args.iter().find(|a| a.key == key).map(|a| a.bytes.clone()).unwrap_or_default()
    }
}

fn on(args: &[Arg], findings: &mut Findings<'_>) -> Option<On> {
    let (text, arg) = values::find(args, "on")?;
    if text == "local" {
        findings.error("not-yet", &arg.bytes, "steps on this machine (`on=local`) are not supported yet");
        return None;
    }
    let role = values::name(args, "on", findings)?;
    Some(if values::flag(args, "once") { On::First(role) } else { On::Role(role) })
}

fn confirm(args: &[Arg], findings: &mut Findings<'_>) -> Confirm {
    match args.iter().find(|a| a.key == "confirm").map(|a| (a.value.as_deref(), a)) {
        None => Confirm::No,
        Some((None | Some("press"), _)) => Confirm::Press,
        Some((Some("type"), _)) => Confirm::Type,
        Some((Some(other), arg)) => {
            let help = "write `confirm` (one press) or `confirm=type` (the environment's name)";
            findings.error_help(
                "bad-confirm",
                &arg.bytes,
                format!("`{other}` is no kind of confirmation"),
                help,
            );
            Confirm::Type
        }
    }
}

fn needs(args: &[Arg], findings: &mut Findings<'_>) -> Vec<String> {
    let Some((text, arg)) = values::find(args, "needs") else { return Vec::new() };
    let mut out: Vec<String> = Vec::new();
    for name in text.split(',').map(str::trim) {
        if let Err(why) = crate::runbook::hosts::check_name(name) {
            findings.error("bad-name", &arg.bytes, why);
        } else if !out.iter().any(|n| n == name) {
            out.push(name.to_owned());
        }
    }
    out
}
