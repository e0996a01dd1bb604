//! Every way to leave gives the terminal back and leaves the run open.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gonogo::run::event::Event;
use rustix::process::{Pid, Signal};

use crate::support::pty::desk::Desk;
use crate::support::pty::{CTRL_C, ENTER, ESC, STUCK};

use super::small::{LONG, SMALL};

fn paused(desk: &Desk) -> usize {
    desk.count(|e| matches!(e, Event::RunPaused(_)))
}

#[test]
fn q_leaves_the_run_open() {
    let desk = Desk::with_runbook(SMALL);
    let mut pty = desk.demo(&[]);
    pty.send("q");
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    pty.wait_for("open; go on with: gonogo demo");
    assert!(desk.open());
    assert_eq!(paused(&desk), 1, "leaving is one fact");
}

#[test]
fn ctrl_c_leaves_like_q_when_nothing_runs() {
    let desk = Desk::with_runbook(SMALL);
    let mut pty = desk.demo(&[]);
    pty.send(CTRL_C);
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    assert!(desk.open());
}

#[test]
fn ctrl_c_asks_when_a_step_runs_and_the_harmless_answer_is_selected() {
    let desk = Desk::with_runbook(LONG);
    let mut pty = desk.demo(&[]);
    pty.press_for(ENTER, "RUNNING");
    desk.wait_on_host("count", "ran\n");
    pty.send(CTRL_C);
    pty.wait_for("Cancel take-time on api-1");
    pty.read();
    pty.press(ENTER, "the question gone", |seen| !seen.has("Cancel take-time"));
    pty.send(CTRL_C);
    pty.wait_for("Cancel take-time on api-1");
    pty.press(CTRL_C, "that it chooses nothing", |seen| seen.has("Ctrl-C chooses nothing here"));
    assert!(pty.seen().has("Cancel take-time on api-1"), "{}", pty.seen().text());
    pty.press(ESC, "the question gone", |seen| !seen.has("Cancel take-time"));
    assert!(pty.seen().now().contains("RUNNING"), "{}", pty.seen().text());
    std::fs::write(desk.on_host("go-on"), "").unwrap();
    pty.wait_for("run after on api-1");
    assert_eq!(desk.count(|e| matches!(e, Event::StepCancelRequested(_))), 0);
}

#[test]
fn leaving_while_a_step_runs_asks_first() {
    let desk = Desk::with_runbook(LONG);
    let mut pty = desk.demo(&[]);
    pty.press_for(ENTER, "RUNNING");
    desk.wait_on_host("count", "ran\n");
    pty.send("q");
    pty.wait_for("A step is running: leave?");
    pty.press(ESC, "the question gone", |seen| !seen.has("leave?"));
    pty.send("q");
    pty.wait_for("A step is running: leave?");
    pty.press_for("c", "cancel it, then leave");
    pty.enter();
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    assert!(desk.open());
    assert_eq!(desk.count(|e| matches!(e, Event::StepFinished(_))), 1, "it was ended before");
}

#[test]
fn a_signal_to_end_ends_it_in_order() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let desk = Desk::with_runbook(LONG);
        let mut pty = desk.demo(&[]);
        pty.press_for(ENTER, "RUNNING");
        desk.wait_on_host("count", "ran\n");
        pty.signal(signal);
        assert_eq!(pty.code(), code);
        pty.assert_given_back();
        pty.wait_for("open; go on with: gonogo demo");
        assert!(desk.open());
        assert_eq!(paused(&desk), 1);
    }
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_says_why() {
    let desk = Desk::new();
    let mut pty = desk.start(desk.part("panic"));
    assert_ne!(pty.code(), 0);
    pty.assert_given_back();
    pty.wait_for("on purpose");
    let bytes = String::from_utf8_lossy(&pty.bytes()).into_owned();
    assert!(bytes.contains("\x1b[?1049h"), "it was never taken: {bytes:?}");
    let (back, why) = (bytes.rfind("\x1b[?1049l"), bytes.find("on purpose"));
    assert!(back < why, "{bytes:?}");
}

#[test]
fn nothing_is_drawn_over_the_message_of_a_panic_elsewhere() {
    let desk = Desk::new();
    let mut pty = desk.start(desk.part("panic-elsewhere"));
    assert_eq!(pty.code(), 0);
    pty.assert_given_back();
    pty.wait_for("on purpose");
    pty.wait_for("the drawing was refused");
}

/// A terminal program of which the test can close the window: a process that holds the terminal, to be killed.
struct Window(Child);

impl Drop for Window {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn a_closed_window_ends_it_in_order() {
    let desk = Desk::with_runbook(LONG);
    let argv = desk.part("hold");
    let mut command = Command::new(&argv[0]);
    command.args(&argv[1..]).env_clear().envs(desk.surroundings());
    let mut window = Window(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(window.0.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "ready"), "the window never showed the program");
    let pid = std::fs::read_to_string(desk.home().join("pid")).unwrap();
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    drop(window);
    let (code, until) = (desk.home().join("code"), Instant::now() + STUCK);
    while !std::fs::read_to_string(&code).is_ok_and(|text| text.ends_with('\n')) {
        if Instant::now() > until {
            rustix::process::kill_process(pid, Signal::KILL).ok();
            panic!("it went on without its window");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(std::fs::read_to_string(&code).unwrap(), "143\n");
    assert!(desk.open());
    assert_eq!(paused(&desk), 1);
}

#[test]
fn killed_in_mid_step_it_comes_back_with_an_unknown_step_and_runs_nothing_twice() {
    let desk = Desk::with_runbook(LONG);
    let mut pty = desk.demo(&[]);
    pty.press_for(ENTER, "RUNNING");
    desk.wait_on_host("count", "ran\n");
    pty.signal(Signal::KILL);
    assert_eq!(pty.end().signal().map(str::to_lowercase), Some("killed".to_owned()));
    let mut pty = desk.demo(&[]);
    pty.wait_for("UNKNOWN");
    assert_eq!(desk.intended(), 1);
    // Keys that would start something do not.
    pty.press_for(ENTER, "What happened to take-time");
    pty.press(ESC, "the question gone", |seen| !seen.has("What happened to"));
    assert_eq!(desk.intended(), 1);
    desk.wait_on_host("count", "ran\n");
    std::fs::write(desk.on_host("go-on"), "").unwrap();
    // It failed, says the person; then it may run again.
    pty.press_for(ENTER, "What happened to take-time");
    pty.read();
    pty.press_for("f", "say that it failed");
    pty.press_for(ENTER, "your word, with your name");
    pty.fill("looked at the host");
    pty.press(ENTER, "the question gone", |seen| !seen.has("your word"));
    assert_eq!(desk.intended(), 1);
    desk.wait_on_host("count", "ran\n");
    pty.press_for("r", "retry");
    pty.read();
    pty.press(ENTER, "the step again", |seen| seen.enter().contains("run after"));
    desk.wait_on_host("count", "ran\nran\n");
}
