//! What a trailing comment asks of its box; imports the model.

use std::ops::Range;
use std::time::Duration;

use super::grammar::Arg;
use super::keys::BOX;
use super::values;
use crate::runbook::findings::Findings;
use crate::runbook::model::{Condition, ValueSpec};

/// The annotations of a box, understood.
#[derive(Debug, Clone, Default)]
pub struct BoxNotes {
    /// `id=`.
    pub id: Option<String>,
    /// `value=` with its `match=`.
    pub value: Option<ValueSpec>,
    /// `required`.
    pub required: bool,
    /// `optional`.
    pub optional: bool,
    /// `irreversible`.
    pub irreversible: bool,
    /// `two-person`.
    pub two_person: bool,
    /// `role=`.
    pub role: Option<String>,
    /// `mark=`.
    pub mark: Option<String>,
    /// `wait=`.
    pub wait: Option<Duration>,
    /// `due=`.
    pub due: Option<Duration>,
    /// `runbook`.
    pub runbook: bool,
    /// `if=`.
    pub condition: Option<Condition>,
    args: Vec<Arg>,
}

/// Keys of a box, and of a heading, that contradict each other.
pub const CLASHES: [(&str, &str, &str); 1] =
    [("required", "optional", "one forbids to waive, the other asks for no reason")];

impl BoxNotes {
    /// Reads the annotations `texts`, each with the byte it begins at.
    pub fn read(texts: &[(&str, usize)], findings: &mut Findings<'_>) -> Self {
        let mut args = Vec::new();
        for (text, base) in texts {
            BOX.read(text, *base, &mut args, findings);
        }
        values::requires(&args, "match", "value", findings);
        values::clashes(&args, &CLASHES, findings);
        let pattern = values::pattern(&args, "match", findings);
        let notes = Self {
            id: id(&args, findings),
            value: values::variable(&args, "value", findings).map(|name| ValueSpec { name, pattern }),
            required: values::flag(&args, "required"),
            optional: values::flag(&args, "optional"),
            irreversible: values::flag(&args, "irreversible"),
            two_person: values::flag(&args, "two-person"),
            role: values::name(&args, "role", findings),
            mark: values::name(&args, "mark", findings),
            wait: values::duration(&args, "wait", findings),
            due: values::duration(&args, "due", findings),
            runbook: values::flag(&args, "runbook"),
            condition: values::condition(&args, findings),
            args: Vec::new(),
        };
        Self { args, ..notes }
    }

    /// Returns the bytes of the word with `key`, for findings that come later.
    pub fn bytes(&self, key: &str) -> Range<usize> {
        self.args.iter().find(|a| a.key == key).map(|a| a.bytes.clone()).unwrap_or_default()
    }
}

/// Returns the name that `id=` gives; notes one that looks like a generated one.
pub fn id(args: &[Arg], findings: &mut Findings<'_>) -> Option<String> {
    let id = values::name(args, "id", findings)?;
    let generated =
        id.strip_prefix("b-").is_some_and(|h| h.len() == 10 && h.chars().all(|c| c.is_ascii_hexdigit()));
    if generated {
        let bytes = values::find(args, "id").map(|(_, a)| a.bytes.clone()).unwrap_or_default();
        findings.error("bad-name", &bytes, format!("`{id}` looks like an id that gonogo makes itself"));
        return None;
    }
    Some(id)
}
