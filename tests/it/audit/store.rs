//! Files that are no log, or none to be written: refused in one sentence, with no byte changed.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use gonogo::audit::query::Reader;
use gonogo::audit::store::refuse::{OpenError, Refusal};
use gonogo::audit::writer::LogWriter;

use super::tools::{attacker, close, note, open, opening, sample, verified};
use crate::support::temp::TempDir;

/// Everything below the directory: name, kind, mode and bytes.
fn picture(dir: &Path) -> Vec<(PathBuf, u32, Option<Vec<u8>>)> {
    let mut out = Vec::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let meta = fs::symlink_metadata(&path).unwrap();
            if meta.is_dir() {
                todo.push(path.clone());
            }
            let bytes = meta.is_file().then(|| fs::read(&path).unwrap());
            out.push((path, meta.permissions().mode(), bytes));
        }
    }
    out.sort();
    out
}

/// Opens `path` to write, which has to be refused without any change; returns why.
fn refused(dir: &TempDir, path: &Path) -> (Refusal, String) {
    let before = picture(dir.path());
    let error = LogWriter::open(opening(path)).map(drop).expect_err("this is no log to write");
    assert_eq!(picture(dir.path()), before, "{error}");
    let said = error.to_string();
    assert!(!said.contains('\n') && said.contains(&*dir.path().to_string_lossy()), "{said}");
    match error {
        OpenError::Refused { why, .. } => (why, said),
        other => panic!("{other:?}"),
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn files_and_directories_are_for_their_owner_alone() {
    let dir = TempDir::new("modes");
    let path = dir.join("new/log.db");
    let (writer, _, ended) = open(&path);
    writer.append(Some("r"), vec![super::tools::run_closed()], super::tools::at(1)).wait().unwrap();
    let mut seen = 0;
    for (path, mode, _) in picture(dir.path()) {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode & 0o7777, expected, "{}", path.display());
        seen += 1;
    }
    // The directory, the log, -wal, -shm, .lock, .reserve, .heads, .locks and the session's lock.
    assert_eq!(seen, 9);
    close(writer, ended);
}

#[test]
fn what_is_not_a_regular_file_is_refused() {
    let dir = TempDir::new("kinds");
    let log = sample(&dir);
    let at = dir.join("at");
    fs::create_dir(&at).unwrap();
    assert_eq!(refused(&dir, &at).0, Refusal::Directory);
    fs::remove_dir(&at).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&at).status().unwrap().success());
    assert_eq!(refused(&dir, &at).0, Refusal::Special("named pipe"));
    fs::remove_file(&at).unwrap();
    symlink(&log, &at).unwrap();
    assert_eq!(refused(&dir, &at).0, Refusal::Symlink);
    fs::remove_file(&at).unwrap();
    symlink(dir.join("nowhere"), &at).unwrap();
    assert_eq!(refused(&dir, &at).0, Refusal::Symlink);
    fs::remove_file(&at).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(&at).unwrap();
    assert_eq!(refused(&dir, &at).0, Refusal::Special("socket"));
    drop(socket);
    fs::hard_link(&log, dir.join("second.db")).unwrap();
    assert_eq!(refused(&dir, &log).0, Refusal::HardLinks(2));
}

#[test]
fn modes_and_owners_that_let_others_in_are_refused() {
    let dir = TempDir::new("others");
    let log = sample(&dir);
    for (bits, why) in [
        (0o400, Refusal::ReadOnly),
        (0o000, Refusal::ReadOnly),
        (0o644, Refusal::OpenToOthers),
        (0o666, Refusal::OpenToOthers),
    ] {
        mode(&log, bits);
        let (got, said) = refused(&dir, &log);
        assert_eq!(got, why);
        assert!(said.contains(&format!("mode {bits:04o}")) && said.contains("owner uid"), "{said}");
    }
    mode(&log, 0o600);
    mode(dir.path(), 0o777);
    assert_eq!(refused(&dir, &log).0, Refusal::DirectoryOpen);
    mode(dir.path(), 0o500);
    assert_eq!(refused(&dir, &log).0, Refusal::DirectoryReadOnly);
    mode(dir.path(), 0o700);
    for beside in ["log.db.lock", "log.db-wal", "log.db.reserve", "log.db.heads"] {
        let beside = dir.join(beside);
        fs::remove_file(&beside).ok();
        symlink("/dev/null", &beside).unwrap();
        assert_eq!(refused(&dir, &log).0, Refusal::Symlink);
        fs::remove_file(&beside).unwrap();
    }
    let (writer, _, ended) = open(&log);
    close(writer, ended);
    assert!(verified(&log).sound());
}

#[test]
fn a_directory_that_is_none_or_cannot_be_made_is_refused() {
    let dir = TempDir::new("parents");
    let file = dir.join("file");
    fs::write(&file, "x").unwrap();
    assert_eq!(refused(&dir, &file.join("log.db")).0, Refusal::ParentNotDirectory);
    assert!(matches!(refused(&dir, &file.join("deeper/log.db")).0, Refusal::NoDirectory(_)));
}

#[test]
fn what_is_not_this_programs_is_refused() {
    let dir = TempDir::new("foreign");
    let at = dir.join("at.db");
    fs::write(&at, "").unwrap();
    assert_eq!(refused(&dir, &at).0, Refusal::Empty);
    // Even where others may read it: what it is matters more than its mode.
    fs::write(&at, "#!/bin/sh\necho not a log\n").unwrap();
    assert_eq!(refused(&dir, &at).0, Refusal::NotSqlite);
    fs::write(&at, b"SQLite format 3\0").unwrap();
    assert!(matches!(refused(&dir, &at).0, Refusal::Truncated { .. }));
    fs::remove_file(&at).unwrap();
    for wal in [false, true] {
        let foreign = attacker(&at);
        let journal = if wal { "WAL" } else { "DELETE" };
        foreign
            .execute_batch(&format!("PRAGMA journal_mode={journal}; CREATE TABLE IF NOT EXISTS t(x)"))
            .unwrap();
        drop(foreign);
        mode(&at, 0o600);
        assert_eq!(refused(&dir, &at).0, Refusal::Foreign(0));
    }
}

#[test]
fn a_newer_or_another_schema_is_refused() {
    let dir = TempDir::new("schema");
    let log = sample(&dir);
    attacker(&log).execute_batch("PRAGMA user_version=2").unwrap();
    assert_eq!(refused(&dir, &log).0, Refusal::Version(2));
    attacker(&log).execute_batch("PRAGMA user_version=1; CREATE TABLE more(x)").unwrap();
    assert!(matches!(refused(&dir, &log).0, Refusal::Schema(_)));
    attacker(&log).execute_batch("DROP TABLE more; DROP TRIGGER event_update").unwrap();
    let (why, said) = refused(&dir, &log);
    assert_eq!(why, Refusal::Schema("the trigger event_update is missing".to_owned()), "{said}");
}

#[test]
fn a_log_whose_last_events_do_not_hold_is_not_written_on() {
    let dir = TempDir::new("tail");
    let log = sample(&dir);
    let conn = attacker(&log);
    let kept: String = conn
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'event_update'", [], |row| row.get(0))
        .unwrap();
    conn.execute_batch("DROP TRIGGER event_update; UPDATE event SET body = replace(body, 'last', 'lost')")
        .unwrap();
    conn.execute_batch(&kept).unwrap();
    drop(conn);
    // The schema's text is back, but not where it stood: order does not matter to it.
    let error = LogWriter::open(opening(&log)).map(drop).expect_err("the tail does not hold");
    assert!(matches!(error.refusal(), Some(Refusal::Tail(what)) if what.contains("event 10")), "{error}");
}

#[test]
fn a_wal_without_its_log_is_not_built_over() {
    let dir = TempDir::new("orphan");
    let log = dir.join("log.db");
    fs::write(dir.join("log.db-wal"), "frames").unwrap();
    mode(&dir.join("log.db-wal"), 0o600);
    let error = LogWriter::open(opening(&log)).map(drop).expect_err("the log is gone");
    assert_eq!(error.refusal(), Some(&Refusal::Orphan));
    assert!(!log.exists());
}

#[test]
fn every_truncation_is_refused_or_holds() {
    let dir = TempDir::new("cut");
    let log = sample(&dir);
    let (writer, _, ended) = open(&log);
    let bytes = super::tools::Dice::new(9).bytes(150_000);
    writer.append(Some("r"), vec![super::tools::output(1, 0, &bytes)], super::tools::at(1)).wait().unwrap();
    close(writer, ended);
    let whole = fs::read(&log).unwrap();
    assert!(whole.len() > 100_000, "{}", whole.len());
    let cut = dir.join("cut.db");
    for size in (0..whole.len()).step_by(512) {
        fs::write(&cut, &whole[..size]).unwrap();
        mode(&cut, 0o600);
        let (why, _) = refused(&dir, &cut);
        assert!(matches!(why, Refusal::Empty | Refusal::Truncated { .. }), "{size}: {why:?}");
        assert!(Reader::open(&cut).is_err());
        assert!(gonogo::audit::verify::verify(&cut).is_err());
    }
}

#[test]
fn a_lost_or_cut_wal_leaves_a_valid_prefix() {
    let dir = TempDir::new("wal");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    for n in 0..20 {
        writer.append(Some("r"), vec![note(&n.to_string())], super::tools::at(1)).wait().unwrap();
    }
    let (log, wal) = (fs::read(&path).unwrap(), fs::read(dir.join("log.db-wal")).unwrap());
    close(writer, ended);
    let mut sizes = Vec::new();
    for cut in (0..=wal.len()).step_by(5000).chain([wal.len()]) {
        let copy = TempDir::new("walcut");
        let path = copy.join("log.db");
        fs::write(&path, &log).unwrap();
        fs::write(copy.join("log.db-wal"), &wal[..cut]).unwrap();
        let report = verified(&path);
        assert!(report.sound(), "{cut}: {report}");
        sizes.push(report.events);
    }
    assert!(sizes.is_sorted());
    assert_eq!((sizes.first(), sizes.last()), (Some(&1), Some(&22)));
}

#[test]
fn what_an_unfinished_creation_left_is_swept() {
    let dir = TempDir::new("unfinished");
    for name in ["log.db.new", "log.db.new-wal", "log.db.new-shm"] {
        fs::write(dir.join(name), "half").unwrap();
    }
    let (writer, opened, ended) = open(&dir.join("log.db"));
    assert!(opened.created);
    close(writer, ended);
    assert!(verified(&dir.join("log.db")).sound());
    assert!(!dir.join("log.db.new").exists());
}

#[test]
fn readers_need_no_permission_to_write() {
    let dir = TempDir::new("evidence");
    let log = sample(&dir);
    let copy = TempDir::new("copy");
    let path = copy.join("evidence.db");
    fs::copy(&log, &path).unwrap();
    mode(&path, 0o444);
    mode(copy.path(), 0o555);
    assert!(verified(&path).sound());
    assert_eq!(Reader::open(&path).unwrap().runs().unwrap().len(), 2);
}
