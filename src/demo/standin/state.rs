//! State files: small texts of `name=value` lines, written by rename, and only below the demo's directory.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::call::Stop;

/// The `name=value` lines of a state file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads the lines of `path`; `None` if there is no such file. Lines without `=` and comments are passed over.
    ///
    /// # Errors
    /// The file exists and cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, Stop> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self::parse(&text))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(Stop::new(1, format!("{}: {error}", path.display()))),
        }
    }

    /// Returns the fields of `text`, which may be an `.env` file: quotes around a value are not part of it.
    pub fn parse(text: &str) -> Self {
        let lines =
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        Self(
            lines
                .map(|(name, value)| (name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
                .collect(),
        )
    }

    /// Returns the value of `name`, empty if it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Returns the names that have a value, sorted, apart by commas.
    pub fn names(&self) -> String {
        let names: Vec<&str> =
            self.0.iter().filter(|(_, v)| !v.is_empty()).map(|(n, _)| n.as_str()).collect();
        names.join(",")
    }

    /// Returns the first name of `self` that is not in `names`, as [`Fields::names`] returns them.
    pub fn not_among(&self, names: &str) -> Option<&str> {
        self.0.keys().map(String::as_str).find(|name| !names.split(',').any(|other| other == *name))
    }

    /// Returns the fields with `name` set to `value`.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Returns the text of the state file.
    pub fn text(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
    }
}

/// Writes `text` to `path` by rename, making the directories above it.
///
/// # Errors
/// `path` does not lie below `root`, or the file system refuses.
pub fn write(root: &Path, path: &Path, text: &str) -> Result<(), Stop> {
    let folder = path.parent().ok_or_else(|| outside(path))?;
    if !path.starts_with(root) || path.components().any(|part| part.as_os_str() == "..") {
        return Err(outside(path));
    }
    fs::create_dir_all(folder)?;
    if !folder.canonicalize()?.starts_with(root) {
        return Err(outside(path));
    }
    let mut name = path.file_name().ok_or_else(|| outside(path))?.to_owned();
    name.push(format!(".{}", std::process::id()));
    let temporary = folder.join(name);
    fs::write(&temporary, text)?;
    fs::rename(&temporary, path)?;
    Ok(())
}

/// Returns the present by the clock of the file system, which is the one that all ages of files are measured by.
///
/// # Errors
/// The file system refuses.
pub fn now(root: &Path) -> Result<SystemTime, Stop> {
    let path = root.join(format!(".now.{}", std::process::id()));
    fs::write(&path, "")?;
    let now = fs::metadata(&path)?.modified()?;
    fs::remove_file(&path)?;
    Ok(now)
}

/// Removes the file `path`, if it is there.
///
/// # Errors
/// `path` does not lie below `root`, or the file system refuses.
pub fn remove(root: &Path, path: &Path) -> Result<(), Stop> {
    if !path.starts_with(root) {
        return Err(outside(path));
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Returns the refusal of a path that leaves the demo.
fn outside(path: &Path) -> Stop {
    Stop::new(
        126,
        format!("{}: outside the demo's directory, so a stand-in does not touch it", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_root_is_written() {
        let root = Path::new("/nonexistent/demo");
        for path in ["/nonexistent/else", "/nonexistent/demo/../else", "/nonexistent/demoted/x"] {
            let refused = write(root, Path::new(path), "x").expect_err("must refuse");
            assert_eq!(refused.code(), 126, "{path}");
        }
        assert!(!Path::new("/nonexistent").exists());
    }

    #[test]
    fn an_env_file_reads_as_fields() {
        let fields = Fields::parse("# a comment\nAPP_NAME=\"iSpeaker Live\"\nEMPTY=\nnot a line\n");
        assert_eq!(fields.get("APP_NAME"), "iSpeaker Live");
        assert_eq!(fields.get("EMPTY"), "");
        assert_eq!(fields.text(), "APP_NAME=iSpeaker Live\nEMPTY=\n");
    }
}
