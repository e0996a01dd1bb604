//! Collects findings about one file while it is read; imports `diag` only.

use std::ops::Range;

use crate::diag::{Diagnostic, LineIndex, Place, Severity};

/// Findings that are kept; a hostile file could make one per byte.
const MAX_FINDINGS: usize = 100;

/// The findings so far, and what turns byte ranges into places.
#[derive(Debug, Clone)]
pub struct Findings<'a> {
    index: &'a LineIndex<'a>,
    found: Vec<Diagnostic>,
    errors: usize,
    dropped: usize,
}

impl<'a> Findings<'a> {
    /// Returns an empty collection about the file that `index` covers.
    pub fn new(index: &'a LineIndex<'a>) -> Self {
        Self { index, found: Vec::new(), errors: 0, dropped: 0 }
    }

    /// Returns where `bytes` stand.
    pub fn place(&self, bytes: &Range<usize>) -> Place {
        self.index.place(bytes.clone())
    }

    /// Adds an error at `bytes`.
    pub fn error(&mut self, code: &'static str, bytes: &Range<usize>, message: impl Into<String>) {
        self.add(Diagnostic::error(code, message), Some(bytes));
    }

    /// Adds an error at `bytes` with advice.
    pub fn error_help(
        &mut self,
        code: &'static str,
        bytes: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Diagnostic::error(code, message).help(help), Some(bytes));
    }

    /// Adds a warning at `bytes` with advice.
    pub fn warning(
        &mut self,
        code: &'static str,
        bytes: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Diagnostic::warning(code, message).help(help), Some(bytes));
    }

    /// Adds `finding`, at `bytes` if they are given. Errors beyond the limit push warnings out.
    pub fn add(&mut self, finding: Diagnostic, bytes: Option<&Range<usize>>) {
        let error = finding.is_error();
        if self.found.len() >= MAX_FINDINGS {
            self.dropped += 1;
            let warning = self.found.iter().rposition(|f| f.severity == Severity::Warning);
            match warning.filter(|_| error) {
                Some(at) => drop(self.found.remove(at)),
                None => return,
            }
        }
        self.errors += usize::from(error);
        // The place is looked up only for what is kept: it costs the length of its line.
        let finding = match bytes {
            Some(bytes) => finding.at(self.index.place(bytes.clone())),
            None => finding,
        };
        self.found.push(finding);
    }

    /// Takes over findings that have their places already.
    pub fn extend(&mut self, findings: Vec<Diagnostic>) {
        for finding in findings {
            self.add(finding, None);
        }
    }

    /// Returns whether a further finding would be kept: if not, advice that is dear to make is not made.
    pub fn has_room(&self) -> bool {
        self.found.len() < MAX_FINDINGS
    }

    /// Returns whether an error was added.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Returns the findings in the order of the file.
    pub fn done(mut self) -> Vec<Diagnostic> {
        crate::diag::sort(&mut self.found);
        if self.dropped > 0 {
            let message = format!("{} more findings are not shown", self.dropped);
            self.found.push(Diagnostic::warning("more", message));
        }
        self.found
    }
}
