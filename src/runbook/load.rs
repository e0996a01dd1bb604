//! The one place that reads runbooks and the small files around them from disk; may import `parse` and `diag`.
//!
//! Invariant: never more than the limit is read, whatever the file is (2 GB, a device, a growing log).

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::MAX_BYTES;
use super::model::Runbook;
use super::parse::parse;
use crate::diag::Diagnostic;

/// Why a file could not be read or used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It could not be opened or read.
    #[error("read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is a directory, a device, a pipe or a socket.
    #[error("read {path}: it is not a regular file", path = path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// It is larger than allowed.
    #[error("read {path}: it is larger than {limit} bytes, the most such a file may have", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },
    /// It was read, and is wrong.
    #[error("use {path}: {count} {noun} in it", path = path.display(), count = findings.iter().filter(|f| f.is_error()).count(),
        noun = if findings.iter().filter(|f| f.is_error()).count() == 1 { "error" } else { "errors" })]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with places.
        findings: Vec<Diagnostic>,
        /// Its text, for showing the lines; lossy if it is not UTF-8.
        text: String,
    },
}

/// A runbook with what its author should look at, and the bytes it was made of.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The runbook.
    pub runbook: Runbook,
    /// Warnings.
    pub findings: Vec<Diagnostic>,
    /// The exact bytes, which [`Runbook::sha256`] names.
    pub bytes: Vec<u8>,
}

/// Reads and parses the runbook at `path`.
///
/// # Errors
/// When it cannot be read, is larger than [`MAX_BYTES`], or holds errors.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let bytes = read_limited(path, MAX_BYTES)?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    match parse(&name, &bytes) {
        Ok((runbook, findings)) => Ok(Loaded { runbook, findings, bytes }),
        Err(findings) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Err(LoadError::Invalid { path: path.to_owned(), findings, text })
        }
    }
}

/// Returns the content of the regular file at `path`, reading at most `limit` bytes and one.
///
/// # Errors
/// When it cannot be opened or read, is no regular file, or is larger than `limit`.
pub fn read_limited(path: &Path, limit: usize) -> Result<Vec<u8>, LoadError> {
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    // Asked before opening, because opening a pipe waits for its writer; asked again after, because names move.
    let regular = std::fs::metadata(path).map_err(failed)?.is_file();
    let file = if regular { Some(File::open(path).map_err(failed)?) } else { None };
    let Some(file) = file.filter(|f| f.metadata().is_ok_and(|m| m.is_file())) else {
        return Err(LoadError::NotAFile { path: path.to_owned() });
    };
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > limit {
        return Err(LoadError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}
