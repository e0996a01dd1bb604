//! Windows of any size, and the other ways in which a terminal changes under the program.

use crate::support::pty::desk::Desk;
use crate::support::pty::{CTRL_L, ENTER};

use super::small::LONG;

#[test]
fn it_lives_through_any_size_while_a_step_runs() {
    let desk = Desk::with_runbook(LONG);
    let mut pty = desk.demo(&[]);
    pty.press_for(ENTER, "RUNNING");
    desk.wait_on_host("count", "ran\n");
    for (columns, rows) in [(2, 2), (1, 1), (3, 40), (300, 2), (40, 10), (19, 4), (500, 200), (1, 24)] {
        pty.resize(columns, rows);
        pty.wait("something in the window", |seen| !seen.text().trim().is_empty());
    }
    pty.resize(80, 24);
    pty.wait("the screen as before", |seen| {
        seen.now().contains("RUNNING") && seen.last().contains("q leave") && seen.has("begun")
    });
    std::fs::write(desk.on_host("go-on"), "").unwrap();
    pty.wait_for("run after on api-1");
    pty.send("q");
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
}

#[test]
fn the_screen_is_drawn_anew_on_request() {
    let desk = Desk::with_runbook(LONG);
    let mut pty = desk.demo(&[]);
    let before = pty.bytes().len();
    pty.send(CTRL_L);
    let whole = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("Takes its time.");
    pty.wait("everything once more", |seen| whole(&seen.bytes[before..]));
    pty.send("q");
    assert_eq!(pty.code(), 0);
}
