//! Child runs and take-overs, through the built program.

use std::process::Stdio;

use gonogo::audit::query::Reader;
use gonogo::run::event::Event;
use gonogo::run::fact::{ChildOpened, Entry, Proof, Recorded, RunOutcome, Via, Who};
use gonogo::run::state::Run;
use gonogo::runtime::session::Session;
use gonogo::runtime::{opening, resuming};

use crate::it::cli::books::{signed, walk};
use crate::support::binary::{Sandbox, ended, until};

const PARENT: &str = "\
---
gonogo:
  rollback: back.md
---

# Forth

- [ ] Go. <!-- gonogo: id=go -->
";

const CHILD: &str =
    "# Back\n\n- [ ] Return. <!-- gonogo: id=return -->\n- [ ] Look. <!-- gonogo: id=look -->\n";

fn omar() -> Who {
    Who { name: "omar".to_owned(), proof: Proof::Typed, via: Via::Keyboard, seat: None }
}

/// A run that stopped, with its rollback open as a child; returns both ids.
fn family(sandbox: &Sandbox) -> (String, String) {
    signed(sandbox, "back.md", CHILD);
    std::fs::rename(sandbox.path("answers.yaml"), sandbox.path("back.yaml")).expect("answers");
    signed(sandbox, "book.md", PARENT);
    sandbox.write("stop.yaml", sandbox.run(["answers", "book.md"]).exits(0).out.as_str());
    sandbox.run(["run", "book.md", "--headless", "--answers", "stop.yaml", "--as", "layla"]).exits(9);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let session = Session::open(&sandbox.log()).await.expect("the log");
        let reader = Reader::open(&sandbox.log()).expect("the log");
        let parent = reader.runs().expect("runs").pop().expect("a run").run;
        let run = resuming::fold(&reader, &parent).expect("it folds").run;
        let link = "back.md".to_owned();
        let opened = opening::open_child(session.log.clone(), run, omar(), None, link, Vec::new()).await;
        let (fact, child): (ChildOpened, Box<Run>) = opened.expect("the child opens");
        let entry = Entry { event: Event::ChildOpened(fact), chunk: None };
        session.log.append(Some(&parent), vec![entry]).await.expect("recorded");
        session.close("the test ends").await.expect("closed");
        (parent, child.id.clone())
    })
}

fn facts(sandbox: &Sandbox, run: &str) -> Vec<Recorded> {
    Reader::open(&sandbox.log()).expect("the log").load(run).expect("its facts").events
}

fn outcome(sandbox: &Sandbox, run: &str) -> Option<RunOutcome> {
    facts(sandbox, run).iter().find_map(|f| match &f.event {
        Event::RunClosed(e) => Some(e.outcome),
        _ => None,
    })
}

#[test]
fn a_rollback_that_is_resumed_to_its_end_ends_its_parent() {
    let sandbox = Sandbox::new("rollback");
    let (parent, child) = family(&sandbox);
    let done = sandbox.run(["resume", "--headless", "--answers", "back.yaml", "--as", "omar"]);
    done.exits(1).tells("[x] Return.").tells("=== completed");
    assert_eq!(outcome(&sandbox, &child), Some(RunOutcome::Completed));
    assert_eq!(outcome(&sandbox, &parent), Some(RunOutcome::RolledBack));
    sandbox.run(["runs", "--open", "--json"]).exits(0).tells("[]");
    sandbox.run(["verify"]).exits(0);
}

/// Killed between the end of the child and the parent's fact of it: whoever resumes finds the parent told.
#[test]
fn a_parent_that_was_not_told_is_told() {
    let sandbox = Sandbox::new("untold");
    let (parent, child) = family(&sandbox);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let session = Session::open(&sandbox.log()).await.expect("the log");
        let reader = Reader::open(&sandbox.log()).expect("the log");
        let counts = resuming::fold(&reader, &child).expect("it folds").run.counts();
        let outcome = RunOutcome::Completed;
        let closed = gonogo::run::fact::RunClosed { who: omar(), outcome, reason: None, counts, seen: None };
        let entry = Entry { event: Event::RunClosed(closed), chunk: None };
        session.log.append(Some(&child), vec![entry]).await.expect("recorded");
        session.close("killed").await.expect("closed");
    });
    let told = sandbox.run(["resume", &parent, "--headless", "--answers", "answers.yaml"]);
    told.exits(1);
    assert_eq!(outcome(&sandbox, &parent), Some(RunOutcome::RolledBack), "{told}");
}

/// Closing a child by name leaves its parent open, and tells it.
#[test]
fn a_child_is_closed_alone() {
    let sandbox = Sandbox::new("child");
    let (parent, child) = family(&sandbox);
    let close = |run: &str, outcome: &str| {
        sandbox.run(["close", run, "--outcome", outcome, "--reason", "a test", "--as", "omar"])
    };
    close(&child, "aborted").exits(1).tells(&format!("run {child}: aborted"));
    assert_eq!(outcome(&sandbox, &child), Some(RunOutcome::Aborted));
    assert_eq!(outcome(&sandbox, &parent), None);
    assert!(
        facts(&sandbox, &parent)
            .iter()
            .any(|f| matches!(&f.event, Event::ChildClosed(e) if e.child == child))
    );
    close(&child, "aborted").exits(2).only_says("is closed already");
    assert_eq!(outcome(&sandbox, &parent), None);
    sandbox.run(["resume", "--headless", "--answers", "answers.yaml"]).exits(0);
    assert_eq!(outcome(&sandbox, &parent), Some(RunOutcome::Completed));
}

/// Closing a parent closes what is open below it first.
#[test]
fn a_parent_is_closed_with_its_children() {
    let sandbox = Sandbox::new("parent");
    let (parent, child) = family(&sandbox);
    let close = ["close", &parent, "--outcome", "abandoned", "--reason", "a test", "--as", "omar"];
    sandbox.run(close).exits(1);
    for run in [&child, &parent] {
        assert_eq!(outcome(&sandbox, run), Some(RunOutcome::Abandoned));
    }
    sandbox.run(["verify"]).exits(0);
}

/// Who takes a run over drives it from then on; who drove it stops, says so, and writes nothing any more.
#[test]
fn a_run_is_taken_over() {
    let sandbox = Sandbox::new("take-over");
    signed(&sandbox, "book.md", "- [ ] Wait. <!-- gonogo: id=wait wait=1s -->\n\n- [ ] Go.\n");
    let answers = std::fs::read_to_string(sandbox.path("answers.yaml")).expect("answers");
    let mut command = sandbox.command(["run", "book.md", "--headless", "--answers", "answers.yaml"]);
    let driver = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    until("it waits", || {
        let log = sandbox.log();
        let runs = Reader::open(&log).and_then(|r| r.runs()).unwrap_or_default();
        runs.first()
            .is_some_and(|r| facts(&sandbox, &r.run).iter().any(|f| matches!(f.event, Event::WaitStarted(_))))
    });
    sandbox.write("stop.yaml", answers.replace("{sign: true}", "stop"));
    let args = ["resume", "--take-over", "layla does not answer", "--as", "omar", "--headless", "--answers"];
    sandbox.run([&args[..], &["stop.yaml"]].concat()).says("the run stays open");
    ended(&command, driver).exits(10).says("somebody else has taken this run over");
    let run = Reader::open(&sandbox.log()).expect("the log").runs().expect("runs").pop().expect("a run").run;
    let facts = facts(&sandbox, &run);
    let taken =
        facts.iter().position(|f| matches!(&f.event, Event::RunDriverChanged(e) if e.before == "layla"));
    let later = facts.get(taken.expect("on the record")..).unwrap_or_default();
    let others = later.iter().any(|f| match &f.event {
        Event::BoxSigned(e) => e.who.name == "layla",
        Event::RunPaused(e) => e.who.name == "layla",
        _ => false,
    });
    assert!(!others, "{later:?}");
    assert_eq!(walk(&sandbox, "book.md", &[]).status.code(), Some(0));
}

#[test]
fn a_runbook_that_led_to_a_run_is_not_opened_below_it() {
    let sandbox = Sandbox::new("circle");
    let link = |to: &str| format!("# T\n\n- [ ] [next]({to}) is done <!-- gonogo: id=next runbook -->\n");
    sandbox.write("b.md", link("a.md"));
    sandbox.write("a.md", link("b.md"));
    sandbox.write("stop.yaml", sandbox.run(["answers", "a.md"]).exits(0).out.as_str());
    sandbox.run(["run", "a.md", "--headless", "--answers", "stop.yaml", "--as", "layla"]).exits(7);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let refused = runtime.expect("a runtime").block_on(async {
        let session = Session::open(&sandbox.log()).await.expect("the log");
        let reader = Reader::open(&sandbox.log()).expect("the log");
        let parent = reader.runs().expect("runs").pop().expect("a run").run;
        let run = resuming::fold(&reader, &parent).expect("it folds").run;
        let open = |run: Run, link: &str| {
            let (log, link) = (session.log.clone(), link.to_owned());
            async move { opening::open_child(log, run, omar(), Some("next".into()), link, Vec::new()).await }
        };
        let (_, child) = open(run, "b.md").await.expect("the child opens");
        let refused = open(*child, "a.md").await.expect_err("the runbook that led here");
        session.close("the test ends").await.expect("closed");
        refused
    });
    assert!(refused.contains("a.md -> ") && refused.contains("would never end"), "{refused}");
}
