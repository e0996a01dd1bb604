//! A run whose log cannot be written any more: it stops with the reason, nothing new is started, and it goes on elsewhere.

use std::fs;

use gonogo::audit::query::Reader;
use gonogo::audit::verify::verify;
use gonogo::run::event::Event;

use crate::it::cli::books::{THREE, signed};
use crate::support::binary::{Sandbox, Shown, shown};
use crate::support::faults::inject;

/// Walks the book with a disk on which operation `nth` is the first that fails.
fn walk_under(sandbox: &Sandbox, kind: &str, nth: u32) -> Shown {
    let mut command = sandbox.command(["run", "book.md", "--headless", "--answers", "answers.yaml"]);
    inject(&mut command, kind, nth);
    shown(&mut command)
}

/// Every box that the run said was signed is on the record.
fn nothing_said_is_lost(sandbox: &Sandbox, walked: &Shown) {
    let reader = Reader::open(&sandbox.log()).expect("a log");
    let runs = reader.runs().expect("runs");
    let mut recorded = 0;
    for run in &runs {
        let facts = reader.load(&run.run).expect("facts").events;
        recorded += facts.iter().filter(|fact| matches!(fact.event, Event::BoxSigned(_))).count();
    }
    let said = walked.out.lines().filter(|line| line.contains(" [x] ")).count();
    assert!(said <= recorded, "{said} said, {recorded} recorded\n{walked}");
    let report = verify(&sandbox.log()).expect("readable");
    assert!(report.flaws.is_empty(), "{report}\n{walked}");
}

#[test]
fn a_disk_that_fills_up_stops_a_run_wherever_that_happens_and_the_log_goes_on_elsewhere() {
    let (mut stopped, mut moved) = (0, 0);
    for nth in (1..=200).step_by(3) {
        let sandbox = Sandbox::new("fullat");
        signed(&sandbox, "book.md", THREE);
        let walked = walk_under(&sandbox, "full", nth);
        if walked.status.success() {
            // It was over before.
            nothing_said_is_lost(&sandbox, &walked);
            continue;
        }
        stopped += 1;
        walked.exits(5);
        let open = sandbox.log().exists()
            && Reader::open(&sandbox.log())
                .and_then(|r| r.runs())
                .is_ok_and(|r| r.iter().any(|r| r.closed.is_none()));
        if sandbox.log().exists() {
            nothing_said_is_lost(&sandbox, &walked);
        }
        if !open || moved >= 5 {
            continue;
        }
        moved += 1;
        walked.says("the log cannot be written").says("log move NEW");
        let other = sandbox.path("other/log.db").display().to_string();
        let done = sandbox.run(["log", "move", &other]);
        done.exits(0).tells("goes on from").says(&format!("gonogo --log {other} resume"));
        sandbox
            .run(["run", "book.md", "--headless", "--answers", "answers.yaml"])
            .exits(5)
            .only_says("it was moved");
        sandbox.run(["runs"]).exits(0).says(&format!("gonogo --log {other} runs"));
        let resume = ["--log", &other, "resume", "--headless", "--answers", "answers.yaml"];
        sandbox.run(resume).exits(0).tells("=== completed");
        let heads = format!("{}.heads", sandbox.log().display());
        let verify = sandbox.run(["--log", &other, "verify"]);
        verify.exits(0).tells("chain        holds").tells("completeness holds");
        if fs::read(&heads).is_ok_and(|heads| !heads.is_empty()) {
            let shown = sandbox.run(["--log", &other, "verify", "--heads", &heads]);
            shown.exits(0).tells("witnesses    holds");
        }
        sandbox.run(["--log", &other, "log", "info"]).exits(0);
        sandbox.run(["log", "info"]).exits(0).tells(&format!("goes on in {other}"));
    }
    assert!(stopped >= 20, "{stopped}");
    assert_eq!(moved, 5);
}

/// What cannot even be read whole is named by a new log; its runs stay behind.
#[test]
fn a_log_that_is_broken_is_named_by_the_next() {
    let sandbox = Sandbox::new("after");
    signed(&sandbox, "book.md", THREE);
    walk_under(&sandbox, "full", 100_000).exits(0);
    let log = sandbox.log().display().to_string();
    let bytes = fs::read(&log).expect("read");
    fs::write(&log, &bytes[..bytes.len() / 2]).expect("written");
    let shown = sandbox.run(["log", "move", "other/log.db"]);
    assert_eq!(shown.status.code(), Some(5), "{shown}");
    let new = ["--log", "other/log.db"];
    sandbox.run([&new[..], &["log", "init", "--after", &log]].concat()).exits(0);
    let info = sandbox.run([&new[..], &["log", "info"]].concat());
    info.exits(0).tells(&format!("goes on from {log}, "));
    let walk = ["run", "book.md", "--headless", "--answers", "answers.yaml"];
    sandbox.run([&new[..], &walk].concat()).exits(0);
    sandbox.run([&new[..], &["verify"]].concat()).exits(0).tells("(it cannot be read)");
}
