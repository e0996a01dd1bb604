//! Finding Markdown files in a directory, or in all below it. Links to directories are not followed, and what tools keep for themselves
//! (hidden directories, `node_modules`, `target`, `vendor`) is passed over.

use std::io;
use std::path::{Path, PathBuf};

/// Directories that hold no runbooks of one's own.
const PASSED_OVER: [&str; 3] = ["node_modules", "target", "vendor"];

/// Returns the Markdown files of `directory`, sorted; if `deep`, those below it as well.
///
/// # Errors
/// When `directory` itself cannot be read; one below it that cannot is passed over.
pub fn markdown(directory: &Path, deep: bool) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut left) = look(directory)?;
    while let Some(next) = left.pop().filter(|_| deep) {
        if let Ok((more, below)) = look(&next) {
            files.extend(more);
            left.extend(below);
        }
    }
    files.sort();
    Ok(files)
}

/// Returns the Markdown files and the directories of `directory`.
fn look(directory: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut files, mut below) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !PASSED_OVER.contains(&name.as_str()) {
                below.push(entry.path());
            }
        } else if name.to_ascii_lowercase().ends_with(".md") && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    Ok((files, below))
}
