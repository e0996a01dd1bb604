//! The demo directory: two git origins, the hosts' checkouts with what their tools made, one SQLite database, and the bin directory.
//!
//! Made of the directory's path and the assets: the same commit ids, the same rows every time; only backups are as old as the day makes them. Invariant: an existing world
//! is left as it is (only the bin directory follows the program's path), so a demo that was killed goes on where it stood.
//!
//! ```text
//! ROOT/bin/            stand-ins: three-line scripts that say so
//! ROOT/origin/         ispeaker-api.git, ispeaker-web.git
//! ROOT/db/             ispeaker.sqlite, ispeaker_staging.sqlite, snapshots/, password
//! ROOT/spaces/         buckets of the object storage, and .versions/ of what was overwritten or deleted there
//! ROOT/registry/       packages.txt: what composer and npm can download
//! ROOT/hosts/HOST/     home/, tmp/, run/ (what runs), etc/, ispeaker-api/ or ispeaker-web/
//! ROOT/world           the last file written: this world is whole
//! ```

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::standin;

mod build;
mod faults;
mod past;
mod repository;
mod wrappers;

pub use faults::{Fault, fault, faults};

/// The hosts of the demo, without their domain `.demo`; `local` is the operator's own place inside the demo.
pub const HOSTS: [&str; 6] = ["api-1", "api-2", "db-1", "local", "staging-1", "web-1"];

/// Why a world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The file system refused.
    #[error("prepare the demo: {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// git is missing or failed.
    #[error("prepare the demo: {what} failed: {why}; the demo needs git")]
    Git {
        /// The command.
        what: String,
        /// What git or the system said.
        why: String,
    },
    /// A stand-in failed while the world was built.
    #[error("prepare the demo: {what} on {host} ended with {code}: {why}")]
    Program {
        /// The command.
        what: String,
        /// The host.
        host: String,
        /// Its exit code.
        code: u8,
        /// What it said.
        why: String,
    },
    /// `--fail` names no fault.
    #[error("no fault is called {name:?}; there are: {known}")]
    UnknownFault {
        /// What was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
}

/// A demo directory that is whole.
#[derive(Debug, Clone)]
pub struct World {
    root: PathBuf,
}

impl World {
    /// Makes the world in `root`, or opens the one that is there; `exe` is the program that the stand-ins are part of.
    ///
    /// A world whose making was cut off is made anew.
    ///
    /// # Errors
    /// git is missing, the directory cannot be written, or a stand-in fails.
    pub fn create(root: &Path, exe: &Path) -> Result<Self, WorldError> {
        fs::create_dir_all(root).map_err(at(root))?;
        let world = Self { root: root.canonicalize().map_err(at(root))? };
        wrappers::write(&world.bin(), exe)?;
        let done = world.root.join("world");
        if !done.exists() {
            build::build(&world.root)?;
            world.put(&done, "1\n")?;
        }
        Ok(world)
    }

    /// Returns the directory, in canonical form.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the directory of the stand-ins; the tools that may be used are linked into it by others.
    #[must_use]
    pub fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// Returns the home directory of `host`, with or without `.demo`.
    #[must_use]
    pub fn home(&self, host: &str) -> PathBuf {
        self.host(host).join("home")
    }

    /// Returns the variables that a login on `host` finds beside those every demo host sets.
    ///
    /// The directories are absolute here; the demo's environment file names them from the home directory, since they differ by host.
    #[must_use]
    pub fn env(&self, host: &str) -> Vec<(String, String)> {
        let app = |name: &str| self.host(host).join(name);
        [("API_DIR", app("ispeaker-api")), ("WEB_DIR", app("ispeaker-web"))]
            .into_iter()
            .filter(|(_, path)| path.is_dir())
            .map(|(name, path)| (name.to_owned(), path.to_string_lossy().into_owned()))
            .collect()
    }

    /// Prepares the data so that step `step` of the release runbook really fails; [`faults()`] lists what there is.
    ///
    /// # Errors
    /// No fault is called `step`, or the data cannot be written.
    pub fn fail(&self, step: &str) -> Result<(), WorldError> {
        faults::prepare(self, step)
    }

    /// Puts `files` (path below the root, text) into the world, unless they are there already.
    ///
    /// # Errors
    /// A path leaves the root, or the file system refuses.
    pub fn install(&self, files: &[(&str, &str)]) -> Result<(), WorldError> {
        for (path, text) in files {
            let path = self.root.join(path);
            if !path.exists() {
                self.put(&path, text)?;
            }
        }
        Ok(())
    }

    fn host(&self, host: &str) -> PathBuf {
        self.root.join("hosts").join(host.strip_suffix(".demo").unwrap_or(host))
    }

    fn put(&self, path: &Path, text: &str) -> Result<(), WorldError> {
        standin::write(&self.root, path, text).map_err(|stop| WorldError::Io {
            path: path.to_owned(),
            source: io::Error::other(stop.text().to_owned()),
        })
    }
}

/// Returns what turns an I/O error at `path` into ours.
fn at(path: &Path) -> impl FnOnce(io::Error) -> WorldError {
    let path = path.to_owned();
    move |source| WorldError::Io { path, source }
}
