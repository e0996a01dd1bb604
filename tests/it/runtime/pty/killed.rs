//! gonogo is killed in the middle of a step and opened again: what is known is shown, and a person's word is signed.

use std::sync::Arc;

use gonogo::audit::query::Reader;
use gonogo::run::event::Event;
use gonogo::run::fact::{Extent, Proof, Verdict};
use rustix::process::Signal;

use crate::it::audit::tools::attacker;
use crate::it::runtime::pty::second::{desk, start};
use crate::support::binary::until;
use crate::support::pty::ENTER;

const BOOK: &str = "# Release\n\n- [ ] Compared. <!-- gonogo: id=a -->\n\n  ```sh on=local\n  touch begun\n  for n in $(seq 3000); do [ -e go-on ] && break; sleep 0.02; done\n  ```\n";

#[test]
fn a_step_that_was_under_way_is_unknown_and_a_signed_word_ends_that() {
    let (desk, line) = desk("layla");
    let home = desk.home();
    std::fs::write(home.join("book.md"), BOOK).expect("a runbook");
    let mut first = start(&desk, &["run", "book.md", "--trust"]);
    first.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
    first.press_for(ENTER, "RUNNING");
    until("the step runs", || home.join("begun").exists());
    first.signal(Signal::KILL);
    first.end();

    let mut again = start(&desk, &["resume"]);
    again.wait("an unknown step", |seen| seen.taken() && seen.now().contains("UNKNOWN"));
    let told = String::from_utf8_lossy(&again.bytes()).into_owned();
    assert!(told.contains("earlier sessions ended without closing the log"), "{told}");
    again.press_for("v", "What happened to");
    again.wait_for("gonogo ended while it ran; no exit status was seen");
    again.wait_for("local was asked: it runs, process");
    for choice in ["c  check", "p  passed", "n  not run", "f  failed", "s  stopped", "l  runs"] {
        again.wait_for(choice);
    }
    again.press_for("n", "say that it did not run");
    again.press_for(ENTER, "You say that it never ran and did nothing");
    again.wait_for("The newest answer of local is that it still runs.");
    again.fill("no table was compared");
    again.press(ENTER, "the verdict", |seen| seen.now().contains("FAILED"));
    std::fs::write(home.join("go-on"), "").expect("the step ends");
    again.send("q");
    assert_eq!(again.code(), 0);

    let log = home.join("state/gonogo/log.db");
    let reader = Reader::open(&log).expect("a log");
    let reader = reader.judging(Arc::new(crate::support::signers::allowed(&line)));
    let run = reader.runs().expect("runs").pop().expect("a run").run;
    let facts = reader.load(&run).expect("its facts").events;
    let resolved = facts.iter().find_map(|fact| match &fact.event {
        Event::StepResolved(e) => Some(e.clone()),
        _ => None,
    });
    let resolved = resolved.expect("a verdict");
    assert_eq!((resolved.who.proof, resolved.verdict), (Proof::SshKey, Verdict::Failed));
    assert_eq!(
        (resolved.extent, resolved.evidence.as_str()),
        (Some(Extent::NotRun), "no table was compared")
    );
    assert!(resolved.seen.is_some(), "the signature covers what was shown");
    let recovered: i64 = attacker(&log)
        .query_row("SELECT count(*) FROM event WHERE kind = 'log.recovered'", [], |row| row.get(0))
        .expect("a number");
    assert_eq!(recovered, 1);
    let mut shown = start(&desk, &["show", &run]);
    shown.wait_for("not run by verdict");
    assert_eq!(shown.code(), 0);
    let mut verify = start(&desk, &["verify"]);
    assert_eq!(verify.code(), 0, "{}", verify.seen().text());
}
