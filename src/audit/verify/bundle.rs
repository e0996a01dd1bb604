//! Verifying a bundle: its files become the rows of a log again, each run is walked along its own chain, and the sums
//! are compared. Nothing of the bundle is executed, and nothing outside of it is read.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use rusqlite::{Connection, params};

use super::report::{Flaw, Report};
use super::{Scope, walk, witness};
use crate::audit::chain::{is_hash, sha256_hex};
use crate::audit::chunk;
use crate::audit::ids;
use crate::audit::row::{MAX_BODY, to_sql};
use crate::audit::store::connect::plain;
use crate::sign::sshsig;

/// A temporary database of SQLite's own, with the columns that the walk reads.
const TABLES: &str = "
    CREATE TABLE event(seq INTEGER PRIMARY KEY, run TEXT, kind TEXT, body TEXT, sig TEXT, prev TEXT, run_prev TEXT,
        body_sha TEXT, sig_sha TEXT, hash TEXT);
    CREATE TABLE chunk(seq INTEGER PRIMARY KEY, codec INTEGER, raw_len INTEGER, data BLOB);
    CREATE INDEX by_run ON event(run, seq);";

/// Verifies the bundle in the directory `path`; of the scope only who may sign is taken.
///
/// # Errors
/// When it is no bundle: there are no links to read. Everything else is a finding.
pub fn bundle(path: &Path, scope: &Scope) -> io::Result<Report> {
    let mut report = Report::new(path.to_owned());
    report.judged = scope.allowed.is_some();
    let links = limited(&path.join("links"), 1 << 30)?;
    let read = (|| {
        let conn = Connection::open("")?;
        conn.execute_batch(TABLES)?;
        let runs = load(&conn, path, links, &mut report)?;
        for run in runs {
            let scope = Scope { run: Some(run), ..scope.clone() };
            walk::events(&conn, &scope, &mut report)?;
            witness::judge(&conn, &scope, &mut report)?;
        }
        Ok::<_, rusqlite::Error>(())
    })();
    if let Err(error) = read {
        report.flaw(None, Flaw::Unreadable, format!("reading stopped: {error}"));
    }
    sums(path, &mut report);
    Ok(report)
}

/// Opens a regular file that is not longer than `most`.
fn limited(path: &Path, most: u64) -> io::Result<io::Take<File>> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if !about.is_file() || about.len() > most {
        return Err(io::Error::other("it is no regular file, or too large"));
    }
    Ok(file.take(most))
}

/// Reads a file; `None` when there is none.
fn read(path: &Path, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    match limited(path, most as u64) {
        Ok(mut file) => file.read_to_end(&mut bytes).map(|_| Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts the events into the tables; returns the runs.
fn load(
    conn: &Connection,
    path: &Path,
    links: io::Take<File>,
    report: &mut Report,
) -> rusqlite::Result<BTreeSet<String>> {
    let mut runs = BTreeSet::new();
    for (n, line) in BufReader::new(links).lines().enumerate() {
        if report.hopeless() {
            break;
        }
        let columns = line.unwrap_or_default();
        let columns: Vec<&str> = columns.split('\t').collect();
        let [seq, run, kind, prev, run_prev, body_sha, sig_sha, hash] = columns[..] else {
            report.flaw(None, Flaw::Order, format!("line {} of the links is none", n + 1));
            continue;
        };
        let hashes = [prev, run_prev, body_sha, hash].into_iter().all(is_hash);
        let number = seq.parse::<u64>().ok().filter(|n| n.to_string() == seq);
        let (Some(number), true, true) = (number, hashes, ids::is_run(run)) else {
            report.flaw(None, Flaw::Order, format!("line {} of the links is none", n + 1));
            continue;
        };
        let mut file = |folder: &str, name: String, most| {
            read(&path.join(folder).join(&name), most).unwrap_or_else(|error| {
                report.flaw(
                    Some(number),
                    Flaw::Unreadable,
                    format!("{folder}/{name}: {}", plain(&error.to_string())),
                );
                None
            })
        };
        let body = file("events", format!("{seq}.json"), MAX_BODY + 1);
        let sig = file("signatures", format!("{seq}.sig"), sshsig::MOST);
        let data = file("output", seq.to_owned(), chunk::MAX_RAW);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        // Only the one line feed is not a part of the body.
        let body = body.map(text).and_then(|body| body.strip_suffix('\n').map(str::to_owned));
        if body.is_none() {
            report.flaw(Some(number), Flaw::Body, "its body is missing");
        }
        let inserted = conn
            .prepare_cached("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
            .execute(params![
                to_sql(number),
                run,
                kind,
                body,
                sig.map(text),
                prev,
                run_prev,
                body_sha,
                sig_sha,
                hash
            ]);
        if inserted.is_err() {
            report.flaw(Some(number), Flaw::Order, "it stands twice");
            continue;
        }
        if let Some(data) = data {
            let length = to_sql(data.len() as u64);
            conn.prepare_cached("INSERT INTO chunk VALUES (?1, 0, ?2, ?3)")?.execute(params![
                to_sql(number),
                length,
                data
            ])?;
        }
        runs.insert(run.to_owned());
    }
    if runs.is_empty() {
        report.flaw(None, Flaw::Order, "there is no event");
    }
    Ok(runs)
}

/// Compares the files with the sums that were exported with them.
fn sums(path: &Path, report: &mut Report) {
    let lines = limited(&path.join("SHA256SUMS"), 1 << 30);
    let Ok(lines) = lines else {
        return report.flaw(None, Flaw::Sums, "SHA256SUMS is missing");
    };
    for line in BufReader::new(lines).lines() {
        let line = line.unwrap_or_default();
        let parts = line.split_once("  ").filter(|(sum, name)| is_hash(sum) && inside(name));
        let Some((sum, name)) = parts else {
            report.flaw(None, Flaw::Sums, "a line of SHA256SUMS is none");
            continue;
        };
        let found = read(&path.join(name), 64 << 20).ok().flatten().map(|bytes| sha256_hex(&bytes));
        if found.as_deref() != Some(sum) {
            report.flaw(None, Flaw::Sums, format!("{name} is not the file that was exported"));
        }
        if report.hopeless() {
            return;
        }
    }
}

/// Returns whether the name is one of the bundle's own.
fn inside(name: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part != "." && part != "..";
    name.split('/').all(part) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b))
}
