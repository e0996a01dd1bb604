//! The rows of runs, with the cache that spares reading the closed ones, and without.

use std::fs;
use std::path::{Path, PathBuf};

use gonogo::audit::query::Reader;
use gonogo::report::Row;
use gonogo::runtime::listing;

use super::tools::{at, attacker, close, note, open, run_closed, run_opened, sample};
use crate::support::temp::TempDir;

/// A log of a closed run `one` and an open run `two` behind many closed ones, and a place for caches.
fn place(dir: &TempDir) -> (PathBuf, PathBuf) {
    let log = dir.join("log.db");
    let (writer, _, ended) = open(&log);
    let append = |run: &str, entries| writer.append(Some(run), entries, at(1)).wait().expect("recorded");
    for n in 0..40 {
        append(&format!("old-{n}"), vec![run_opened("Before"), run_closed()]);
    }
    append("one", vec![run_opened("Release")]);
    append("two", vec![run_opened("Restore drill")]);
    append("one", vec![note("all is well"), run_closed()]);
    close(writer, ended);
    (log, dir.join("caches"))
}

fn rows(log: &Path, caches: &Path) -> Vec<Row> {
    let reader = Reader::open(log).expect("it opens");
    let (rows, failed) = listing::rows(&reader, log, caches, false).expect("it is read");
    assert_eq!(failed, [""; 0]);
    let (open, _) = listing::rows(&reader, log, caches, true).expect("it is read");
    assert_eq!(open, rows.iter().filter(|row| row.closed.is_none()).cloned().collect::<Vec<_>>());
    rows
}

/// Returns the rows as they are without a cache, which those with it must be.
fn both(log: &Path, caches: &Path) -> Vec<Row> {
    let cached = rows(log, caches);
    let none = TempDir::new("no-caches");
    assert_eq!(cached, rows(log, none.path()));
    cached
}

fn states(rows: &[Row]) -> Vec<(&str, &str)> {
    let shown = rows.iter().filter(|row| !row.id.starts_with("old-"));
    shown.map(|row| (row.id.as_str(), &*row.state)).collect()
}

/// Returns the one cache.
fn cache(caches: &Path) -> PathBuf {
    let mut files = fs::read_dir(caches).expect("a directory").map(|file| file.expect("a file").path());
    let found = files.next().expect("a cache");
    assert_eq!(files.next(), None, "and nothing beside it");
    found
}

fn edit(cache: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(cache).expect("read");
    assert!(text.contains(from), "{text}");
    fs::write(cache, text.replace(from, to)).expect("written");
}

#[test]
fn rows_are_the_same_with_a_cache_and_without() {
    let dir = TempDir::new("listing");
    let (log, caches) = place(&dir);
    assert_eq!(states(&both(&log, &caches)), [("one", "completed"), ("two", "open")]);
    let first = fs::read(cache(&caches)).expect("read");
    assert_eq!(states(&both(&log, &caches)), [("one", "completed"), ("two", "open")]);
    assert_eq!(fs::read(cache(&caches)).expect("read"), first, "nothing is new");
    // A run is closed, a closed one gets a late note, and one is new.
    let (writer, _, ended) = open(&log);
    let append = |run: &str, entries| writer.append(Some(run), entries, at(2)).wait().expect("recorded");
    append("two", vec![run_closed()]);
    append("one", vec![note("late")]);
    append("three", vec![run_opened("Hotfix")]);
    close(writer, ended);
    let now = [("one", "completed"), ("two", "completed"), ("three", "open")];
    assert_eq!(states(&both(&log, &caches)), now);
    assert_eq!(states(&both(&log, &caches)), now);
}

#[test]
fn a_cache_is_for_its_owner_alone_and_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new("listing");
    let (log, caches) = place(&dir);
    rows(&log, &caches);
    let file = cache(&caches);
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&caches), mode(&file)), (0o700, 0o600));
    // Closed runs are not read any more: one that no longer holds is still listed, and `verify` says what is wrong.
    let conn = attacker(&log);
    let sql = "SELECT sql FROM sqlite_schema WHERE name = 'event_update'";
    let trigger: String = conn.query_row(sql, [], |row| row.get(0)).expect("a trigger");
    let spoil = "DROP TRIGGER event_update; UPDATE event SET body = 'x' WHERE kind = 'note.added'";
    conn.execute_batch(&format!("{spoil}; {trigger}")).expect("changed");
    drop(conn);
    assert_eq!(states(&rows(&log, &caches)), [("one", "completed"), ("two", "open")]);
    fs::remove_file(&file).expect("removed");
    let reader = Reader::open(&log).expect("it opens");
    let (found, failed) = listing::rows(&reader, &log, &caches, false).expect("it is read");
    assert_eq!(states(&found), [("two", "open")]);
    assert!(failed[0].contains("run one"), "{failed:?}");
}

#[test]
fn a_wrong_cache_is_none() {
    let dir = TempDir::new("listing");
    let (log, caches) = place(&dir);
    let right = rows(&log, &caches);
    let file = cache(&caches);
    let kept = fs::read(&file).expect("read");
    let spoilt = |spoil: &dyn Fn()| {
        fs::write(&file, &kept).expect("written");
        spoil();
        assert_eq!(rows(&log, &caches), right);
        assert_eq!(fs::read(&file).expect("read"), kept, "and it is made anew");
    };
    spoilt(&|| edit(&file, "Release", "Retease"));
    spoilt(&|| edit(&file, "completed", "abandoned"));
    let first = String::from_utf8_lossy(&kept).lines().next().expect("a line").to_owned();
    for word in first.split(' ').skip(2) {
        // Another version, log or signers; another size; another head; another sum.
        let other = if let Ok(size) = word.parse::<u64>() { (size - 1).to_string() } else { "0".repeat(64) };
        spoilt(&|| edit(&file, word, &other));
    }
    spoilt(&|| fs::write(&file, b"{").expect("written"));
    spoilt(&|| fs::write(&file, &kept[..kept.len() / 2]).expect("written"));
    spoilt(&|| fs::write(&file, b"").expect("written"));
}

#[test]
fn a_cache_of_another_past_is_none() {
    let dir = TempDir::new("listing");
    let (log, caches) = place(&dir);
    let copy = dir.join("earlier.db");
    fs::copy(&log, &copy).expect("copied");
    let (writer, _, ended) = open(&log);
    writer.append(Some("two"), vec![run_closed()], at(2)).wait().expect("recorded");
    close(writer, ended);
    assert_eq!(states(&rows(&log, &caches)), [("one", "completed"), ("two", "completed")]);
    // The same log, and the cache of what came later.
    assert_eq!(states(&rows(&copy, &caches)), [("one", "completed"), ("two", "open")]);
    let (writer, _, ended) = open(&copy);
    writer.append(Some("other"), vec![run_opened("Other")], at(2)).wait().expect("recorded");
    close(writer, ended);
    assert_eq!(states(&both(&copy, &caches)), [("one", "completed"), ("two", "open"), ("other", "open")]);
}

#[test]
fn a_few_runs_need_no_cache() {
    let dir = TempDir::new("listing");
    let (log, caches) = (sample(&dir), dir.join("caches"));
    assert_eq!(states(&rows(&log, &caches)), [("one", "completed"), ("two", "completed")]);
    assert!(!caches.exists());
}

#[test]
fn a_place_that_cannot_be_written_is_no_hindrance() {
    let dir = TempDir::new("listing");
    let (log, caches) = place(&dir);
    fs::write(&caches, b"a file").expect("written");
    assert_eq!(states(&rows(&log, &caches)), [("one", "completed"), ("two", "open")]);
}
