//! `gonogo log`, and `verify --heads`: the log looked after by its user, with the real program.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use gonogo::audit::codec::Fact;
use gonogo::audit::query::Reader;
use gonogo::run::event::Event;
use gonogo::run::fact::LogCheckpoint;
use serde_json::Value;

use crate::it::cli::books::{THREE, facts, only_run, signed, walk};
use crate::support::binary::Sandbox;

/// A log with one finished run.
fn logged(label: &str) -> Sandbox {
    let sandbox = Sandbox::new(label);
    signed(&sandbox, "book.md", THREE);
    walk(&sandbox, "book.md", &[]).exits(0);
    sandbox
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_log_says_whose_it_is_how_long_and_what_is_not_witnessed() {
    let sandbox = logged("info");
    let info = json(&sandbox.run(["log", "info", "--json"]).exits(0).out);
    let meta = fs::metadata(sandbox.log()).unwrap();
    assert_eq!(info["path"], sandbox.log().to_str().unwrap());
    assert_eq!((info["uid"].as_u64(), info["mode"].as_str()), (Some(u64::from(meta.uid())), Some("0600")));
    assert_eq!(
        (&info["runs"], &info["open_runs"], &info["open_sessions"]),
        (&1.into(), &0.into(), &0.into())
    );
    let verified = json(&sandbox.run(["verify", "--json"]).exits(0).out);
    assert_eq!(
        (&info["size"], &info["head"], &info["id"]),
        (&verified["events"], &verified["head"], &verified["log"])
    );
    assert_eq!(info["witnessed"]["agrees"], true);
    assert_eq!(info["unwitnessed"], 1, "the end of the session: {info}");
    assert_eq!(verified["witness"]["unwitnessed"], 1);
    let shown = sandbox.run(["log", "info"]);
    shown.exits(0).tells("unwitnessed  1 event\n").tells("nothing in a write-ahead log").tells("mode 0600");
    for command in [vec!["log", "info"], vec!["verify"], vec!["show", "r-1"], vec!["log", "backup", "b.db"]] {
        let shown = sandbox.run([&["--log", "none.db"], command.as_slice()].concat());
        shown.exits(5).only_says("none.db: there is no log yet. `gonogo run RUNBOOK` begins one");
    }
}

#[test]
fn three_lines_in_a_ticket_witness_the_log() {
    let sandbox = logged("ticket");
    let ticket = sandbox.run(["log", "info", "--ticket"]).exits(0).out.clone();
    assert_eq!(ticket.lines().count(), 3, "{ticket}");
    sandbox.write("ticket.txt", format!("Release done.\n\n{ticket}"));
    let shown = sandbox.run(["verify", "--heads", "ticket.txt"]);
    shown.exits(0).tells("witnesses    holds (1 head agrees, from ticket.txt; 0 events after the newest)");
    // An export witnesses it as well.
    let record = sandbox.run(["export", &only_run(&sandbox)]).exits(0).out.clone();
    sandbox.write("record.md", record);
    sandbox.run(["verify", "--heads", "record.md"]).exits(0).tells("witnesses    holds (1 head agrees");
    // Yesterday's copy in its place.
    sandbox.run(["log", "backup", "old.db"]).exits(0);
    walk(&sandbox, "book.md", &[]).exits(0);
    let ticket = sandbox.run(["log", "info", "--ticket"]).exits(0).out.clone();
    sandbox.write("newer.txt", ticket);
    let shown = sandbox.run(["--log", "old.db", "verify", "--heads", "newer.txt"]);
    shown.exits(6).tells("chain        holds").tells("witnesses    FAILS (TRUNCATED)");
}

#[test]
fn a_file_without_heads_compares_nothing_and_is_no_success() {
    let sandbox = logged("noheads");
    sandbox.write("empty.txt", "no heads here\n");
    sandbox.run(["verify", "--heads", "empty.txt"]).exits(2).only_says("no head is in empty.txt");
    sandbox.run(["verify", "--heads", "none.txt"]).exits(2).only_says("none.txt cannot be read");
}

/// A copy of the file alone lacks what is still in the write-ahead log; the heads file shows that.
#[test]
fn the_database_file_alone_is_found_to_be_a_loss() {
    let sandbox = logged("alone");
    // Somebody is reading the log, so that what the run writes stays in the write-ahead log.
    let reader = rusqlite::Connection::open(sandbox.log()).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    reader.query_row("SELECT count(*) FROM event", [], |_| Ok(())).unwrap();
    walk(&sandbox, "book.md", &[]).exits(0);
    fs::copy(sandbox.log(), sandbox.path("alone.db")).unwrap();
    let heads = format!("{}.heads", sandbox.log().display());
    let shown = sandbox.run(["--log", "alone.db", "verify", "--heads", &heads, "--json"]);
    let report = json(&shown.exits(6).out);
    assert_eq!(report["verdicts"]["chain"], "holds", "{shown}");
    assert_eq!(
        (&report["verdicts"]["witnesses"], &report["witness"]["breach"]),
        (&"fails".into(), &"TRUNCATED".into())
    );
    sandbox.run(["verify", "--heads", &heads]).exits(0).tells("witnesses    holds");
    sandbox.run(["log", "backup", "whole.db"]).exits(0);
    sandbox.run(["--log", "whole.db", "verify", "--heads", &heads]).exits(0).tells("witnesses    holds");
    drop(reader);
}

#[test]
fn a_backup_is_whole_and_private_and_overwrites_nothing() {
    let sandbox = logged("backup");
    let run = only_run(&sandbox);
    let copied = json(&sandbox.run(["log", "backup", "copy.db", "--json"]).exits(0).out);
    let info = json(&sandbox.run(["log", "info", "--json"]).exits(0).out);
    assert_eq!((&copied["size"], &copied["head"]), (&info["size"], &info["head"]));
    assert_eq!(fs::metadata(sandbox.path("copy.db")).unwrap().permissions().mode() & 0o777, 0o600);
    sandbox.run(["--log", "copy.db", "show", &run]).exits(0);
    let before = sandbox.contents();
    for file in ["copy.db", "book.md"] {
        let shown = sandbox.run(["log", "backup", file]);
        shown.exits(2).only_says("is not overwritten");
        sandbox.contents().unchanged_since(&before, &shown);
    }
    sandbox.run(["log", "backup", "none/copy.db"]).exits(1).only_says("cannot be written");
    sandbox.run(["--log", "none.db", "log", "backup", "x.db"]).exits(5);
    assert!(!sandbox.path("x.db").exists());
}

#[test]
fn a_rotated_log_is_kept_and_said_and_its_drills_still_count() {
    let sandbox = Sandbox::new("rotate");
    let drill = THREE.replacen("# Three", "---\ngonogo: {cadence: quarterly}\n---\n\n# Three", 1);
    signed(&sandbox, "book.md", &drill);
    walk(&sandbox, "book.md", &["--kind", "drill"]).exits(0);
    let run = only_run(&sandbox);
    sandbox.run(["drills", "--check"]).exits(0);
    let before = json(&sandbox.run(["log", "info", "--json"]).exits(0).out);
    let shown = sandbox.run(["log", "rotate"]);
    let kept = format!("{}.1", sandbox.log().display());
    shown.exits(0).tells(&format!("kept as {kept}: ")).says(&format!("gonogo --log {kept} runs"));
    let after = json(&sandbox.run(["log", "info", "--json"]).exits(0).out);
    assert_eq!(after["after"]["log"], before["id"]);
    assert_eq!(after["runs"], 0);
    sandbox.run(["runs"]).exits(0).tells("no runs in").says(&format!("earlier runs are in {kept}"));
    let old = sandbox.run(["--log", &kept, "runs"]);
    old.exits(0).tells(&run).says("was rotated, and is kept as log.db.1");
    sandbox.run(["verify"]).exits(0).tells(&format!("goes on from {kept}"));
    sandbox
        .run(["--log", &kept, "verify"])
        .exits(0)
        .tells("has ended    rotated")
        .tells("completeness holds");
    sandbox.run(["drills", "--check"]).exits(0);
    // The old one is only read.
    let shown = sandbox.run(["--log", &kept, "run", "book.md", "--headless", "--answers", "answers.yaml"]);
    shown.exits(5);
    walk(&sandbox, "book.md", &["--kind", "drill"]).exits(0);
    let heads = format!("{}.heads", sandbox.log().display());
    sandbox.run(["verify", "--heads", &heads]).exits(0).tells("witnesses    holds");
    sandbox.run(["--log", &kept, "verify", "--heads", &heads]).exits(0).tells("witnesses    holds");
}

#[test]
fn a_log_with_an_open_run_is_not_rotated() {
    let sandbox = Sandbox::new("norotate");
    signed(&sandbox, "book.md", THREE);
    sandbox.write("stop.yaml", sandbox.run(["answers", "book.md"]).exits(0).out.as_str());
    sandbox.run(["run", "book.md", "--headless", "--answers", "stop.yaml", "--as", "omar"]).exits(9);
    let run = only_run(&sandbox);
    let before = sandbox.contents();
    let shown = sandbox.run(["log", "rotate"]);
    shown.exits(10).only_says(&run).says("close them first");
    sandbox.contents().unchanged_since(&before, &shown);
    sandbox.run(["--log", "none.db", "log", "rotate"]).exits(5).only_says("none.db");
}

/// Returns the checkpoints of the sandbox's log.
fn checkpoints(sandbox: &Sandbox) -> Vec<LogCheckpoint> {
    let reader = Reader::open(&sandbox.log()).expect("a log");
    let found = reader.events(1, u32::MAX).expect("events").into_iter();
    found
        .filter_map(|found| match found.fact {
            Fact::Known(Event::LogCheckpoint(checkpoint)) => Some(checkpoint),
            _ => None,
        })
        .collect()
}

#[test]
fn a_run_leaves_heads_where_it_begins_and_ends_and_lines_for_the_ticket() {
    let sandbox = Sandbox::new("marks");
    signed(&sandbox, "book.md", THREE);
    let out = walk(&sandbox, "book.md", &[]).exits(0).out.clone();
    let run = only_run(&sandbox);
    let facts = facts(&sandbox);
    let marks = checkpoints(&sandbox);
    let expected: Vec<_> = [facts.first(), facts.last()].map(|f| f.map(|f| (f.seq, f.hash.clone()))).into();
    let left: Vec<_> = marks.iter().map(|mark| Some((mark.size, mark.head.clone()))).collect();
    assert_eq!(left, expected, "where it began and where it ended");
    assert!(marks.iter().all(|m| m.at == "heads" && m.for_run.as_ref() == Some(&run) && m.failed.is_none()));
    let heads = fs::read_to_string(format!("{}.heads", sandbox.log().display())).expect("heads");
    assert_eq!(heads.lines().count(), 2);
    // The last words of a run witness all of it.
    let (_, ticket) = out.split_once("for a ticket:\n").expect("lines for the ticket");
    assert_eq!(ticket.lines().count(), 3, "{out}");
    assert!(ticket.contains(&format!("run {run}, completed")), "{ticket}");
    sandbox.write("ticket.txt", ticket);
    let shown = sandbox.run(["verify", "--heads", "ticket.txt"]);
    shown.exits(0).tells("witnesses    holds (1 head agrees, from ticket.txt; 0 events after the newest)");
}

/// A heads file that cannot be written is no reason to stop, and is said.
#[test]
#[ignore = "needs root"]
fn a_heads_file_that_cannot_be_written_is_on_the_record() {
    let sandbox = logged("noheadsfile");
    let heads = format!("{}.heads", sandbox.log().display());
    fs::set_permissions(&heads, fs::Permissions::from_mode(0o600)).expect("changed");
    // Not even root writes to it.
    let full = std::process::Command::new("chattr").args(["+i", &heads]).status();
    if !full.is_ok_and(|status| status.success()) {
        return;
    }
    let shown = walk(&sandbox, "book.md", &[]);
    let back = std::process::Command::new("chattr").args(["-i", &heads]).status();
    assert!(back.is_ok_and(|status| status.success()));
    shown.exits(0);
    let marks = checkpoints(&sandbox);
    assert!(marks[2..].iter().all(|mark| mark.failed.is_some()), "{marks:?}");
    let info = json(&sandbox.run(["log", "info", "--json"]).exits(0).out);
    assert!(info["unwitnessed"].as_u64() > Some(5), "{info}");
}

/// A bundle has the run's own events alone: heads of the run show when its end is missing, although all that is left holds.
#[test]
fn a_bundle_is_held_against_heads_too() {
    let sandbox = logged("bundleheads");
    let run = only_run(&sandbox);
    let heads = format!("{}.heads", sandbox.log().display());
    sandbox.run(["export", &run, "--format", "bundle", "-o", "record"]).exits(0);
    let verify = ["verify", "--bundle", "record", "--heads", &heads];
    sandbox.run(verify).exits(0).tells("witnesses    holds (2 heads agree");
    // A head of the whole log says nothing of one run's events.
    sandbox.write("ticket.txt", sandbox.run(["log", "info", "--ticket"]).exits(0).out.as_str());
    for heads in ["ticket.txt", "record/record.md"] {
        let shown = sandbox.run(["verify", "--bundle", "record", "--heads", heads]);
        shown.exits(0).tells("witnesses    none yet (no head in ");
        sandbox.run(["verify", &run, "--heads", heads]).exits(0).tells("witnesses    none yet");
        sandbox.run(["verify", "--heads", heads]).exits(0).tells("witnesses    holds");
    }
    // The closing is taken out, and the sums are made anew.
    let links = fs::read_to_string(sandbox.path("record/links")).expect("links");
    let (left, last) = links.trim_end().rsplit_once('\n').expect("several");
    let seq = last.split('\t').next().expect("a place");
    fs::write(sandbox.path("record/links"), format!("{left}\n")).expect("written");
    fs::remove_file(sandbox.path(format!("record/events/{seq}.json"))).expect("removed");
    let sums = fs::read_to_string(sandbox.path("record/SHA256SUMS")).expect("sums");
    let sum = gonogo::audit::chain::sha256_hex(format!("{left}\n").as_bytes());
    let sums: String = sums
        .lines()
        .filter(|line| !line.ends_with(&format!("events/{seq}.json")))
        .map(|line| if line.ends_with("  links") { format!("{sum}  links\n") } else { format!("{line}\n") })
        .collect();
    fs::write(sandbox.path("record/SHA256SUMS"), sums).expect("written");
    sandbox.run(["verify", "--bundle", "record"]).exits(0).tells("chain        holds");
    let shown = sandbox.run(verify);
    shown.exits(6).tells("chain        holds").tells("witnesses    FAILS (TRUNCATED)");
    shown.tells("the run's last event is");
}

/// What was filled in for a runbook is offered for its next run, although the log was rotated in between.
#[test]
fn values_of_the_last_run_are_found_in_rotated_logs() {
    use gonogo::runtime::resuming::{fold, last_values};
    let sandbox = Sandbox::new("last-values");
    let book =
        "---\ngonogo:\n  vars:\n    TAG: {match: 'v\\d+'}\n---\n# R\n\n- [ ] One. <!-- gonogo: id=one -->\n";
    signed(&sandbox, "book.md", book);
    signed(&sandbox, "other.md", THREE);
    walk(&sandbox, "book.md", &["--set", "TAG=v7"]).exits(0);
    for file in ["log.db.1", "log.db.2"] {
        sandbox.run(["log", "rotate"]).exits(0).tells(file);
        walk(&sandbox, "other.md", &[]).exits(0);
    }
    let found = || {
        let reader = Reader::open(&sandbox.log()).unwrap();
        let newest = reader.runs().unwrap().pop().unwrap().run;
        let run = fold(&reader, &newest).unwrap().run;
        last_values(&reader, &sandbox.log(), &run).unwrap().get("TAG").cloned()
    };
    assert_eq!(found(), None, "another runbook's");
    signed(&sandbox, "book.md", book);
    walk(&sandbox, "book.md", &["--set", "TAG=v8"]).exits(0);
    assert_eq!(found().as_deref(), Some("v7"));
    walk(&sandbox, "book.md", &["--set", "TAG=v9"]).exits(0);
    assert_eq!(found().as_deref(), Some("v8"), "the newest counts");
}
