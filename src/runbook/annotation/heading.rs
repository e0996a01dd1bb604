//! What a heading that is a phase or a section asks of the boxes in it; imports the model.

use std::ops::Range;

use super::boxes::{CLASHES, id};
use super::grammar::Arg;
use super::keys::HEADING;
use super::values;
use crate::runbook::findings::Findings;
use crate::runbook::model::Condition;

/// The annotations of a heading, understood.
#[derive(Debug, Clone, Default)]
pub struct HeadingNotes {
    /// `rollback`.
    pub rollback: bool,
    /// `choose`.
    pub choose: bool,
    /// `id=`.
    pub id: Option<String>,
    /// `if=`.
    pub condition: Option<Condition>,
    /// `optional`.
    pub optional: bool,
    /// `required`.
    pub required: bool,
    /// `irreversible`.
    pub irreversible: bool,
    /// `go=`.
    pub go: Vec<String>,
    args: Vec<Arg>,
}

impl HeadingNotes {
    /// Reads the annotations `texts`, each with the byte it begins at.
    pub fn read(texts: &[(&str, usize)], findings: &mut Findings<'_>) -> Self {
        let mut args = Vec::new();
        for (text, base) in texts {
            HEADING.read(text, *base, &mut args, findings);
        }
        values::clashes(&args, &CLASHES, findings);
        let notes = Self {
            rollback: values::flag(&args, "rollback"),
            choose: values::flag(&args, "choose"),
            id: id(&args, findings),
            condition: values::condition(&args, findings),
            optional: values::flag(&args, "optional"),
            required: values::flag(&args, "required"),
            irreversible: values::flag(&args, "irreversible"),
            go: values::names(&args, "go", findings),
            args: Vec::new(),
        };
        Self { args, ..notes }
    }

    /// Returns the bytes of the word with `key`, for findings that come later.
    pub fn bytes(&self, key: &str) -> Range<usize> {
        self.args.iter().find(|a| a.key == key).map(|a| a.bytes.clone()).unwrap_or_default()
    }
}
