//! The runbook's file is edited or deleted under a run: it is noticed, recorded once, and the run goes on with its text.

use std::fs;
use std::sync::Arc;

use gonogo::run::event::Event;
use gonogo::runbook::parse;
use gonogo::runtime::watch::Watch;

use crate::it::cli::books::{THREE, facts, signed};
use crate::support::binary::Sandbox;
use crate::support::temp::TempDir;

fn changes(sandbox: &Sandbox) -> Vec<String> {
    let facts = facts(sandbox).into_iter().filter_map(|f| match f.event {
        Event::RunbookChanged(e) => Some(e.now),
        _ => None,
    });
    facts.collect()
}

/// Opens a run of [`THREE`] that stops at its second box.
fn stopped(sandbox: &Sandbox) {
    signed(sandbox, "book.md", THREE);
    let answers = fs::read_to_string(sandbox.path("answers.yaml")).expect("answers");
    sandbox.write("all.yaml", &answers);
    sandbox.write("answers.yaml", answers.replace("two: {sign: true}", "two: stop"));
    let shown = sandbox.run(["run", "book.md", "--headless", "--answers", "answers.yaml"]);
    shown.exits(9);
    assert_eq!(changes(sandbox), Vec::<String>::new());
}

fn resume(sandbox: &Sandbox, answers: &str) -> crate::support::binary::Shown {
    sandbox.run(["resume", "--headless", "--answers", answers])
}

#[test]
fn a_run_whose_file_is_gone_is_resumed_with_the_text_it_keeps() {
    let sandbox = Sandbox::new("edits");
    stopped(&sandbox);
    fs::remove_file(sandbox.path("book.md")).expect("removed");
    let shown = resume(&sandbox, "all.yaml");
    shown.exits(0).tells("the runbook's file has changed").tells("the file: missing").tells("=== completed");
    assert_eq!(changes(&sandbox), ["missing"]);
    sandbox.run(["verify"]).exits(0);
}

#[test]
fn what_moved_is_said_at_resume_and_each_text_is_recorded_once() {
    let sandbox = Sandbox::new("edits");
    stopped(&sandbox);
    let new = "# Three boxes\n\n- [ ] Zero.\n- [ ] Two. <!-- gonogo: id=two required -->\n- [ ] One. <!-- gonogo: id=one -->\n";
    sandbox.write("book.md", new);
    for _ in 0..2 {
        let shown = resume(&sandbox, "answers.yaml");
        shown.exits(9);
    }
    let shown = resume(&sandbox, "answers.yaml");
    shown.exits(9);
    assert!(!shown.out.contains("file has changed"), "it was said before: {shown}");
    assert_eq!(changes(&sandbox).len(), 1);
    sandbox.write("book.md", new.replace("Zero", "Nil"));
    let shown = resume(&sandbox, "answers.yaml");
    shown.exits(9).tells("To take the new one, close this run and open a new one.");
    for line in
        ["added: Nil., line 3", "changed: Two. (what it asks for), line 4", "removed: Three.", "moved: "]
    {
        shown.tells(line);
    }
    assert_eq!(changes(&sandbox).len(), 2);
    // The text that the run keeps is what is walked.
    sandbox.write("book.md", THREE);
    resume(&sandbox, "all.yaml").exits(0).tells("=== completed");
    assert_eq!(changes(&sandbox).len(), 2);
}

#[tokio::test]
async fn a_file_is_looked_at_again_only_when_it_looks_different() {
    let dir = TempDir::new("watch");
    let file = dir.join("book.md");
    fs::write(&file, THREE).expect("written");
    let kept = Arc::new(parse("book.md", THREE.as_bytes()).expect("a runbook").0);
    let watch = Watch::default();
    let look = || watch.look("r-1", file.clone(), Arc::clone(&kept));
    assert_eq!(look().await, None);
    fs::write(&file, format!("{THREE}- [ ] Four.\n")).expect("written");
    let seen = look().await.expect("it differs");
    assert_eq!(seen.changes, ["added: Four., line 6"]);
    assert_eq!(look().await, Some(seen));
    fs::write(&file, "# nothing\n").expect("written");
    let broken = look().await.expect("it differs");
    assert!(broken.changes[0].starts_with("the file has errors now: "), "{broken:?}");
    fs::remove_file(&file).expect("removed");
    assert_eq!(look().await.map(|d| d.now), Some("missing".to_owned()));
    fs::write(&file, THREE).expect("written");
    assert_eq!(look().await, None);
}
