//! Secrets and trust where a person sits: asked before the screen starts, and never shown.

use std::ffi::OsString;

use crate::support::pty::desk::{Desk, EXE};
use crate::support::pty::{CTRL_C, ENTER, Pty};

use super::walk::walk;

const BOOK: &str = "\
---
gonogo:
  vars:
    TOKEN: {secret: true, from: prompt}
    KEY: {secret: true, from: env}
---

# Secrets

- [ ] It runs. <!-- gonogo: id=run -->

  ```sh name=show on=local
  echo \"token $TOKEN\"; printf %s \"$TOKEN\" | base64; echo \"key ${KEY}\"; echo \"home $HOME\"
  ```
";

/// What is typed, and what its base64 is.
const TYPED: [&str; 2] = ["t0ken-typed-by-hand", "dDBrZW4tdHlwZWQtYnktaGFuZA=="];

fn start(desk: &mut Desk, args: &[&str]) -> Pty {
    desk.env = vec![("KEY", "k3y-of-this-run")];
    std::fs::write(desk.home().join("book.md"), BOOK).expect("a runbook");
    let argv = [EXE, "run", "book.md", "--as", "layla"].iter().chain(args).map(OsString::from).collect();
    desk.start(argv)
}

#[test]
fn a_person_is_asked_before_the_screen_starts_and_nothing_is_shown() {
    let mut desk = Desk::new();
    let mut pty = start(&mut desk, &[]);
    pty.wait_for("step show (line 12)");
    pty.wait_for("Enter y to trust it");
    assert!(pty.seen().has("| echo \"token $TOKEN\""), "{}", pty.seen().text());
    pty.send("y\r");
    pty.wait_for("Secret TOKEN (not shown):");
    // Too short a value is asked for again; what was typed wrong is taken back.
    pty.send("short\r");
    pty.wait_for("fewer than 8 characters");
    pty.send("wr0ng\x15");
    pty.send(TYPED[0]);
    pty.send(ENTER);
    pty.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
    walk(&mut pty, " DONE ");
    pty.send("q");
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    for secret in [TYPED[0], TYPED[1], "k3y-of-this-run", "wr0ng"] {
        assert!(!bytes.contains(secret), "{secret} was shown");
    }
    assert!(bytes.contains("[secret TOKEN]"), "the output was shown, and the secret in it was not");
    // Trusted for this text: nobody is asked again.
    let mut pty = start(&mut desk, &[]);
    pty.wait_for("Secret TOKEN (not shown):");
    assert!(!pty.seen().has("trust"), "{}", pty.seen().text());
    pty.send(CTRL_C);
    assert_eq!(pty.code(), 7);
    pty.assert_given_back();
    pty.wait_for("nobody gave the secret TOKEN");
}

#[test]
fn who_does_not_trust_starts_nothing() {
    let mut desk = Desk::new();
    let mut pty = start(&mut desk, &[]);
    pty.wait_for("Enter y to trust it");
    pty.send("n\r");
    assert_eq!(pty.code(), 3);
    pty.wait_for("nothing was started");
    assert!(!desk.home().join("state/gonogo/log.db").exists());
    assert!(!desk.home().join("state/gonogo/trusted").exists());
}
