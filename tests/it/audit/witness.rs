//! Heads that were kept elsewhere: what cannot be seen in the file alone is seen with them, and named.

use std::fs;
use std::path::{Path, PathBuf};

use gonogo::audit::copy::{CopyError, copy};
use gonogo::audit::heads::{self, Seen};
use gonogo::audit::query::Reader;
use gonogo::audit::rotate::{RotateError, rotate};
use gonogo::audit::store::refuse::Refusal;
use gonogo::audit::store::tail::Head;
use gonogo::audit::verify::{Breach, Heads, Report, Scope, Verdict, judged, verify};
use gonogo::audit::writer::LogWriter;

use super::forge::spoil;
use super::tools::{at, attacker, close, note, open, opening, run_closed, run_opened, sample, verified};
use crate::support::temp::TempDir;

/// Verifies against heads that were kept elsewhere.
fn held(path: &Path, seen: &[Seen]) -> Report {
    let heads = Heads { file: PathBuf::from("ticket.txt"), own: false, seen: seen.to_vec() };
    judged(path, &Scope { heads: Some(heads), ..Scope::default() }).expect("the log can be read")
}

fn kept(dir: &TempDir) -> Vec<Seen> {
    heads::read(&dir.join("log.db.heads")).expect("the heads file")
}

fn cut(path: &Path, after: u64) {
    spoil(path, &[], |conn| {
        conn.execute_batch(&format!(
            "DELETE FROM chunk WHERE seq > {after}; DELETE FROM event WHERE seq > {after}"
        ))
        .unwrap();
    });
}

fn breach(report: &Report, name: Breach) {
    assert_eq!(report.witness.breach, Some(name), "{report}");
    assert_eq!((report.chain(), report.witnesses()), (Verdict::Holds, Verdict::Fails), "{report}");
    assert!(!report.sound());
    let text = report.to_string();
    assert!(text.contains(&format!("witnesses    FAILS ({})", name.name())), "{text}");
}

#[test]
fn heads_that_agree_hold_and_say_what_came_after() {
    let dir = TempDir::new("agree");
    let path = sample(&dir);
    let report = held(&path, &kept(&dir));
    assert_eq!(report.witnesses(), Verdict::Holds, "{report}");
    assert_eq!((report.witness.agree, report.witness.covers), (4, 12));
    assert_eq!(report.witness.unwitnessed, Some(1), "the end of the session");
    assert_eq!((report.witness.tail, report.completeness()), (Some(0), Verdict::Holds));
    // Of what came after the newest head nobody can say that it is all.
    let report = held(&path, &kept(&dir)[..2]);
    assert_eq!((report.witness.tail, report.completeness()), (Some(8), Verdict::Open), "{report}");
    let said = "completeness open (8 events of runs after the newest head, 7 names not proven)";
    assert!(report.to_string().contains(said), "{report}");
    // The same heads, from beside the log: nothing is wrong, and nothing is proven.
    let own = Heads { file: dir.join("log.db.heads"), own: true, seen: kept(&dir) };
    let report = judged(&path, &Scope { heads: Some(own), ..Scope::default() }).unwrap();
    assert_eq!(report.witnesses(), Verdict::Open);
    assert!(report.to_string().contains("compare some kept elsewhere"), "{report}");
    // One run alone, along its own chain.
    let heads = Heads { file: dir.join("x"), own: false, seen: kept(&dir) };
    let run = Scope { heads: Some(heads), run: Some("two".to_owned()), ..Scope::default() };
    let report = judged(&path, &run).unwrap();
    assert_eq!((report.witness.agree, report.witnesses()), (2, Verdict::Holds), "{report}");
}

#[test]
fn a_run_whose_end_was_cut_is_truncated_even_alone() {
    let dir = TempDir::new("cutrun");
    let path = sample(&dir);
    let heads = Heads { file: dir.join("x"), own: false, seen: kept(&dir) };
    cut(&path, 10);
    let scope = Scope { heads: Some(heads), run: Some("one".to_owned()), ..Scope::default() };
    let report = judged(&path, &scope).unwrap();
    breach(&report, Breach::Truncated);
    assert!(report.to_string().contains("the run's last event is 10, and event 12 was "), "{report}");
}

#[test]
fn two_copies_that_both_went_on_are_forked() {
    let dir = TempDir::new("forked");
    let path = sample(&dir);
    let other = TempDir::new("forked2");
    copy(&path, &other.join("log.db")).unwrap();
    let go_on = |path: &Path, run: &str| {
        let (writer, _, ended) = open(path);
        writer.append(Some(run), vec![run_opened("More"), note(run), run_closed()], at(5)).wait().unwrap();
        close(writer, ended);
    };
    go_on(&path, "three");
    go_on(&other.join("log.db"), "four");
    let both = [kept(&dir), kept(&other)].concat();
    for path in [&path, &other.join("log.db")] {
        assert!(verified(path).sound());
        breach(&held(path, &both), Breach::Forked);
    }
    // Who sees only the other one's heads cannot tell a fork from a history made anew.
    breach(&held(&path, &kept(&other)), Breach::Rewritten);
    // A head in between that never was, with a later one that agrees: two histories as well.
    let mut seen = kept(&dir);
    seen[1].head.hash = "ab".repeat(32);
    breach(&held(&path, &seen), Breach::Forked);
}

#[test]
fn heads_of_another_log_witness_nothing() {
    let dir = TempDir::new("mine");
    let path = sample(&dir);
    let other = TempDir::new("other");
    sample(&other);
    let report = held(&path, &kept(&other));
    breach(&report, Breach::OtherLog);
    let mixed = [kept(&other), kept(&dir)].concat();
    let report = held(&path, &mixed);
    assert_eq!((report.witnesses(), report.witness.other_logs), (Verdict::Holds, 4), "{report}");
}

#[test]
fn heads_are_found_in_whatever_they_were_pasted_into() {
    let dir = TempDir::new("pasted");
    let path = sample(&dir);
    let seen = kept(&dir);
    let text = format!(
        "Ticket 7\n> `{}`\nNov 22 13:00:01 web-1 gonogo: {}\n\tnothing here\ngonogo-head v1 x 1 y z r\n",
        seen[1], seen[3]
    );
    fs::write(dir.join("ticket.txt"), text).unwrap();
    let found = heads::read(&dir.join("ticket.txt")).unwrap();
    assert_eq!(found, [seen[1].clone(), seen[3].clone()]);
    assert_eq!(held(&path, &found).witnesses(), Verdict::Holds);
}

#[test]
fn the_last_head_is_found_however_far_from_the_end_it_stands() {
    let dir = TempDir::new("last");
    let file = dir.join("heads");
    let seen = |log: &str, size| Seen {
        log: log.to_owned(),
        head: Head { size, hash: format!("{size:064x}") },
        at: at(1).wall,
        run: "one".to_owned(),
    };
    assert_eq!(heads::last(&file, "ours").unwrap(), None);
    let mut text = format!("{}\n{}\n", seen("ours", 1), seen("ours", 2));
    std::fs::write(&file, &text).unwrap();
    // As others' heads come to stand behind it, each border between what is read and what is not falls on another byte.
    for others in 0..1500 {
        if others % 7 == 0 || (400..500).contains(&others) {
            std::fs::write(&file, &text).unwrap();
            assert_eq!(heads::last(&file, "ours").unwrap(), Some(seen("ours", 2)), "{others} behind it");
        }
        text += &format!("{} {}\n", seen("theirs", others), "x".repeat(usize::try_from(others % 3).unwrap()));
    }
    std::fs::write(&file, &text).unwrap();
    assert_eq!(heads::last(&file, "nobody's").unwrap(), None);
    std::fs::write(&file, "x".repeat(1 << 20)).unwrap();
    assert_eq!(heads::last(&file, "ours").unwrap(), None);
}

#[test]
fn a_copy_overwrites_nothing_and_is_no_copy_of_a_broken_log() {
    let dir = TempDir::new("copies");
    let path = sample(&dir);
    fs::write(dir.join("mine"), "x").unwrap();
    assert!(matches!(copy(&path, &dir.join("mine")), Err(CopyError::Exists(_))));
    assert!(matches!(copy(&path, &path), Err(CopyError::Exists(_))));
    assert_eq!(fs::read(dir.join("mine")).unwrap(), b"x");
    assert!(matches!(copy(&path, &dir.join("none/backup.db")), Err(CopyError::Write { .. })));
    copy(&path, &dir.join("backup.db")).unwrap();
    let (writer, _, ended) = open(&dir.join("backup.db"));
    close(writer, ended);
    spoil(&path, &[], |conn| {
        conn.execute_batch("UPDATE event SET body = replace(body, 'first', 'worst')").unwrap();
    });
    assert!(matches!(copy(&path, &dir.join("broken.db")), Err(CopyError::Differs { .. })));
    assert!(!dir.join("broken.db").exists(), "nothing is left of it");
}

#[test]
fn a_rotated_log_ends_and_the_new_one_names_its_head() {
    let dir = TempDir::new("rotate");
    let path = sample(&dir);
    let rotated = rotate(&opening(&path)).unwrap();
    assert_eq!(rotated.kept, dir.join("log.db.1"));
    assert_eq!(rotated.before.size, 16);
    let old = verified(&rotated.kept);
    assert!(old.sound() && old.completeness() == Verdict::Holds, "{old}");
    assert_eq!(old.head().unwrap().hash, rotated.before.head);
    assert_eq!(old.witness.ended.as_deref(), Some("log.db.1"));
    let refused = LogWriter::open(opening(&rotated.kept)).map(drop).unwrap_err();
    assert_eq!(refused.refusal(), Some(&Refusal::ReadOnly), "{refused}");
    // Whoever makes it writable again finds that it has ended.
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(&rotated.kept, fs::Permissions::from_mode(0o600)).unwrap();
    let refused = LogWriter::open(opening(&rotated.kept)).map(drop).unwrap_err();
    assert_eq!(refused.refusal(), Some(&Refusal::Rotated), "{refused}");
    // The new one goes on, is verified, and looks at the old one.
    let (writer, opened, ended) = open(&path);
    assert_eq!((&opened.log, opened.recovered), (&rotated.log, None));
    writer.append(Some("three"), vec![run_opened("Next"), run_closed()], at(7)).wait().unwrap();
    close(writer, ended);
    let report = held(&path, &kept(&dir));
    assert_eq!(report.witnesses(), Verdict::Holds, "{report}");
    assert_eq!(report.witness.before.as_ref().and_then(|before| before.there), Some(true));
    assert!(report.to_string().contains("log.db.1, 16 events, head "), "{report}");
    assert_eq!(Reader::open(&path).unwrap().runs().unwrap().len(), 1);
    assert_eq!(Reader::open(&rotated.kept).unwrap().runs().unwrap().len(), 2);
    // Again: the next number.
    assert_eq!(rotate(&opening(&path)).unwrap().kept, dir.join("log.db.2"));
    assert!(verified(&path).sound() && verified(&dir.join("log.db.2")).sound());
    // Who touches a log that was kept is seen from the one after it.
    cut(&dir.join("log.db.2"), 4);
    let report = verified(&path);
    assert_eq!(report.witness.breach, Some(Breach::Rewritten), "{report}");
    fs::remove_file(dir.join("log.db.2")).unwrap();
    assert!(verified(&path).to_string().contains("(it cannot be read)"));
}

#[test]
fn a_log_with_open_runs_or_in_use_is_not_rotated() {
    let dir = TempDir::new("inuse");
    let path = dir.join("log.db");
    assert!(matches!(rotate(&opening(&path)), Err(RotateError::Open(_))));
    assert!(!dir.join("log.db.lock").exists(), "nothing is made where no log is");
    let (writer, _, ended) = open(&path);
    writer.append(Some("one"), vec![run_opened("Release")], at(1)).wait().unwrap();
    assert!(matches!(rotate(&opening(&path)), Err(RotateError::Busy { .. })));
    close(writer, ended);
    assert!(matches!(rotate(&opening(&path)), Err(RotateError::Runs { runs, .. }) if runs == ["one"]));
    let (writer, _, ended) = open(&path);
    writer.append(Some("one"), vec![run_closed()], at(2)).wait().unwrap();
    close(writer, ended);
    let reader = attacker(&path);
    reader.query_row("SELECT count(*) FROM event", [], |_| Ok(())).unwrap();
    assert!(matches!(rotate(&opening(&path)), Err(RotateError::Busy { .. })));
    drop(reader);
    assert!(verify(&path).unwrap().sound() && !dir.join("log.db.1").exists());
    rotate(&opening(&path)).unwrap();
}

/// Wherever a rotation ends, the log is there, says that it has ended, and rotating again finishes it.
#[test]
fn a_rotation_that_was_cut_short_is_finished_by_the_next() {
    for links in [false, true] {
        let dir = TempDir::new("half");
        let path = sample(&dir);
        rotate(&opening(&path)).unwrap();
        // As it was before the new log got the name.
        fs::remove_file(&path).unwrap();
        let kept = dir.join("log.db.1");
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).unwrap();
        if links {
            fs::hard_link(&kept, &path).unwrap();
        } else {
            fs::rename(&kept, &path).unwrap();
        }
        let refused = LogWriter::open(opening(&path)).map(drop).unwrap_err();
        let why = if links { Refusal::HardLinks(2) } else { Refusal::Rotated };
        assert_eq!(refused.refusal(), Some(&why));
        let rotated = rotate(&opening(&path)).unwrap();
        assert_eq!((rotated.before.size, &rotated.kept), (16, &kept), "its end is written once");
        let (writer, opened, ended) = open(&path);
        assert_eq!(opened.log, rotated.log);
        close(writer, ended);
        assert!(verified(&path).sound() && verified(&kept).sound());
    }
}
