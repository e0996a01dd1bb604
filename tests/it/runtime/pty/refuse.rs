//! Where there can be no screen, one sentence says so and nothing is changed; what a terminal cannot show is not sent.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use crate::support::pty::ENTER;
use crate::support::pty::desk::{Desk, EXE};

use super::small::SMALL;
use super::walk::walk;

#[test]
fn without_a_terminal_it_says_so_and_changes_nothing() {
    let desk = Desk::new();
    let mut command = Command::new(EXE);
    command.args(["demo", "--as", "layla"]).env_clear().envs(desk.surroundings()).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("gonogo: this needs a terminal"), "{said}");
    assert!(!desk.home().join("state").exists(), "it made something all the same");
}

#[test]
fn a_dumb_terminal_is_refused() {
    let mut desk = Desk::new();
    desk.env.push(("TERM", "dumb"));
    let mut pty = desk.start([EXE, "demo", "--as", "layla"].map(OsString::from).to_vec());
    assert_eq!(pty.code(), 2);
    pty.wait_for("gonogo: this needs a terminal");
    assert!(pty.bytes().iter().all(|b| *b != 0x1b), "{:?}", String::from_utf8_lossy(&pty.bytes()));
    assert!(!desk.home().join("state").exists(), "it made something all the same");
}

#[test]
fn without_colours_no_colour_is_sent() {
    let mut desk = Desk::with_runbook(SMALL);
    desk.env.push(("NO_COLOR", "1"));
    let mut pty = desk.demo(&[]);
    walk(&mut pty, " DONE ");
    let bytes = String::from_utf8(pty.bytes()).unwrap();
    let sgr = regex::Regex::new("\x1b\\[([0-9;:]*)m").unwrap();
    let colours: Vec<&str> = sgr
        .captures_iter(&bytes)
        .flat_map(|found| found.get(1).unwrap().as_str().split([';', ':']))
        .filter(|code| matches!(code.parse(), Ok(30..=38 | 40..=48 | 58 | 90..=107)))
        .collect();
    assert_eq!(colours, Vec::<&str>::new());
    assert!(sgr.is_match(&bytes), "bold and reversed stay");
}

#[test]
fn a_locale_without_unicode_gets_ascii() {
    let mut desk = Desk::with_runbook(SMALL);
    desk.env.push(("LANG", "C"));
    let mut pty = desk.demo(&[]);
    assert!(pty.seen().has("[*]"), "{}", pty.seen().text());
    pty.press_for(ENTER, "Sign box 1");
    pty.press_for("\x1b", "q leave");
    walk(&mut pty, " DONE ");
    pty.send("?");
    pty.wait_for("roll back; hand run over");
    let bytes = pty.bytes();
    let odd: Vec<u8> = bytes.into_iter().filter(|b| !b.is_ascii()).collect();
    assert!(odd.is_empty(), "{:?}", String::from_utf8_lossy(&odd));
}
