//! `gonogo plan`: shows, and leaves everything as it is; `--live` really runs checks and nothing else.

use std::fs;

use crate::it::cli::books::{CLOSED_PORT, HERE, HOSTED};
use crate::support::binary::{Sandbox, Shown};
use crate::support::sshd::Sshd;

/// A runbook in which everything that could run would leave a mark.
fn marking(sandbox: &Sandbox) -> String {
    let mark = sandbox.path("mark").display().to_string();
    format!(
        "---
gonogo:
  vars:
    TAG: {{match: 'v\\d+'}}
    TOKEN: {{secret: true, from: command, command: 'touch {mark}-secret'}}
  environments: env.yaml
---
# Marks

- [ ] Look <!-- gonogo: id=looked -->

  ```sh name=look on=web check
  touch {mark}-check
  ```

- [ ] Do `touch {mark}-inline` <!-- gonogo: id=done -->

  ```sh name=do on=web
  touch {mark}-step; echo $(touch {mark}-subst)
  ```

  ```sh name=here on=local
  touch {mark}-local
  ```
"
    )
}

#[test]
fn a_plan_changes_nothing_anywhere() {
    let sandbox = Sandbox::new("plan");
    sandbox.write("book.md", marking(&sandbox));
    sandbox.write("env.yaml", CLOSED_PORT);
    let before = sandbox.contents();
    for more in [&[][..], &["--json"], &["--wire"], &["--env", "here"], &["--env", "here", "--set", "TAG=v1"]]
    {
        let shown = sandbox.run([&["plan", "book.md"], more].concat());
        shown.exits(0).tells("look");
        sandbox.contents().unchanged_since(&before, &shown);
    }
    assert!(!sandbox.log().exists());
}

#[test]
fn without_an_environment_nobody_is_asked_and_it_is_said() {
    let sandbox = Sandbox::new("plan");
    sandbox.write("book.md", HOSTED);
    sandbox.write("env.yaml", CLOSED_PORT);
    let shown = sandbox.run(["plan", "book.md"]);
    shown.exits(0).tells("\nMissing\n").tells("no environment is chosen: --env (here)");
    shown.tells("no value for TAG: give it with --set TAG=…").tells("no host has the role web");
    let shown = sandbox.run([&["plan", "book.md"], &HERE[..]].concat());
    shown.exits(0).tells("Nothing is missing.").tells("layla@127.0.0.1:1");
}

#[test]
fn what_is_typed_wrong_is_refused_in_one_sentence() {
    let sandbox = Sandbox::new("plan");
    sandbox.write("book.md", HOSTED);
    sandbox.write("env.yaml", CLOSED_PORT);
    sandbox
        .run(["plan", "book.md", "--env", "there"])
        .exits(2)
        .only_says("has no environment there; it has: here");
    sandbox
        .run(["plan", "book.md", "--set", "TAGG=v1"])
        .exits(2)
        .only_says("has no variable or placeholder TAGG");
    sandbox.write("secret.md", marking(&sandbox));
    sandbox.run(["plan", "secret.md", "--set", "TOKEN=x"]).exits(2).only_says("TOKEN is a secret");
    sandbox.run(["plan", "book.md", "--set", "TAG"]).exits(2).only_says("write NAME=VALUE");
}

#[test]
fn runbooks_in_a_circle_are_an_error_that_names_the_way_round() {
    let sandbox = Sandbox::new("plan");
    let link = |to: &str| format!("# T\n\n- [ ] [next]({to}) is done <!-- gonogo: runbook -->\n");
    sandbox.write("a.md", link("b.md"));
    sandbox.write("b.md", link("c.md"));
    sandbox.write("c.md", link("b.md"));
    let shown = sandbox.run(["plan", "a.md"]);
    shown.exits(3).only_says("runbooks link each other in a circle");
    let way = shown.err.split(": ").last().expect("a way").trim();
    let names: Vec<&str> = way.split(" -> ").map(|f| f.rsplit('/').next().unwrap_or(f)).collect();
    assert_eq!(names, ["b.md", "c.md", "b.md"]);
    sandbox
        .run(["check", "a.md"])
        .exits(3)
        .tells("error[circular-runbooks]: runbooks link each other in a circle");
}

#[test]
fn a_child_and_a_rollback_are_planned_and_a_missing_one_is_said() {
    let sandbox = Sandbox::new("plan");
    let book = "---\ngonogo: {rollback: back.md}\n---\n# T\n\n- [ ] [sub](sub.md) is done <!-- gonogo: runbook -->\n- [ ] [gone](gone.md) is done <!-- gonogo: runbook -->\n";
    sandbox.write("a.md", book);
    sandbox.write("sub.md", "# Sub\n\n- [ ] inner\n");
    // A rollback that names where it came from is no circle: it is not followed again.
    sandbox.write("back.md", "---\ngonogo: {rollback: a.md}\n---\n# Back\n\n- [ ] undone\n");
    let shown = sandbox.run(["plan", "a.md"]);
    shown.exits(0).tells("runs as a child: Sub").tells("[ ] inner").tells("If it is rolled back: Back");
    shown.tells("[ ] undone").tells("which stands above").tells("the linked runbook gone.md: read ");
}

#[test]
fn the_shipped_release_is_planned_and_its_hosts_are_known_to_be_samples() {
    let sandbox = Sandbox::new("plan");
    let shown = sandbox.run(["plan", "ispeaker/release", "--env", "production", "--set", "VERSION=v1.0.7"]);
    shown.exits(0).tells("Starting it wants the name typed: production").tells("-- gate: go or no-go --");
    shown.tells("on one host after another, stopping at the first that fails");
    shown.tells("web-1 (deploy@192.0.2.10:22)").tells("reserved for samples");
    shown.tells("if MIGRATED: unknown until run, MIGRATED is captured by step schema-after");
}

#[test]
fn the_wire_is_listed_to_the_last_byte() {
    let sandbox = Sandbox::new("plan");
    sandbox.write("book.md", "# T\n\n- [ ] b\n");
    let shown = sandbox.run(["plan", "book.md", "--wire", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&shown.exits(0).out).expect("JSON");
    for (listed, real) in
        json["wire"]["programs"].as_array().expect("programs").iter().zip(gonogo::exec::wrapper::wire())
    {
        assert_eq!(
            (listed["name"].as_str(), listed["text"].as_str()),
            (Some(real.name), Some(real.text.as_str()))
        );
    }
    let shown = sandbox.run(["plan", "book.md", "--wire"]);
    for name in ["open", "step", "probe", "fetch", "cancel", "close"] {
        shown.exits(0).tells(&format!("\n{name}: "));
    }
}

/// Checks on a closed port: nothing is reached, which is said, and nothing is left here.
#[test]
fn live_checks_without_a_host_exit_4() {
    let sandbox = Sandbox::new("plan");
    sandbox.write("book.md", HOSTED.replace("name=touch on=web", "name=touch on=web check"));
    sandbox.write("env.yaml", CLOSED_PORT);
    let before = sandbox.contents();
    let shown = sandbox.run([&["plan", "book.md", "--live"], &HERE[..]].concat());
    shown.exits(4).tells("=> no host on 127.0.0.1");
    sandbox.contents().unchanged_since(&before, &shown);
}

fn on_server(sandbox: &Sandbox, sshd: &Sshd, known_hosts: &str) {
    let host = sshd.host(None);
    let text = format!(
        "here:\n  hosts:\n    web: [{{host: web-1, address: 127.0.0.1, user: {}, port: {}, identity: {}, known_hosts: {known_hosts}}}]\n",
        host.user,
        host.port,
        sshd.dir().join("user_ed25519").display(),
    );
    sandbox.write("env.yaml", text);
}

fn live(sandbox: &Sandbox) -> Shown {
    sandbox.run(["plan", "book.md", "--live", "--trust", "--env", "here", "--set", "TAG=v1"])
}

#[test]
#[ignore = "needs sshd"]
fn live_checks_really_run_and_nothing_else_does() {
    let (sandbox, sshd) = (Sandbox::new("plan-live"), Sshd::start());
    let known = sshd.known_hosts("host_ed25519").display().to_string();
    let mark = sandbox.path("mark").display().to_string();
    let book = format!(
        "---
gonogo:
  vars: {{TAG: {{match: 'v\\d+'}}}}
  environments: env.yaml
---
# Live

- [ ] Look

  ```sh name=good on=web check expect=v1
  touch {mark}-check; echo \"it is $TAG\"
  ```

  ```sh name=warns on=web check
  exit 2
  ```

  ```sh name=later on=web check
  echo \"$FOUND\"
  ```

- [ ] Do

  ```sh name=do on=web capture=FOUND
  touch {mark}-step
  ```

  ```sh name=after on=web check
  echo \"$FOUND\"
  ```
"
    );
    sandbox.write("book.md", &book);
    on_server(&sandbox, &sshd, &known);
    let shown = live(&sandbox);
    shown.exits(0).tells("=> ok on web-1: it is v1").tells("=> warning on web-1: exit 2");
    shown.tells("=> not run: it needs FOUND");
    assert!(sandbox.path("mark-check").exists() && !sandbox.path("mark-step").exists());
    assert!(!sandbox.log().exists());
    let left = fs::read_dir(sshd.home().join(".gonogo")).map_or(0, |dir| dir.count());
    assert_eq!(left, 0, "nothing is left on the host");

    sandbox.write("book.md", book.replace("expect=v1", "expect=v2"));
    live(&sandbox).exits(1).tells("=> failed on web-1: its output has nothing that matches v2");

    fs::remove_file(sandbox.path("mark-check")).expect("removed");
    on_server(&sandbox, &sshd, &sandbox.write("unknown", "").display().to_string());
    let shown = live(&sandbox);
    shown.exits(4).tells("=> no host on web-1: the host key of web-1 is not known");
    assert!(!sandbox.path("mark-check").exists());
}
