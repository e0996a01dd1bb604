//! Keys that were not meant, pasted text, and typing while a step runs.

use crate::support::pty::desk::Desk;
use crate::support::pty::{ENTER, ESC};

use super::small::{LONG, SMALL};

#[test]
fn pasted_text_starts_nothing() {
    let desk = Desk::with_runbook(LONG);
    let mut pty = desk.demo(&[]);
    pty.paste("\n\r\n q\nx\x03\n");
    pty.wait_for("pasted text was dropped");
    assert!(!pty.seen().has("RUNNING"));
    assert_eq!(desk.intended(), 0);
}

#[test]
fn pasted_text_with_newlines_goes_into_a_field_and_answers_nothing() {
    let desk = Desk::with_runbook(SMALL);
    let mut pty = desk.demo(&[]);
    pty.press_for(ENTER, "Sign box 1");
    pty.read();
    pty.paste("first\nsecond\r\nthird\n");
    pty.wait("the text in the field", |seen| seen.has("first") && seen.has("second") && seen.has("third"));
    assert!(pty.seen().has("Sign box 1"), "{}", pty.seen().text());
    assert!(!pty.seen().has("[✓]"), "{}", pty.seen().text());
}

#[test]
fn what_is_typed_while_a_step_runs_starts_nothing_later() {
    let desk = Desk::with_runbook(LONG);
    let mut pty = desk.demo(&[]);
    pty.press_for(ENTER, "RUNNING");
    desk.wait_on_host("count", "ran\n");
    pty.wait_for("begun");
    pty.send("\r\r \r\rj\rk\r");
    pty.send("y");
    pty.wait_for("copied:");
    assert!(pty.seen().now().contains("RUNNING"), "{}", pty.seen().text());
    // Enter is held down as the step ends.
    std::fs::write(desk.on_host("go-on"), "").unwrap();
    while !pty.seen().enter().contains("run after") {
        pty.send(ENTER);
        pty.holds_within(std::time::Duration::from_millis(30), |seen| seen.enter().contains("run after"));
    }
    pty.send("\r\r\r");
    pty.send("y");
    pty.wait_for("copied:");
    assert_eq!(desk.intended(), 1);
    desk.wait_on_host("count", "ran\n");
}

#[test]
fn escape_goes_back_and_keeps_what_was_typed() {
    let desk = Desk::with_runbook(SMALL);
    let mut pty = desk.demo(&[]);
    pty.send("n");
    pty.wait_for("note");
    pty.fill("ملاحظة 検査 done");
    pty.press(ESC, "the question gone", |seen| !seen.has("検査"));
    pty.send("n");
    pty.wait_for("検査");
}
