//! A log that cannot be used: exit 5 and the reason; in use: exit 10 and by whom. Neither is changed by that.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Stdio;

use gonogo::audit::query::Reader;
use gonogo::audit::verify::verify;
use gonogo::run::event::Event;

use crate::it::cli::books::{THREE, facts, is_open, only_run, signed, walk};
use crate::support::binary::{Sandbox, ended, shown, until};

/// A log with one finished run.
fn logged(label: &str) -> Sandbox {
    let sandbox = Sandbox::new(label);
    signed(&sandbox, "book.md", THREE);
    walk(&sandbox, "book.md", &[]).exits(0);
    sandbox
}

fn truncated(log: &Path) {
    let size = fs::metadata(log).unwrap().len();
    fs::File::options().write(true).open(log).unwrap().set_len(size / 2).unwrap();
}

fn foreign(log: &Path) {
    fs::remove_file(log).unwrap();
    let other = rusqlite::Connection::open(log).unwrap();
    other.execute_batch("PRAGMA application_id=7; CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
    drop(other);
    fs::set_permissions(log, fs::Permissions::from_mode(0o600)).unwrap();
}

fn replaced(log: &Path, by: &[u8]) {
    fs::write(log, by).unwrap();
}

fn directory(log: &Path) {
    fs::remove_file(log).unwrap();
    fs::create_dir(log).unwrap();
}

fn read_only(log: &Path) {
    fs::set_permissions(log, fs::Permissions::from_mode(0o400)).unwrap();
}

fn linked(log: &Path) {
    let real = log.with_file_name("real.db");
    fs::rename(log, &real).unwrap();
    symlink(real, log).unwrap();
}

/// What is done to a log, and what a command that writes must say then.
type Damage = (fn(&Path), &'static str);

#[test]
fn a_log_that_is_none_is_refused_and_left_alone() {
    let damages: [Damage; 7] = [
        (truncated, "it is truncated"),
        (foreign, "it is an SQLite file of another program"),
        (
            |log| {
                replaced(
                    log,
                    b"not a database at all, but long enough to have a header of a hundred bytes, \
            which SQLite would read first to see what it is",
                )
            },
            "it is not an SQLite file",
        ),
        (|log| replaced(log, b""), "it is empty"),
        (directory, "it is a directory, not a log"),
        (read_only, "it is read-only"),
        (linked, "it is a symbolic link"),
    ];
    for (damage, says) in damages {
        let sandbox = logged("damage");
        let run = only_run(&sandbox);
        damage(&sandbox.log());
        let before = sandbox.contents();
        let shown = walk(&sandbox, "book.md", &[]);
        shown.exits(5).only_says(says).says("log.db: ");
        sandbox.contents().unchanged_since(&before, &shown);
        // Commands that only read may read a log that nobody may write, and refuse all others in the same words.
        for command in [&["runs"][..], &["show", &run], &["export", &run], &["resume", &run]] {
            let shown = sandbox.run(command);
            if says != "it is read-only" && says != "it is a symbolic link" {
                shown.exits(5).only_says(says);
            }
            sandbox.contents().unchanged_since(&before, &shown);
        }
    }
}

/// Returns the place of the fact that the disk was found full.
fn degraded_at(log: &Path) -> Option<u64> {
    let db = rusqlite::Connection::open(log).expect("it opens");
    let sql = "SELECT min(seq) FROM event WHERE kind = 'log.degraded'";
    db.query_row(sql, [], |row| row.get::<_, Option<i64>>(0)).expect("a row").map(i64::unsigned_abs)
}

/// On a full disk a run stops, with the reason; what was begun is on the record with its end, and once there is space
/// the run goes on.
#[test]
fn a_full_disk_stops_a_run_and_loses_nothing() {
    let mut from_the_reserve = 0;
    for pages in ["24", "32", "40", "48"] {
        let sandbox = Sandbox::new("full");
        let demo = |pages: Option<&str>| {
            let mut command = sandbox.command(["demo", "--headless"]);
            command.env("DEMO_SPEED", "0");
            command.envs(pages.map(|n| ("GONOGO_LOG_MAX_PAGES", n)));
            shown(&mut command)
        };
        let full = demo(Some(pages));
        full.exits(5).says("the log cannot be written: ").says("full");
        let log = sandbox.demo().join("log.db");
        let told = verify(&log).expect("it can be verified");
        assert!(told.flaws.is_empty(), "{told}\n{full}");
        let reader = Reader::open(&log).expect("it can be read");
        let run = &reader.runs().expect("runs")[0];
        assert!(run.closed.is_none(), "{full}");
        let facts = reader.load(&run.run).expect("facts").events;
        let ends =
            |number| facts.iter().any(|f| matches!(&f.event, Event::StepFinished(e) if e.number == number));
        for fact in &facts {
            if let Event::StepIntended(intent) = &fact.event {
                assert!(ends(intent.number), "attempt {} has no end, {pages} pages\n{full}", intent.number);
            }
        }
        let degraded = degraded_at(&log);
        from_the_reserve += facts.iter().filter(|f| degraded.is_some_and(|at| f.seq > at)).count();
        demo(None).exits(0).tells("=== completed");
    }
    assert!(from_the_reserve > 0, "the reserve took nothing");
}

/// While one process drives a run, others that want it are told who drives it, where and since when.
#[test]
fn a_run_that_is_driven_is_busy() {
    let sandbox = Sandbox::new("busy");
    let book = "---\ngonogo: {environments: env.yaml}\n---\n\n- [ ] Wait. <!-- gonogo: id=wait wait=1h -->\n";
    signed(&sandbox, "book.md", book);
    sandbox.write("env.yaml", "here:\n  hosts: {web: layla@127.0.0.1:1}\n");
    let args = ["run", "book.md", "--headless", "--answers", "answers.yaml", "--env", "here"];
    let mut command = sandbox.command(args);
    let driver = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    until("it waits", || {
        sandbox.log().exists()
            && Reader::open(&sandbox.log()).and_then(|r| r.runs()).is_ok_and(|runs| !runs.is_empty())
            && facts(&sandbox).iter().any(|f| matches!(f.event, Event::WaitStarted(_)))
    });
    let run = only_run(&sandbox);
    let pid = driver.id().to_string();
    let before = facts(&sandbox).len();
    for args in [
        &["resume", &run, "--headless", "--answers", "answers.yaml"][..],
        &["close", &run, "--outcome", "aborted", "--reason", "too late", "--as", "omar"],
        &args,
    ] {
        let shown = sandbox.run(args);
        shown.exits(10).only_says(" is held by layla at ").says(&format!("(process {pid}) since 2"));
        shown.says(&run);
        assert_eq!(facts(&sandbox).len(), before, "{shown}");
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(driver.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    ended(&command, driver).exits(143).says("terminated; the run stays open");
    // Nobody drives it now, but it is open: a second run on the same environment has to be a person's choice.
    let shown = sandbox.run(args);
    shown.exits(10).only_says(&format!("run {run} (book.md), last driven by layla, is open on here"));
    assert!(is_open(&sandbox));
    let close = ["close", &run, "--outcome", "abandoned", "--reason", "a test", "--as", "omar"];
    sandbox.run(close).exits(1).tells(": abandoned");
    assert!(!is_open(&sandbox));
}

#[test]
fn runs_are_named_exactly_and_closed_once() {
    let sandbox = logged("names");
    sandbox.write("stop.yaml", sandbox.run(["answers", "book.md"]).exits(0).out.as_str());
    let closed = only_run(&sandbox);
    let stop = ["run", "book.md", "--headless", "--answers", "stop.yaml", "--as", "omar"];
    sandbox.run(stop).exits(9).says("stopped: box one is left to a person; the run stays open");
    let runs = Reader::open(&sandbox.log()).unwrap().runs().unwrap();
    let open = runs.iter().find(|r| r.closed.is_none()).expect("an open run").run.clone();
    let before = sandbox.contents();
    let close = |run, outcome, more: &[&'static str]| {
        [&["close", run, "--outcome", outcome, "--as", "omar"], more].concat()
    };
    let resume = |run| vec!["resume", run, "--headless", "--answers", "answers.yaml"];
    for (args, code, says) in [
        (resume(&closed), 2, "is closed; see it with: gonogo show"),
        (resume("r-nonsense"), 2, "no run in this log begins with `r-nonsense`"),
        (resume("r-"), 2, "several runs begin with `r-`: r-"),
        (vec!["show", "nonsense"], 2, "no run in this log begins with `nonsense`"),
        (vec!["export", "r-"], 2, "several runs begin with `r-`: r-"),
        (close(&open, "aborted", &[]), 2, "a reason"),
        (close(&open, "abandoned", &["--reason", "  "]), 2, "a reason"),
        (close(&open, "completed", &[]), 2, "one, two, three"),
        (close(&closed, "aborted", &["--reason", "x"]), 2, "is closed already"),
        (close(&open, "rolled-back", &[]), 2, "rolled-back"),
        (vec!["close", &open, "--outcome", "aborted", "--reason", "x"], 2, "say who you are with --as NAME"),
    ] {
        let shown = sandbox.run(args);
        shown.exits(code).only_says(says);
        sandbox.contents().unchanged_since(&before, &shown);
    }
    sandbox
        .run(close(&open, "aborted", &["--reason", "a test"]))
        .exits(1)
        .tells(&format!("run {open}: aborted"));
    sandbox.run(["verify"]).exits(0);
}
