//! A disk that fails, writes half, fills up or is gone at the N-th operation, whichever it is.

use std::path::Path;
use std::process::Command;

use gonogo::audit::query::Reader;
use gonogo::audit::relocate::{MoveError, relocate};
use gonogo::audit::store::refuse::Refusal;
use gonogo::audit::writer::LogWriter;

use super::kill::{Heard, command, nothing_lost};
use super::tools::{at, close, note, open, opening, run_closed, run_opened, verified};
use crate::support::faults::{KINDS, inject};
use crate::support::temp::TempDir;

/// Runs a writer whose operation `nth` fails, to its end; returns what it said.
fn writer(path: &Path, kind: &str, nth: u32) -> Heard {
    let mut own = Command::new(std::env::current_exe().unwrap());
    inject(&mut own, kind, nth);
    let out = command(own, path, u64::from(nth), 4 + u64::from(nth) / 8).wait_with_output().unwrap().stdout;
    let mut heard = Heard::default();
    String::from_utf8_lossy(&out).lines().for_each(|line| heard.take(line));
    heard
}

/// Whatever fails: every acknowledged event is there, the log holds, nothing new is taken by a log that is not well, and
/// once the disk works again the log goes on.
fn at_every_operation(kind: &str) {
    let mut hit = 0;
    for nth in 1..=200 {
        let dir = TempDir::new("fault");
        let path = dir.join("log.db");
        let heard = writer(&path, kind, nth);
        let case = format!("{kind} at operation {nth}: {:?}", heard.lines);
        assert!(!heard.lines.iter().any(|line| line == "NEW TAKEN"), "{case}");
        let failed = heard.lines.iter().any(|l| l.starts_with("ERR") || l.starts_with("REFUSED"));
        hit += usize::from(failed);
        if path.exists() {
            nothing_lost(&path, &heard);
        } else {
            assert!(heard.acks.is_empty(), "{case}");
        }
        let (writer, _, ended) = open(&path);
        writer.append(Some("r"), vec![note("again")], at(3)).wait().expect(&case);
        close(writer, ended);
        assert!(verified(&path).sound(), "{case}");
    }
    match kind {
        // SQLite and the program write the rest of what was cut short.
        "short" => assert_eq!(hit, 0),
        // One failure may be healed by opening the log anew, but not while it is made or opened.
        "fail" => assert!(hit >= 20, "{hit}"),
        _ => assert!(hit >= 190, "{hit}"),
    }
}

#[test]
fn a_write_that_fails_loses_nothing() {
    at_every_operation(KINDS[0]);
}

#[test]
fn a_write_that_is_cut_short_loses_nothing() {
    at_every_operation(KINDS[1]);
}

#[test]
fn a_disk_that_fills_up_loses_nothing() {
    at_every_operation(KINDS[2]);
}

#[test]
fn a_disk_that_is_gone_loses_nothing() {
    at_every_operation(KINDS[3]);
}

/// The way out: the log goes on elsewhere, whole, and names where it was; the old file is closed for good.
#[test]
fn a_log_is_moved_whole_and_goes_on_there_alone() {
    let (dir, other) = (TempDir::new("move"), TempDir::new("moveto"));
    let (path, new) = (dir.join("log.db"), other.join("new/log.db"));
    let (writer, opened, ended) = open(&path);
    writer.append(Some("one"), vec![run_opened("Release"), note("before")], at(1)).wait().unwrap();
    assert!(matches!(relocate(&opening(&path), &new), Err(MoveError::Busy(_))));
    // The process dies: what it wrote last is in the write-ahead log alone.
    drop(writer);
    ended.wait();
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.query_row("SELECT count(*) FROM event", [], |_| Ok(())).unwrap();
    assert!(matches!(relocate(&opening(&path), &path), Err(MoveError::Exists(_))));
    let before = Reader::open(&path).unwrap().head().unwrap();
    let moved = relocate(&opening(&path), &new).unwrap();
    drop(reader);
    assert_eq!((moved.head, &moved.to), (before.clone(), &new));
    let refused = LogWriter::open(opening(&path)).map(drop).unwrap_err();
    assert_eq!(refused.refusal(), Some(&Refusal::Moved(new.display().to_string())), "{refused}");
    assert_eq!(Reader::open(&path).unwrap().head().unwrap(), before, "it can still be read");
    let (writer, again, ended) = open(&new);
    assert_eq!((&again.log, again.created), (&opened.log, false));
    writer.append(Some("one"), vec![note("after"), run_closed()], at(2)).wait().unwrap();
    close(writer, ended);
    let report = verified(&new);
    assert!(report.sound(), "{report}");
    let run = Reader::open(&new).unwrap().load("one").unwrap();
    assert_eq!(run.events.len(), 4, "the run goes on in one piece");
    let heads = std::fs::read_to_string(other.join("new/log.db.heads")).unwrap();
    assert_eq!(heads.lines().count(), 2, "its opening came with it");
    let again = relocate(&opening(&path), &new);
    assert!(matches!(again, Err(MoveError::Exists(_))), "{again:?}");
    // It goes on in one place alone.
    let third = relocate(&opening(&path), &other.join("third.db"));
    assert!(matches!(third, Err(MoveError::Open(ref e)) if matches!(e.refusal(), Some(Refusal::Moved(_)))));
}

/// A move that ended before the new log had its name is done by the next.
#[test]
fn a_move_that_was_cut_short_is_done_by_the_next() {
    let (dir, other) = (TempDir::new("movecut"), TempDir::new("movecutto"));
    let path = super::tools::sample(&dir);
    let new = other.join("log.db");
    relocate(&opening(&path), &new).unwrap();
    std::fs::rename(&new, other.join("log.db.new")).unwrap();
    assert!(LogWriter::open(opening(&path)).is_err(), "the old one is closed already");
    let moved = relocate(&opening(&path), &new).unwrap();
    assert_eq!(moved.head, verified(&new).head().unwrap());
    let (writer, _, ended) = open(&new);
    close(writer, ended);
    assert!(verified(&new).sound());
}

#[test]
fn a_log_that_does_not_verify_is_not_moved() {
    let (dir, other) = (TempDir::new("movebad"), TempDir::new("movebadto"));
    let path = super::tools::sample(&dir);
    let conn = super::tools::attacker(&path);
    let trigger: String = conn
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'event_update'", [], |row| row.get(0))
        .unwrap();
    conn.execute_batch("DROP TRIGGER event_update; UPDATE event SET body = replace(body, 'first', 'worst')")
        .unwrap();
    conn.execute_batch(&trigger).unwrap();
    drop(conn);
    let new = other.join("log.db");
    assert!(matches!(relocate(&opening(&path), &new), Err(MoveError::Broken { .. })));
    assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0, "nothing is left of it");
    assert!(!dir.join("log.db.moved").exists());
}
