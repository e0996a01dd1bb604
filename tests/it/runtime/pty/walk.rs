//! From start to finish with keys only.

use std::time::{Duration, Instant};

use crate::support::pty::desk::Desk;
use crate::support::pty::{ENTER, Pty, STUCK, Seen};

use super::small::{BACK, FAILS, SMALL};

/// How long a key may take to show something before the screen is looked at afresh.
const LOOK: Duration = Duration::from_millis(800);

/// Walks on with the keys that the screen itself names until `done` stands on it; returns what Enter was told to do.
#[track_caller]
pub fn walk(pty: &mut Pty, done: &str) -> Vec<String> {
    let (mut told, mut since): (Vec<String>, _) = (Vec::new(), Instant::now());
    loop {
        let (enter, screen) = {
            let seen = pty.seen();
            (seen.enter(), seen.text())
        };
        if screen.contains(done) {
            return told;
        }
        if told.last() != Some(&enter) {
            told.push(enter.clone());
            since = Instant::now();
        }
        if since.elapsed() > STUCK || told.len() > 1000 {
            pty.fail(&format!("the walk does not go on:\n{}\n", told.join("\n")));
        }
        if screen.contains("Enter is locked") {
            pty.fill("demo");
        } else if enter.contains("to wait") {
            pty.press_for("x", "End the wait");
            pty.fill("seen enough");
        } else if enter.contains("set MIGRATED") && !screen.contains("asked the database") {
            pty.fill("yes");
            pty.send("\tasked the database");
        } else if screen.contains("▸ MIGRATED") {
            if enter.contains("Nothing is given") {
                pty.fill("yes");
            } else if enter.contains(" Enter ") {
                pty.enter();
            }
        } else if screen.contains("  wanted") {
            pty.fill("yusuf");
        } else if enter.contains("sign box") || enter.contains("give ") {
            pty.send(" ");
        } else if enter.contains("go or no-go") || enter.contains("say go  (") {
            pty.send("g");
        } else if enter.contains(" Enter ") {
            pty.enter();
        }
        pty.holds_within(LOOK, |seen: &Seen| seen.enter() != enter);
    }
}

#[test]
fn a_small_runbook_goes_from_start_to_finish_with_keys_only() {
    let desk = Desk::with_runbook(SMALL);
    let mut pty = desk.demo(&[]);
    walk(&mut pty, " DONE ");
    assert!(pty.seen().has("4 signed"), "{}", pty.seen().text());
    pty.send("q");
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    pty.wait_for("completed");
    assert!(!desk.open());
    assert_eq!(desk.intended(), 2);
}

#[test]
fn the_release_goes_from_start_to_finish_with_keys_only() {
    let desk = Desk::new();
    let mut pty = desk.demo(&[]);
    let told = walk(&mut pty, " DONE ");
    assert!(told.iter().any(|line| line.contains("run web-build on web-1")), "{}", told.join("\n"));
    pty.send("q");
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    pty.wait_for("completed");
    assert!(!desk.open());
}

#[test]
fn a_failed_step_leads_to_a_rollback_with_keys_only() {
    let desk = Desk::with_runbooks(FAILS, &[("back.md", BACK)]);
    let mut pty = desk.demo(&[]);
    walk(&mut pty, "FAILED");
    roll_back(&mut pty);
}

#[test]
#[ignore = "takes most of a minute"]
fn a_failed_migration_is_rolled_back_with_keys_only() {
    let desk = Desk::new();
    let mut pty = desk.demo(&["--fail", "migrate"]);
    walk(&mut pty, "FAILED");
    roll_back(&mut pty);
    assert!(!desk.open());
}

fn roll_back(pty: &mut Pty) {
    pty.press_for("R", "Roll back?");
    pty.read();
    // The letter chooses, Enter opens.
    pty.press_for("R", "open the rollback");
    pty.press(ENTER, "the child run", |seen| !seen.has("Roll back?"));
    walk(pty, "ROLLED BACK");
    pty.send("q");
    assert_eq!(pty.code(), 1);
    pty.assert_given_back();
    pty.wait_for("rolled back");
}
