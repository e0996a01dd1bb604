//! A finding as data, for `--json`; imports the diagnostics only.

use serde::Serialize;

use super::{Diagnostic, Severity};

/// The JSON form of a finding. Field names are part of the command-line interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiagnosticRecord {
    /// `error` or `warning`.
    pub severity: Severity,
    /// The stable name.
    pub code: &'static str,
    /// The file.
    pub file: String,
    /// Line from 1, absent when the finding concerns the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column in characters from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The bytes it stands at, from the first to the one behind the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<[usize; 2]>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Diagnostic {
    /// Returns the finding as data about `file`.
    #[must_use]
    pub fn record(&self, file: &str) -> DiagnosticRecord {
        DiagnosticRecord {
            severity: self.severity,
            code: self.code,
            file: file.to_owned(),
            line: self.place.as_ref().map(|p| p.line),
            column: self.place.as_ref().map(|p| p.column),
            bytes: self.place.as_ref().map(|p| [p.bytes.start, p.bytes.end]),
            message: self.message.clone(),
            help: self.help.clone(),
        }
    }
}
