//! What a runbook runs on this machine wants to be trusted, once for each text; looking at it runs nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::it::cli::books::{is_open, signed, walk};
use crate::support::binary::Sandbox;

/// Leaves a mark wherever anything of it runs.
const MARKS: &str = "\
---
gonogo:
  vars:
    TOKEN: {secret: true, from: command, command: 'touch marked-by-the-secret; echo t0ken-of-$((40 + 2))'}
---

# Marks

- [ ] It builds. <!-- gonogo: id=built -->

  ```sh name=build on=local
  touch marked-by-the-step; echo \"built with $TOKEN\"
  ```
";

/// The marks that there are, wherever a command may have run.
fn marks(sandbox: &Sandbox) -> Vec<String> {
    let homes = [sandbox.path(""), sandbox.path("../home")];
    let entries = homes.iter().flat_map(|dir| fs::read_dir(dir).expect("a directory"));
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut marks: Vec<_> = names.filter(|name| name.starts_with("marked-")).collect();
    marks.sort();
    marks
}

#[test]
fn a_runbook_that_runs_something_here_is_trusted_once_for_each_text() {
    let sandbox = Sandbox::new("trust");
    signed(&sandbox, "book.md", MARKS);
    let refused = walk(&sandbox, "book.md", &[]);
    refused.exits(3).only_says("--trust");
    refused.says("| touch marked-by-the-step; echo").says("| touch marked-by-the-secret; echo");
    assert!(
        marks(&sandbox).is_empty() && !sandbox.log().exists(),
        "nothing ran, nothing is recorded: {refused}"
    );

    let done = walk(&sandbox, "book.md", &["--trust"]);
    done.exits(0).tells("build on local: exit 0").says("touch marked-by-the-secret");
    assert_eq!(marks(&sandbox), ["marked-by-the-secret", "marked-by-the-step"]);
    let mode = fs::metadata(sandbox.path("../state/gonogo/trusted")).expect("the store").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    walk(&sandbox, "book.md", &[]).exits(0).tells("build on local: exit 0");

    signed(&sandbox, "book.md", &MARKS.replace("built with", "made with"));
    walk(&sandbox, "book.md", &[]).exits(3).only_says("it has changed since");
    walk(&sandbox, "book.md", &["--trust"]).exits(0);
    // Another file with the same text is another file; the text of before is not trusted any more.
    signed(&sandbox, "other.md", &MARKS.replace("built with", "made with"));
    walk(&sandbox, "other.md", &[]).exits(3).only_says("other.md");
    signed(&sandbox, "book.md", MARKS);
    walk(&sandbox, "book.md", &[]).exits(3).only_says("book.md");
}

#[test]
fn a_run_is_taken_up_only_with_trust() {
    let sandbox = Sandbox::new("trust-resume");
    signed(&sandbox, "book.md", &MARKS.replace("on=local\n", "on=local\n  [ -e ready ] || exit 7\n"));
    walk(&sandbox, "book.md", &["--trust"]).exits(1).tells("build on local: exit 7");
    assert!(is_open(&sandbox));
    fs::write(sandbox.path("../home/ready"), "").expect("a file");
    fs::remove_file(sandbox.path("../state/gonogo/trusted")).expect("the store");
    let resume = ["resume", "--headless", "--answers", "answers.yaml"];
    sandbox.run(resume).exits(3).only_says("--trust");
    assert!(is_open(&sandbox));
    // A step that failed is retried by a person only; here it shows that the run was taken up.
    let taken = sandbox.run([&resume[..], &["--trust"]].concat());
    taken.exits(1).says("exit 7");
    sandbox.run(["verify"]).exits(0);
}

#[test]
fn a_linked_runbook_has_to_be_trusted_before_anything_starts() {
    let sandbox = Sandbox::new("trust-linked");
    sandbox.write("child.md", MARKS);
    let parent = "# Parent\n\n- [ ] Read on. <!-- gonogo: id=one -->\n- [ ] [Child](child.md) <!-- gonogo: id=two runbook -->\n";
    signed(&sandbox, "parent.md", parent);
    let refused = walk(&sandbox, "parent.md", &[]);
    refused.exits(3).only_says("child.md would run on this machine");
    assert!(!sandbox.log().exists());
    // What a child needs is asked for when its parent starts.
    let walked = walk(&sandbox, "parent.md", &["--trust"]);
    walked.exits(7).tells("[x] Read on.");
    assert_eq!(marks(&sandbox), ["marked-by-the-secret"]);
}

#[test]
fn a_store_that_others_can_write_counts_for_nothing() {
    let sandbox = Sandbox::new("trust-store");
    signed(&sandbox, "book.md", MARKS);
    walk(&sandbox, "book.md", &["--trust"]).exits(0);
    let store = sandbox.path("../state/gonogo/trusted");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o666)).expect("changed");
    walk(&sandbox, "book.md", &[]).exits(3).only_says("only you can write");
}

#[test]
fn looking_at_a_runbook_runs_nothing_and_asks_nothing() {
    let sandbox = Sandbox::new("trust-look");
    let book = sandbox.write("book.md", MARKS);
    let book = book.to_str().expect("a path");
    for args in [vec!["check", book], vec!["answers", book]] {
        let shown = sandbox.run(&args);
        shown.exits(0);
        assert!(!shown.err.contains("trust"), "{shown}");
    }
    // Commands that this version may not have yet say so; those that it has run nothing either.
    for args in [vec!["outline", book], vec!["plan", book], vec!["print", book], vec!["plan", book, "--live"]]
    {
        let shown = sandbox.run(&args);
        assert!(matches!(shown.status.code(), Some(0 | 2)), "{shown}");
        assert!(!shown.err.contains("--trust"), "{shown}");
    }
    assert!(marks(&sandbox).is_empty(), "{:?}", marks(&sandbox));
    assert!(!sandbox.log().exists() && !sandbox.path("../state/gonogo/trusted").exists());
}

#[test]
fn a_host_of_the_name_local_is_refused() {
    let sandbox = Sandbox::new("trust-local");
    let text = "---\ngonogo:\n  hosts: {local: layla@127.0.0.1:1}\n---\n\n# Two meanings\n\n- [ ] Go.\n\n  ```sh name=a on=local\n  true\n  ```\n";
    sandbox.write("book.md", text);
    sandbox.run(["check", "book.md"]).exits(3).tells("local");
}
