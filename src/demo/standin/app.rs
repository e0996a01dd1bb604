//! An application's directory on a host: a real git checkout, with the untracked files that its tools make.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::call::{Call, Stop};
use super::state::Fields;

/// The checkout of an application.
#[derive(Debug, Clone)]
pub struct App {
    dir: PathBuf,
}

impl App {
    /// Returns the checkout in `dir`.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Returns the checkout in which `call` was started, by its real path, so that links cannot lead out of the demo.
    ///
    /// # Errors
    /// The directory is gone.
    pub fn here(call: &Call) -> Result<Self, Stop> {
        Ok(Self::at(call.cwd.canonicalize()?))
    }

    /// Returns the checkout called `name` on `host`.
    pub fn on(root: &Path, host: &str, name: &str) -> Self {
        Self::at(root.join("hosts").join(host).join(name))
    }

    /// Returns the path of `name` in the checkout.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Returns the text of `name` as it lies on disk, if it can be read.
    pub fn disk(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// Returns the database that `.env` names, as it lies on disk.
    pub fn database(&self) -> String {
        Fields::parse(&self.disk(".env").unwrap_or_default()).get("DB_DATABASE").to_owned()
    }

    /// Returns the commit that is checked out, as 40 hex digits.
    ///
    /// # Errors
    /// git is missing, or the directory is no repository.
    pub fn commit(&self) -> Result<String, Stop> {
        Ok(self.git(&["rev-parse", "HEAD"])?.trim().to_owned())
    }

    /// Returns the text of `name` at `commit`; `None` if that commit has no such file.
    ///
    /// # Errors
    /// git is missing.
    pub fn at_commit(&self, commit: &str, name: &str) -> Result<Option<String>, Stop> {
        match self.git(&["show", &format!("{commit}:{name}")]) {
            Ok(text) => Ok(Some(text)),
            Err(stop) if stop.code() == 127 => Err(stop),
            Err(_) => Ok(None),
        }
    }

    fn git(&self, args: &[&str]) -> Result<String, Stop> {
        let output = git(&self.dir).args(args).stdin(Stdio::null()).output();
        let output = output.map_err(|error| Stop::new(127, format!("git: {error}")))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(Stop::new(128, String::from_utf8_lossy(&output.stderr).trim_end().to_owned()))
        }
    }
}

/// Returns git, to be run in `dir` and told nothing by the caller's environment or configuration.
pub fn git(dir: &Path) -> Command {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_DEFAULT_HASH"] {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").arg("-C").arg(dir);
    command
}
