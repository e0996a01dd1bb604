//! A session: the log open for writing, its locks, and who sits here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::locks::{Holder, LockError, Locks, Subject};
use crate::audit::query::Reader;
use crate::audit::writer::{Ended, LogWriter, Opening, Tuning};
use crate::run::fact::{Group, SessionOpened, Who};
use crate::runtime::log::Log;
use crate::runtime::{Fail, clock};

/// Who and where this process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The account of the operating system.
    pub os_user: String,
    /// Its number.
    pub uid: u32,
    /// The machine's name.
    pub hostname: String,
    /// The terminal, if there is one.
    pub tty: Option<String>,
}

impl Place {
    /// Returns the place of this process.
    #[must_use]
    pub fn here() -> Self {
        let uname = rustix::system::uname();
        let tty = rustix::termios::ttyname(std::io::stdin(), Vec::new()).ok();
        Self {
            os_user: account(rustix::process::getuid().as_raw()),
            uid: rustix::process::getuid().as_raw(),
            hostname: uname.nodename().to_string_lossy().into_owned(),
            tty: tty.map(|t| t.to_string_lossy().into_owned()),
        }
    }
}

/// Returns the name of an account, from the password file; its number where it has none.
#[must_use]
pub fn account(uid: u32) -> String {
    let uid = uid.to_string();
    let file = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut lines = file.lines().map(|l| l.split(':').collect::<Vec<_>>());
    let found = lines.find(|fields| fields.get(2) == Some(&uid.as_str()));
    found.and_then(|f| f.first().map(|n| (*n).to_owned())).unwrap_or(uid)
}

/// Returns the group of accounts with this name or number: what the system's databases say, else the group file.
#[must_use]
pub fn group(name: &str) -> Option<Group> {
    let asked = std::process::Command::new("getent").args(["group", "--", name]).output();
    let told = match asked {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).ok()?,
        _ => std::fs::read_to_string("/etc/group").unwrap_or_default(),
    };
    let found = |line: &str| {
        let mut fields = line.split(':');
        let (own, gid) = (fields.next()?, fields.nth(1)?);
        (own == name || gid == name).then_some(())?;
        Some(Group { name: own.to_owned(), gid: gid.parse().ok()? })
    };
    told.lines().find_map(found)
}

/// An open session.
#[derive(Debug)]
pub struct Session {
    /// The log.
    pub log: Log,
    /// The log's locks.
    pub locks: Locks,
    /// Where this process is.
    pub place: Place,
    /// What an earlier session left behind, if that had to be said.
    pub recovered: Option<String>,
    ended: Ended,
}

impl Session {
    /// Opens the log at `path`, making it if it is missing; who sits here is not said.
    ///
    /// # Errors
    /// [`Fail::Log`] when that is not possible; nothing has been changed then.
    pub async fn open(path: &Path) -> Result<Self, Fail> {
        Self::open_as(path, None).await
    }

    /// Opens the log at `path` as [`Self::open`] does, and says on the record that `who` sits here.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_as(path: &Path, who: Option<&Who>) -> Result<Self, Fail> {
        let place = Place::here();
        let mut opening = opening(path);
        opening.session.principal = who.map(|who| who.name.clone());
        opening.session.signs = who.map(|who| who.proof);
        opening.session.fingerprint = who.and_then(Who::key).map(str::to_owned);
        let opened = tokio::task::spawn_blocking(move || LogWriter::open(opening)).await;
        let (writer, opened, ended) = opened.map_err(|e| Fail::System(e.to_string()))??;
        let locks = Locks::of(path)?;
        let log = Log::new(writer, path.to_owned());
        Ok(Self { log, locks, place, recovered: opened.recovered, ended })
    }

    /// Opens the log to read, with the same word on whose signatures count as this session has.
    ///
    /// # Errors
    /// [`Fail::Log`] when it cannot be read.
    pub fn reader(&self) -> Result<Reader, Fail> {
        Ok(Reader::open(self.log.path())?.judging(Arc::clone(self.log.allowed())))
    }

    /// Returns the text by which others see who holds a lock.
    #[must_use]
    pub fn holder(&self, who: &str, what: &str) -> Holder {
        Holder {
            who: who.to_owned(),
            host: self.place.hostname.clone(),
            tty: self.place.tty.clone(),
            pid: std::process::id(),
            since: clock::now().wall,
            what: what.to_owned(),
        }
    }

    /// Ends the session in order.
    ///
    /// # Errors
    /// [`Fail::Log`] when its end could not be recorded.
    pub async fn close(self, how: &str) -> Result<(), Fail> {
        let closed = self.log.close(how).await;
        drop(self.log);
        let ended = self.ended;
        tokio::task::spawn_blocking(move || ended.wait()).await.unwrap_or_default();
        closed.map_err(Fail::from)
    }
}

/// Returns what a session of this process on the log at `path` begins with.
#[must_use]
pub fn opening(path: &Path) -> Opening {
    let place = Place::here();
    let session = SessionOpened {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        os_user: place.os_user,
        hostname: place.hostname,
        tty: place.tty,
        pid: std::process::id(),
        boot: clock::boot_id(),
        principal: None,
        signs: None,
        fingerprint: None,
        beside: None,
    };
    Opening { path: path.to_owned(), session, at: clock::now(), tuning: tuning() }
}

/// Opens the log at `path` to read.
///
/// # Errors
/// [`Fail::Log`] when there is none or it cannot be read.
pub fn reader(path: &Path) -> Result<Reader, Fail> {
    Ok(Reader::open(path)?)
}

/// Checks that nobody holds a lock of `subjects` beside the log at `path`, without making or changing anything.
///
/// # Errors
/// [`Fail::Busy`] that says who does.
pub fn all_free(path: &Path, subjects: &[Subject]) -> Result<(), Fail> {
    let locks = Locks::look(path);
    for subject in subjects {
        if let Some(holder) = locks.held(subject)? {
            let subject = subject.clone();
            return Err(LockError::Busy { subject, holder: holder.map(Box::new) }.into());
        }
    }
    Ok(())
}

/// Returns the directory that holds the file at `path`.
#[must_use]
pub fn directory(path: &Path) -> PathBuf {
    path.parent().filter(|p| !p.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// Returns the log's bounds. `GONOGO_LOG_MAX_PAGES` makes the log behave as on a full disk, for trying that out.
fn tuning() -> Tuning {
    let pages = std::env::var("GONOGO_LOG_MAX_PAGES").ok().and_then(|v| v.parse().ok());
    Tuning { max_pages: pages, reserve_pages: 64, ..Tuning::default() }
}
