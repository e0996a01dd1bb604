//! One driver a run, one driven live run an environment: locks in side files, freed by the kernel at death.
//!
//! The file's text says who holds it, for people; only the kernel's lock decides. Child runs use their parent's lock
//! of the environment. Files stay behind when a lock is given back; a lock counts only while its file has its name,
//! so that a take-over can replace the file under a holder that does not answer.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::chain::sha256_hex;
use super::paths::Paths;
use super::store::refuse::OpenError;
use super::{flock, ids, session};

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The person.
    pub who: String,
    /// The machine.
    pub host: String,
    /// The terminal, if there is one.
    pub tty: Option<String>,
    /// The process.
    pub pid: u32,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What for: the run's id, and a title for people.
    pub what: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { who, host, tty, pid, since, what } = self;
        let tty = tty.as_deref().map(|tty| format!(" on {tty}")).unwrap_or_default();
        let since = super::codec::storable(crate::clock::Stamp { wall: *since, mono_ns: 0 }).wall;
        write!(f, "{who} at {host}{tty} (process {pid}) since {}: {what}", crate::clock::rfc3339(since))
    }
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody has it.
    #[error("{subject} is held by {}", .holder.as_ref().map_or("a process that did not say who it is".to_owned(), ToString::to_string))]
    Busy {
        /// The run or environment.
        subject: Subject,
        /// Who, if they said so.
        holder: Option<Box<Holder>>,
    },
    /// The system refused something.
    #[error("cannot take the lock of {subject} at {}: {source}", .path.display())]
    Io {
        /// The run or environment.
        subject: Subject,
        /// The side file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A run, by its id.
    Run(String),
    /// An environment, by its name.
    Environment(String),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Run(run) => write!(f, "run {}", run.escape_default()),
            Self::Environment(name) => write!(f, "environment {}", name.escape_default()),
        }
    }
}

impl Subject {
    fn file(&self) -> String {
        match self {
            Self::Run(run) if ids::is_run(run) => format!("run-{run}"),
            Self::Run(run) => format!("run--{}", sha256_hex(run.as_bytes())),
            Self::Environment(name) => format!("environment-{}", sha256_hex(name.as_bytes())),
        }
    }
}

/// The locks that lie beside one log.
#[derive(Debug, Clone)]
pub struct Locks(PathBuf);

/// How often a lock that is found taken is asked for again: who only looks whether it is held has it for a moment.
const TRIES: u32 = 20;

impl Locks {
    /// Returns the locks of the log at `log`, making their directory if it is missing.
    ///
    /// # Errors
    /// If the directory cannot be made.
    pub fn of(log: &Path) -> Result<Self, OpenError> {
        let paths = super::store::side::resolve_to_write(log)?;
        session::locks_directory(&paths.locks)
            .map_err(OpenError::io(&paths.locks, "make the directory of the locks"))?;
        Ok(Self(paths.locks))
    }

    /// Returns the locks of the log at `log` without making anything: where there is no directory, nobody holds any.
    #[must_use]
    pub fn look(log: &Path) -> Self {
        Self(Paths::of(&fs::canonicalize(log).unwrap_or_else(|_| log.to_owned())).locks)
    }

    /// Returns how many sessions have the log open to write.
    ///
    /// # Errors
    /// If their files cannot be asked.
    pub fn sessions(&self) -> io::Result<usize> {
        session::living(&self.0)
    }

    /// Takes the lock of `subject` for `holder`.
    ///
    /// # Errors
    /// If another process, or another lock of this one, holds it, or its file cannot be written.
    pub fn take(&self, subject: &Subject, holder: &Holder) -> Result<Held, LockError> {
        let path = self.0.join(subject.file());
        let result = self.try_take(&path, holder);
        match result {
            Ok(Some(held)) => Ok(held),
            Ok(None) => Err(LockError::Busy { subject: subject.clone(), holder: read(&path).map(Box::new) }),
            Err(source) => Err(LockError::Io { subject: subject.clone(), path, source }),
        }
    }

    fn try_take(&self, path: &Path, holder: &Holder) -> io::Result<Option<Held>> {
        for _ in 0..TRIES {
            let mut file = flock::open(path)?;
            if flock::try_exclusive(&file)? {
                // Between opening and locking, a take-over or a removal may have given the name to another file.
                if flock::is_at(&file, path) {
                    write(&mut file, holder)?;
                    return Ok(Some(Held { path: path.to_owned(), file }));
                }
            } else {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        }
        Ok(None)
    }

    /// Takes the lock of `subject` from whoever has it: the file is replaced, and the old holder finds out by
    /// [`Held::is_ours`]. Whether that is right was for a person to say.
    ///
    /// # Errors
    /// If the new file cannot be written.
    pub fn take_over(&self, subject: &Subject, holder: &Holder) -> Result<Held, LockError> {
        let path = self.0.join(subject.file());
        self.replace(&path, holder).map_err(|source| LockError::Io {
            subject: subject.clone(),
            path: path.clone(),
            source,
        })
    }

    fn replace(&self, path: &Path, holder: &Holder) -> io::Result<Held> {
        let fresh = self.0.join(format!("new-{}", ids::fresh()?));
        let mut file = flock::open(&fresh)?;
        let placed = flock::try_exclusive(&file)
            .and_then(|taken| if taken { Ok(()) } else { Err(io::Error::other("a fresh lock is taken")) })
            .and_then(|()| write(&mut file, holder))
            .and_then(|()| fs::rename(&fresh, path));
        if let Err(error) = placed {
            fs::remove_file(&fresh)?;
            return Err(error);
        }
        Ok(Held { path: path.to_owned(), file })
    }

    /// Returns whether somebody holds the lock of `subject`, and who, if they said so.
    ///
    /// # Errors
    /// If its file is there and cannot be asked.
    pub fn held(&self, subject: &Subject) -> Result<Option<Option<Holder>>, LockError> {
        let path = self.0.join(subject.file());
        let asked = File::options().read(true).write(true).open(&path).and_then(|file| {
            if flock::try_exclusive(&file)? {
                return flock::release(&file).map(|()| None);
            }
            Ok(Some(read(&path)))
        });
        match asked {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LockError::Io { subject: subject.clone(), path, source }),
            Ok(held) => Ok(held),
        }
    }
}

fn write(file: &mut File, holder: &Holder) -> io::Result<()> {
    let text = serde_json::to_string(holder).map_err(io::Error::other)?;
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    file.flush()
}

fn read(path: &Path) -> Option<Holder> {
    let mut text = String::new();
    File::open(path).ok()?.take(64 * 1024).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// A lock that is held, until it is dropped or its process ends.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    file: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        flock::release(&self.file).unwrap_or_default();
    }
}

impl Held {
    /// Returns whether the lock is still this holder's; not any more after somebody took it over.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        flock::is_at(&self.file, &self.path)
    }

    /// Gives the lock back and removes its file, because nobody will need it again.
    ///
    /// # Errors
    /// If the file cannot be removed; the lock is free all the same.
    pub fn retire(self) -> io::Result<()> {
        if self.is_ours() { fs::remove_file(&self.path) } else { Ok(()) }
    }
}
