//! Small runbooks, their environments and their answers.

use std::path::PathBuf;

use gonogo::audit::query::Reader;
use gonogo::run::event::Event;
use gonogo::run::fact::Recorded;

use crate::support::binary::{Sandbox, Shown};

/// Three boxes that a person signs; no host is needed.
pub const THREE: &str = "\
# Three boxes

- [ ] One. <!-- gonogo: id=one -->
- [ ] Two. <!-- gonogo: id=two -->
- [ ] Three. <!-- gonogo: id=three -->
";

/// Variables, an environment and a step on a host.
pub const HOSTED: &str = "\
---
gonogo:
  vars:
    TAG: {match: 'v\\d+'}
    NAME: {default: x}
  environments: env.yaml
---

# On a host

- [ ] Look. <!-- gonogo: id=look -->

- [ ] Do. <!-- gonogo: id=do -->

  ```sh name=touch on=web
  echo hi
  ```
";

/// An environment on a closed port of this machine.
pub const CLOSED_PORT: &str = "here:\n  hosts: {web: layla@127.0.0.1:1}\n";

/// Options that suffice for [`HOSTED`], but for its answers.
pub const HERE: [&str; 4] = ["--env", "here", "--set", "TAG=v1"];

/// Writes `text` as the file `name`, and `answers.yaml`, which signs every box of it; returns the runbook.
pub fn signed(sandbox: &Sandbox, name: &str, text: &str) -> PathBuf {
    let book = sandbox.write(name, text);
    let shown = sandbox.run(["answers".as_ref(), book.as_os_str()]);
    let answers = shown.exits(0).out.replace(": stop", ": {sign: true}");
    sandbox.write("answers.yaml", answers.replace("# operator: {name: …}", "operator: {name: layla}"));
    book
}

/// Runs `gonogo run BOOK --headless --answers answers.yaml` with `more`.
pub fn walk(sandbox: &Sandbox, book: &str, more: &[&str]) -> Shown {
    sandbox.run([&["run", book, "--headless", "--answers", "answers.yaml"], more].concat())
}

/// Returns the id of the only run in the sandbox's log.
pub fn only_run(sandbox: &Sandbox) -> String {
    let runs = Reader::open(&sandbox.log()).expect("a log").runs().expect("runs");
    assert_eq!(runs.len(), 1);
    runs[0].run.clone()
}

/// Returns the facts of the only run in the sandbox's log.
pub fn facts(sandbox: &Sandbox) -> Vec<Recorded> {
    let reader = Reader::open(&sandbox.log()).expect("a log");
    reader.load(&only_run(sandbox)).expect("its facts").events
}

/// Returns whether the only run in the sandbox's log is open.
pub fn is_open(sandbox: &Sandbox) -> bool {
    !facts(sandbox).iter().any(|f| matches!(f.event, Event::RunClosed(_)))
}
