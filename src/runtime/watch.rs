//! Whether the files of open runs still hold the text that the runs keep: a look now and then, in a task of its own,
//! because a file may lie on a disk that does not answer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::report::changes::{Disk, changes};
use crate::run::state::Run;
use crate::runbook::load::{LoadError, read_limited};
use crate::runbook::{MAX_BYTES, Runbook, parse};
use crate::runtime::opening::SHIPPED;
use crate::runtime::worker::{Answer, Worker};
use crate::tui::app::App;

/// How often files are looked at.
pub const EVERY: Duration = Duration::from_secs(5);

/// What tells, without reading it, that a file is as it was: its size, the time of its change and its inode.
type Mark = (u64, i64, i64, u64);

/// What was found when a file was last read.
type Found = (Option<Mark>, Option<Disk>);

/// What is known of files, by the run that was opened from each. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    found: Arc<Mutex<BTreeMap<String, Found>>>,
    busy: Arc<Mutex<BTreeSet<String>>>,
    ticks: u64,
}

impl Watch {
    /// Looks at the files of the open runs of `app` every few of its ticks, the first included. The answer goes to the
    /// frontend. A file that has not answered yet is not asked again.
    pub fn tick(&mut self, app: &App, worker: &Worker) {
        let due = self.ticks.is_multiple_of(EVERY.as_secs());
        self.ticks += 1;
        if !due {
            return;
        }
        for run in app.shared.runs.iter().map(|driven| driven.run()) {
            let id = run.id.clone();
            let Some((file, kept)) = of(run) else { continue };
            if !lock(&self.busy).insert(id.clone()) {
                continue;
            }
            let watch = self.clone();
            worker.spawn(async move {
                let disk = watch.look(&id, file, kept).await;
                lock(&watch.busy).remove(&id);
                Answer::Disk { run: id, disk }
            });
        }
    }

    /// Returns what `file` holds if that is not `kept`, the text of the run called `run`. It is read only when it
    /// looks different from the last time.
    pub async fn look(&self, run: &str, file: PathBuf, kept: Arc<Runbook>) -> Option<Disk> {
        let before = lock(&self.found).get(run).cloned();
        let looked = tokio::task::spawn_blocking(move || {
            let mark = mark(&file);
            match before {
                Some((known, disk)) if known == mark => (mark, disk),
                _ => (mark, read(&file, &kept)),
            }
        });
        let found = looked.await.ok()?;
        let disk = found.1.clone();
        lock(&self.found).insert(run.to_owned(), found);
        disk
    }
}

/// Returns the file of an open run and the text that the run keeps; none where there is no file.
#[must_use]
pub fn of(run: &Run) -> Option<(PathBuf, Arc<Runbook>)> {
    let file = &run.opened.runbook;
    let watched = run.closed.is_none() && !file.starts_with(SHIPPED);
    watched.then(|| (PathBuf::from(file), Arc::clone(&run.source)))
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn mark(file: &Path) -> Option<Mark> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = std::fs::metadata(file).ok()?;
    Some((meta.len(), meta.mtime(), meta.mtime_nsec(), meta.ino()))
}

fn read(file: &Path, kept: &Runbook) -> Option<Disk> {
    let bytes = match read_limited(file, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => {
            let now = match &error {
                LoadError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                    "missing".to_owned()
                }
                other => format!("cannot be read: {other}"),
            };
            return Some(Disk { changes: vec![format!("the file: {now}")], now });
        }
    };
    let now = crate::audit::chain::sha256_hex(&bytes);
    if now == kept.sha256 {
        return None;
    }
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let changes = match parse(&name, &bytes) {
        Ok((new, _)) => {
            let all: Vec<String> = changes(kept, &new).iter().map(|change| change.words()).collect();
            if all.is_empty() { vec!["no box, step or value differs".to_owned()] } else { all }
        }
        Err(findings) => {
            let first = findings.iter().find(|f| f.is_error());
            let why = first.map(|f| f.message.clone()).unwrap_or_default();
            vec![format!("the file has errors now: {why}")]
        }
    };
    Some(Disk { now, changes })
}
