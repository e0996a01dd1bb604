//! What all small files share: reading one, and opening its YAML; imports `runbook` and `diag`.

use std::path::Path;

use crate::diag::{Diagnostic, LineIndex};
use crate::runbook::load::{LoadError, read_limited};
use crate::runbook::source_text;
use crate::runbook::yaml::{self, Node, Reader};

/// Why a file could not be read or used; the same as for a runbook.
pub type FileError = LoadError;

/// What a file says, and its warnings; or all its findings, at least one of them an error.
pub type Parsed<T> = Result<(T, Vec<Diagnostic>), Vec<Diagnostic>>;

/// Reads the file at `path` with `parse`, which gets its bytes; at most `limit` of them.
///
/// # Errors
/// When it cannot be read, is larger than that, or holds errors.
pub fn load<T>(
    path: &Path,
    limit: usize,
    parse: impl Fn(&[u8]) -> Parsed<T>,
) -> Result<(T, Vec<Diagnostic>, Vec<u8>), FileError> {
    let bytes = read_limited(path, limit)?;
    match parse(&bytes) {
        Ok((value, findings)) => Ok((value, findings, bytes)),
        Err(findings) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Err(FileError::Invalid { path: path.to_owned(), findings, text })
        }
    }
}

/// Opens the YAML in `bytes`, at most `limit` of them, and hands its root to `read`; what `read` notes as an error makes
/// the file unusable.
pub fn yaml<T>(bytes: &[u8], limit: usize, read: impl FnOnce(&Node, &mut Reader<'_>) -> T) -> Parsed<T> {
    let text = source_text(bytes, limit).map_err(|finding| vec![finding])?;
    let index = LineIndex::new(text);
    let base = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let body = text.get(base..).unwrap_or_default();
    let root = yaml::parse(body).map_err(|e| {
        let at = base + e.at;
        vec![
            Diagnostic::error("not-yaml", format!("this is not YAML: {}", e.message)).at(index.place(at..at)),
        ]
    })?;
    let mut reader = Reader::new(&index, base);
    let value = read(&root, &mut reader);
    let mut findings = reader.findings;
    crate::diag::sort(&mut findings);
    if findings.iter().any(Diagnostic::is_error) { Err(findings) } else { Ok((value, findings)) }
}
