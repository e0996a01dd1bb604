//! The rows of a log's runs, and the cache that spares folding those that are closed.
//!
//! Invariant: a row is taken from the cache only if the log still holds the very event that was its head then, and no event
//! of the run has come since: then folding the run again would give the same row. It counts for the same version of gonogo
//! and the same signers only. A cache that cannot be read, or written, is none.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use crate::audit::chain::sha256_hex;
use crate::audit::query::{QueryError, Reader};
use crate::audit::store::tail::Head;
use crate::report::{Row, from_json, row, to_json};
use crate::runtime::{Fail, resuming};

/// Closed runs from which on a cache is kept: fewer are read as fast.
const WORTH: usize = 32;

/// Threads that read runs, at most.
const THREADS: usize = 4;

/// The first words of a cache.
const HEAD: &str = "gonogo-runs v1";

/// What is kept for the next time: runs with the rows of those that are closed.
#[derive(Debug)]
struct Kept {
    /// The version of gonogo, the log and the signers, hashed.
    of: String,
    head: Head,
    runs: Vec<(String, Option<Row>)>,
}

/// Returns the rows of the runs in the order in which they were opened, without the closed ones if only the `open` are
/// wanted, and what keeps single runs from being read. `log` is the file of `reader`; the cache lies in the directory
/// `caches`.
///
/// # Errors
/// When the log cannot be read.
pub fn rows(
    reader: &Reader,
    log: &Path,
    caches: &Path,
    open: bool,
) -> Result<(Vec<Row>, Vec<String>), QueryError> {
    let id = reader.log_id()?;
    let path = caches.join(format!("runs-{id}"));
    // Only compared with what the same version wrote, so any form that tells them apart will do.
    let signers = format!("{:?}", reader.allowed());
    let of = sha256_hex(format!("{} {id} {signers}", env!("CARGO_PKG_VERSION")).as_bytes());
    let head = reader.head()?;
    let kept = match Kept::read(&path, &of) {
        Some(kept) if reader.had(&kept.head)? => kept,
        _ => Kept { of: of.clone(), head: Head { size: 0, hash: String::new() }, runs: Vec::new() },
    };
    let since = kept.head.size;
    let touched = if since == head.size { Vec::new() } else { reader.runs_after(since)? };
    let known: BTreeSet<&str> = kept.runs.iter().map(|(run, _)| run.as_str()).collect();
    let new: Vec<String> = touched.iter().filter(|run| !known.contains(run.as_str())).cloned().collect();
    let again: BTreeSet<String> = touched.into_iter().collect();
    let mut runs = kept.runs;
    runs.extend(new.into_iter().map(|run| (run, None)));
    for (run, kept) in &mut runs {
        kept.take_if(|_| again.contains(run));
    }
    let wanted: Vec<&str> =
        runs.iter().filter(|(_, kept)| kept.is_none()).map(|(run, _)| run.as_str()).collect();
    let mut folded = folded(reader, log, &wanted)?.into_iter();
    let (mut rows, mut failed) = (Vec::new(), Vec::new());
    for (run, kept) in &mut runs {
        if let Some(row) = kept {
            rows.extend((!open).then(|| row.clone()));
            continue;
        }
        match folded.next() {
            Some(Ok(row)) => {
                let closed = row.closed.is_some();
                *kept = closed.then(|| row.clone());
                rows.extend((!open || !closed).then_some(row));
            }
            Some(Err(why)) => failed.push(format!("run {run}: {why}")),
            None => {}
        }
    }
    let closed = runs.iter().filter(|(_, kept)| kept.is_some()).count();
    if since != head.size && closed >= WORTH {
        Kept { of, head, runs }.write(&path);
    }
    Ok((rows, failed))
}

/// Returns the row of each run, or why there is none. Many are read by several threads.
fn folded(reader: &Reader, log: &Path, runs: &[&str]) -> Result<Vec<Result<Row, Fail>>, QueryError> {
    let each = |reader: &Reader, runs: &[&str]| -> Vec<Result<Row, Fail>> {
        let one = |run: &&str| resuming::fold(reader, run).map(|f| row(&resuming::as_it_stands(log, f).run));
        runs.iter().map(one).collect()
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(THREADS);
    if threads == 1 || runs.len() < WORTH {
        return Ok(each(reader, runs));
    }
    let parts = runs.chunks(runs.len().div_ceil(threads));
    let allowed = reader.allowed();
    thread::scope(|scope| {
        let part = |part| scope.spawn(move || Ok(each(&Reader::open(log)?.judging(allowed.clone()), part)));
        let parts: Vec<_> = parts.map(part).collect();
        let parts = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        parts.collect::<Result<Vec<_>, QueryError>>().map(|parts| parts.into_iter().flatten().collect())
    })
}

impl Kept {
    fn read(path: &Path, of: &str) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let (first, runs) = text.split_once('\n')?;
        let [its, size, hash, sum] =
            first.strip_prefix(HEAD)?.trim_start().split(' ').collect::<Vec<_>>()[..]
        else {
            return None;
        };
        if its != of || sum != sha256_hex(runs.as_bytes()) {
            return None;
        }
        let head = Head { size: size.parse().ok()?, hash: hash.to_owned() };
        Some(Self { of: of.to_owned(), head, runs: from_json(runs)? })
    }

    /// Writes it whole or not at all. Whoever cannot keep it reads the log the next time, too.
    fn write(&self, path: &Path) {
        let Some(runs) = to_json(&self.runs) else { return };
        let (of, Head { size, hash }, sum) = (&self.of, &self.head, sha256_hex(runs.as_bytes()));
        let text = format!("{HEAD} {of} {size} {hash} {sum}\n{runs}");
        let part: PathBuf = path.with_extension(format!("{}.part", std::process::id()));
        let written = private(&part, path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&part, path));
        if written.is_err() {
            fs::remove_file(&part).unwrap_or_default();
        }
    }
}

/// Makes `part` beside `path` for its owner alone.
fn private(part: &Path, path: &Path) -> std::io::Result<fs::File> {
    if let Some(caches) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(caches)?;
    }
    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part)
}
