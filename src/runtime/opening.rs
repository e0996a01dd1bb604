//! Opening runs: the runbook's text is read and kept, the locks are taken, and `run.opened` is made durable.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audit::locks::{Held, Subject};
use crate::audit::query::{QueryError, Reader};
use crate::run::event::{Event, RunOpened};
use crate::run::fact::{ChildOpened, Entry, HostPin, Parent, Recorded, RunKind, Who};
use crate::run::open::Opening;
use crate::run::secrets::declared;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runbook::load::{LoadError, Loaded, load, read_limited};
use crate::runbook::model::{On, Runbook};
use crate::runbook::{self, shipped};
use crate::runtime::log::Log;
use crate::runtime::session::{Place, Session};
use crate::runtime::trust::Part;
use crate::runtime::{Fail, clock};

/// Most runbooks that are read for one run.
const LINKED: usize = 64;

/// What stands before the name of a runbook that came with the program.
pub const SHIPPED: &str = "shipped:";

/// A runbook with the name under which its run remembers it.
#[derive(Debug, Clone)]
pub struct Book {
    /// Its absolute path, or [`SHIPPED`] and its name.
    pub file: String,
    /// The runbook, its warnings and its bytes.
    pub loaded: Loaded,
}

impl Book {
    /// Reads the runbook at `path`; when there is no such file, the shipped one of that name.
    ///
    /// # Errors
    /// [`LoadError`], with findings when it was read and is wrong.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        if let Some((name, text)) = shipped_at(path) {
            return Self::parse(&name, text.as_bytes());
        }
        let loaded = load(path)?;
        let file = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Ok(Self { file: file.to_string_lossy().into_owned(), loaded })
    }

    /// Returns the bytes of the runbook at `path`, as [`Book::read`] finds it, and the name under which it is known.
    ///
    /// # Errors
    /// [`LoadError`], never for what stands in it.
    pub fn source(path: &Path) -> Result<(String, Vec<u8>), LoadError> {
        if let Some((name, text)) = shipped_at(path) {
            return Ok((name, text.as_bytes().to_vec()));
        }
        let bytes = read_limited(path, runbook::MAX_BYTES)?;
        let file = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Ok((file.to_string_lossy().into_owned(), bytes))
    }

    /// Parses a text that a log keeps, or that came with the program.
    ///
    /// # Errors
    /// [`LoadError::Invalid`] with findings.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, LoadError> {
        let name =
            Path::new(file).file_name().map_or_else(|| file.to_owned(), |n| n.to_string_lossy().into_owned());
        match runbook::parse(&name, bytes) {
            Ok((runbook, findings)) => {
                let loaded = Loaded { runbook, findings, bytes: bytes.to_vec() };
                Ok(Self { file: file.to_owned(), loaded })
            }
            Err(findings) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                Err(LoadError::Invalid { path: PathBuf::from(file), findings, text })
            }
        }
    }

    /// Reads what `link` names, seen from the runbook at `file`: another file, or `#heading` of the same text.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn follow(file: &str, own_text: &[u8], link: &str) -> Result<Self, LoadError> {
        if link.starts_with('#') {
            return Self::parse(file, own_text);
        }
        let link = link.split('#').next().unwrap_or(link);
        Self::read(&beside(file, link))
    }
}

/// Returns the shipped runbook that `path` names, if no file does, and its name.
fn shipped_at(path: &Path) -> Option<(String, &'static str)> {
    let name = path.to_str()?;
    let name = name.strip_prefix(SHIPPED).unwrap_or(name);
    let name = name.strip_suffix(".md").unwrap_or(name);
    let text = shipped::get(&format!("{name}.md"))?;
    (!path.exists()).then(|| (format!("{SHIPPED}{name}.md"), text))
}

/// Returns `books` and the runbooks that they link as children or as their rollback, and those that these link, each
/// once. Links that lead nowhere are left out: whoever follows them is told.
pub async fn with_linked(books: Vec<Book>) -> Vec<Book> {
    let task = tokio::task::spawn_blocking(move || {
        let mut all = books;
        let mut next = 0;
        while let Some(book) = all.get(next) {
            next += 1;
            let runbook = &book.loaded.runbook;
            let links = runbook.boxes.iter().filter_map(|item| item.runbook.as_ref());
            let links = links.chain(&runbook.front.rollback).filter(|link| !link.starts_with('#'));
            let read = |link: &String| Book::follow(&book.file, &book.loaded.bytes, link).ok();
            for linked in links.filter_map(read).collect::<Vec<_>>() {
                if all.len() < LINKED && !all.iter().any(|known| known.file == linked.file) {
                    all.push(linked);
                }
            }
        }
        all
    });
    task.await.unwrap_or_default()
}

/// Returns whether steps of `runbook` run on this machine.
#[must_use]
pub fn runs_here(runbook: &Runbook) -> bool {
    runbook.boxes.iter().flat_map(|item| item.steps.iter().chain(&item.inline)).any(|s| s.on == On::Local)
}

/// Returns `hosts` with this machine, if steps of `runbook` run on it.
#[must_use]
pub fn with_this_machine(mut hosts: Vec<HostPin>, runbook: &Runbook) -> Vec<HostPin> {
    if runs_here(runbook) && !hosts.iter().any(HostPin::is_local) {
        hosts.push(HostPin::local(&Place::here().os_user));
    }
    hosts
}

/// Returns the path that `link` means, seen from `file`.
#[must_use]
pub fn beside(file: &str, link: &str) -> PathBuf {
    let (prefix, rest) = file.strip_prefix(SHIPPED).map_or(("", file), |rest| (SHIPPED, rest));
    let directory = Path::new(rest).parent().unwrap_or_else(|| Path::new(""));
    PathBuf::from(format!("{prefix}{}", directory.join(link).display()))
}

/// Returns the commit that the file's directory stands at and whether the file differs from it; none without git.
pub async fn commit_of(file: &str) -> Option<(String, bool)> {
    let path = Path::new(file);
    let (directory, name) = (path.parent()?.to_owned(), path.file_name()?.to_owned());
    let git = |args: Vec<std::ffi::OsString>| {
        let mut command = tokio::process::Command::new("git");
        command.arg("-C").arg(&directory).args(args).stdin(std::process::Stdio::null()).kill_on_drop(true);
        async move {
            let limit = std::time::Duration::from_secs(2);
            let output = tokio::time::timeout(limit, command.output()).await.ok()?.ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
    };
    let commit = git(vec!["rev-parse".into(), "HEAD".into()]).await.filter(|c| !c.is_empty())?;
    let changed = git(vec!["status".into(), "--porcelain".into(), "--".into(), name]).await?;
    Some((commit, !changed.is_empty()))
}

/// Opens a run: takes its locks and records `run.opened` with the text as its chunk.
///
/// # Errors
/// When something is missing or wrong, a lock is held, or the log does not take it; nothing has started then.
pub async fn open(session: &Session, book: &Book, opening: Opening<'_>) -> Result<(Run, Vec<Held>), Fail> {
    let who = opening.who.name.clone();
    let live = opening.kind == RunKind::Live;
    let opened = opening.open()?;
    let id = clock::run_id()?;
    let holder = session.holder(&who, &format!("{id}, {}", opened.title));
    let mut held = Vec::new();
    if let (Some(environment), true) = (&opened.environment, live) {
        held.push(session.locks.take(&Subject::Environment(environment.name.clone()), &holder)?);
    }
    held.push(session.locks.take(&Subject::Run(id.clone()), &holder)?);
    let run = record(&session.log, id, book, opened).await?;
    Ok((run, held))
}

async fn record(log: &Log, id: String, book: &Book, mut opened: RunOpened) -> Result<Run, Fail> {
    for secret in &mut opened.secrets {
        secret.short = log.vault().is_short(&secret.name);
    }
    let event = Event::RunOpened(Box::new(opened.clone()));
    let entry = Entry { event, chunk: Some(book.loaded.bytes.clone()) };
    let recorded = log.append(Some(&id), vec![entry]).await?;
    let Some(Recorded { seq, at, hash, event }) = recorded.into_iter().next() else {
        return Err(Fail::Log("the log took the opening of the run and did not say where".to_owned()));
    };
    // As it stands in the record, which may say less of the name than was asked for.
    let opened = if let Event::RunOpened(recorded) = event { *recorded } else { opened };
    let mut run = Run::new(id, Arc::new(book.loaded.runbook.clone()), opened, seq, at);
    run.last_hash = hash;
    Ok(run)
}

/// Opens the child run of `parent` that `link` names. The parent's own fact is returned, not recorded.
///
/// # Errors
/// As a sentence: the link goes nowhere, the text is wrong, or the log does not take it.
pub async fn open_child(
    log: Log,
    parent: Run,
    who: Who,
    in_box: Option<BoxId>,
    link: String,
    out_of_order: Vec<BoxId>,
) -> Result<(ChildOpened, Box<Run>), String> {
    let rollback = in_box.is_none();
    let way = {
        let child = parent.clone();
        log.read(move |reader| way_to(reader, &child)).await?
    };
    let reading = (parent.opened.runbook.clone(), parent.id.clone(), link.clone());
    let text = log.clone();
    let book = {
        let (file, run, link) = reading;
        let own = text
            .read(move |reader| {
                let first = reader.load(&run)?.events.first().map(|e| e.seq).unwrap_or_default();
                reader.chunk(first)
            })
            .await?;
        let task = tokio::task::spawn_blocking(move || Book::follow(&file, &own, &link));
        task.await.map_err(|e| e.to_string())?.map_err(|e| format!("the linked runbook: {}", words(&e)))?
    };
    if !rollback && way.contains(&book.file) {
        let round = way.iter().rev().chain([&book.file]).cloned().collect::<Vec<_>>().join(" -> ");
        return Err(format!("the linked runbook led here itself, so that this would never end: {round}"));
    }
    settled(&log, &book)?;
    let id = clock::run_id().map_err(|e| e.to_string())?;
    let opening = Opening {
        runbook: &book.loaded.runbook,
        file: book.file.clone(),
        who: who.clone(),
        kind: parent.opened.run_kind,
        environment: parent.opened.environment.clone(),
        hosts: with_this_machine(parent.opened.hosts.clone(), &book.loaded.runbook),
        environment_vars: std::collections::BTreeMap::new(),
        set: parent.handed_on(&book.loaded.runbook),
        seed: clock::random_hex(32).map_err(|e| e.to_string())?,
        parent: Some(Parent { run: parent.id.clone(), in_box: in_box.clone(), rollback }),
        beside: Vec::new(),
        later: false,
        commit: None,
    };
    let opened = opening.open().map_err(|e| e.to_string())?;
    let run = record(&log, id, &book, opened).await.map_err(|e| e.to_string())?;
    let fact = ChildOpened { who, child: run.id.clone(), in_box, rollback, runbook: book.file, out_of_order };
    Ok((fact, Box::new(run)))
}

/// Returns the runbooks that led to `run`: its own, then that of its parent, and so on.
fn way_to(reader: &Reader, run: &Run) -> Result<Vec<String>, QueryError> {
    let mut way = vec![run.opened.runbook.clone()];
    let mut above = run.opened.parent.clone();
    while let Some(parent) = above.filter(|_| way.len() < LINKED) {
        let first = reader.load(&parent.run)?.events.into_iter().next();
        let Some(Event::RunOpened(opened)) = first.map(|e| e.event) else { break };
        way.push(opened.runbook.clone());
        above = opened.parent.clone();
    }
    Ok(way)
}

/// Checks that what a child needs was settled when its parent was opened or taken up: only then can a person be asked.
fn settled(log: &Log, book: &Book) -> Result<(), String> {
    let again = "leave this run with q and take it up again, then it is asked";
    let runbook = &book.loaded.runbook;
    if Part::of(&book.file, runbook).is_some() && !log.vault().allows(&runbook.sha256) {
        return Err(format!(
            "the linked runbook runs something on this machine, and nobody has trusted it: {again}"
        ));
    }
    match declared(runbook).find(|(var, _)| !log.vault().has(&var.name)) {
        Some((var, _)) => Err(format!("the linked runbook needs the secret {}: {again}", var.name)),
        None => Ok(()),
    }
}

/// Returns the sentence of a failure to read a runbook, with the first finding's place when it was read and is wrong.
#[must_use]
pub fn words(error: &LoadError) -> String {
    match error {
        LoadError::Invalid { path, findings, .. } => {
            let first = findings.iter().find(|f| f.is_error());
            let told = first.map(|f| match &f.place {
                Some(p) => format!("{}:{}:{}: {}", path.display(), p.line, p.column, f.message),
                None => format!("{}: {}", path.display(), f.message),
            });
            told.unwrap_or_else(|| error.to_string())
        }
        other => other.to_string(),
    }
}

/// Reads a small file beside a runbook (environments, answers), at most 1 MiB of it.
///
/// # Errors
/// [`Fail::Invalid`] with the reason.
pub fn read_small(path: &Path) -> Result<Vec<u8>, Fail> {
    read_limited(path, runbook::MAX_BYTES).map_err(|e| Fail::Invalid(format!("failed to {e}")))
}
