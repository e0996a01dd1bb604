//! What is wrong with a file, where, and what to do about it; rendered with the source line, or as data for `--json`.
//!
//! Invariant: a rendered diagnostic holds no raw control, bidirectional or invisible character of its source.
//! May import `text`; outside the crate `annotate-snippets`, in `diag/render.rs` alone.

pub mod codes;
pub mod place;
pub mod record;
pub mod render;
pub mod suggest;

pub use place::{LineIndex, Place};
pub use record::DiagnosticRecord;
pub use render::{Look, render};

pub use crate::text::sanitize as visible;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used; somebody should look.
    Warning,
}

/// One finding about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable kebab-case name, for scripts and for the manual.
    pub code: &'static str,
    /// What is wrong, as a lower-case fragment. May quote the file; it is made harmless when rendered.
    pub message: String,
    /// Where it stands; `None` when it concerns the file as a whole.
    pub place: Option<Place>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Returns an error about the whole file.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), place: None, help: None }
    }

    /// Returns a warning about the whole file.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Returns it standing at `place`.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// Returns it with the advice `help`.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Returns whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Sorts findings by where they stand; those about the whole file come first, equal places keep their order.
pub fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by_key(|d| d.place.as_ref().map_or(0, |p| p.bytes.start + 1));
}
