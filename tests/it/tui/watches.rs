//! Watches, choices, offered commands, what people do by hand, and the way back, on the screen.

use gonogo::run::conclude::Report;
use gonogo::run::fact::{Outcome, Stream};

use crate::support::runbooks::runbook;
use crate::support::runs::{ended, host, opened};
use crate::support::screen::{Screen, settings};

fn small(text: &str) -> Screen {
    let book = runbook(text);
    let hosts = vec![host("api", "api1")];
    Screen::open(&book, opened(&book, hosts, Some("production"), &[]))
}

fn wide(text: &str) -> Screen {
    let book = runbook(text);
    let hosts = vec![host("api", "api1")];
    Screen::with(settings((200, 60)), &book, opened(&book, hosts, Some("production"), &[]))
}

#[track_caller]
fn shows(s: &Screen, wanted: &[&str]) {
    let text = s.text();
    for words in wanted {
        assert!(text.contains(words), "{words:?} is not on the screen:\n{text}");
    }
}

const WATCH: &str = "phase Post\n box b \"Watch the load\"\n  step load on=api check every=1m for=3m metric=\"[0-9.]+\" threshold=\"< 1.5\"\n";

#[test]
fn a_watch_says_its_round_how_long_it_held_its_number_and_the_next_round() {
    let mut s = small(WATCH);
    s.keys("<enter>");
    s.started();
    s.ends(Outcome::Exited(0), "0.40");
    s.pass(20);
    shows(&s, &["WATCHING  load on api1: 0.40 (< 1.5), held 0:20 of 3m", "next round in 0:40"]);
    shows(&s, &["Nothing to press: load watches, next round in 0:40."]);
    s.pass(40);
    assert_eq!(s.sent.len(), 1, "the second round was sent by itself");
    shows(&s, &["RUNNING"]);
    s.started();
    s.ends(Outcome::Exited(0), "0.90");
    s.keys("i");
    shows(&s, &["round 2, held 1:0", "last 0.90 (< 1.5)   0.40 0.90", "every 1m, and has to hold 3m"]);
}

#[test]
fn a_breach_is_loud_and_names_the_number() {
    let mut s = small(WATCH);
    s.keys("<enter>");
    s.started();
    s.ends(Outcome::Exited(0), "0.40");
    s.pass(60);
    s.started();
    s.ends(Outcome::Exited(0), "1.5");
    shows(&s, &["BREACH", "1.5 is not < 1.5, after it had held for 1m"]);
    s.pass(120);
    assert!(s.sent.is_empty(), "no round after a breach");
}

#[test]
fn a_watch_is_ended_between_its_rounds_by_the_key_that_cancels() {
    let mut s = small(WATCH);
    s.keys("<enter>");
    s.started();
    s.ends(Outcome::Exited(0), "0.40");
    s.keys("x");
    shows(&s, &["End the watch load on api1?", "no round runs now"]);
    s.keys("x<enter>");
    shows(&s, &["CANCELLED"]);
    s.pass(120);
    assert!(s.sent.is_empty(), "no round after that");
}

#[test]
fn a_choice_is_asked_on_enter_and_nothing_is_chosen_first() {
    let book = "phase During\nsection Deploy choose\nsection Containers in=Deploy\n box c \"Pull\"\nsection Packages in=Deploy\n box p \"Install\"\n";
    let mut s = small(book);
    shows(&s, &["choose which applies of Deploy", "waits for a choice"]);
    s.keys("<enter>");
    shows(&s, &["Which applies of Deploy?", "1  Containers", "2  Packages"]);
    s.keys("<enter>");
    assert!(s.app.run().choices.is_empty(), "going back is first");
    s.keys("<enter>2<enter>");
    assert!(s.app.run().boxes[0].waived.is_some() && s.app.run().boxes[1].waived.is_none());
    s.keys("k");
    shows(&s, &["of “Deploy”, “Packages” was chosen"]);
}

#[test]
fn offered_commands_run_from_their_own_question() {
    let book = "phase During\n box b \"Deploy\"\n  step deploy on=api\n  step fresh on=api offered\n  inline look on=api check\n  step shell on=api by-hand=\"it enters another shell\"\n";
    let mut s = small(book);
    s.keys("i");
    shows(
        &s,
        &["offered, m runs it", "by hand: it enters another shell", "1 command in its text: m runs one"],
    );
    s.keys("im");
    shows(&s, &["Commands of Deploy", "1  fresh", "2  look"]);
    s.keys("<enter>");
    assert!(s.sent.is_empty(), "going back is first");
    s.keys("m2<enter>");
    assert_eq!(s.sent.front().expect("it was sent").1.intent.step.as_str(), "look");
    s.passes("all is well");
    shows(&s, &["run deploy on api1"]);
    s.keys("m2<enter>");
    s.passes("");
    assert_eq!(s.app.run().attempts.len(), 2, "what only reads may be read again");
}

#[test]
fn a_box_without_offered_commands_says_so() {
    let mut s = small("phase During\n box b \"Deploy\"\n  step deploy on=api\n");
    s.keys("m");
    shows(&s, &["this box offers no commands beside its steps"]);
}

#[test]
fn what_is_to_be_taken_back_stays_in_sight() {
    let book = "phase During\n box on \"Banner on\"\n  step up on=api undo=off\nphase Post\n box off \"Banner off\"\n";
    let mut s = wide(book);
    s.keys("<enter>");
    s.passes("");
    shows(&s, &["to be taken back", "up: box 2"]);
    s.keys("<enter><enter>");
    s.keys("wstays on<enter>");
    shows(&s, &["to be taken back"]);
    s.keys("<enter>");
    shows(&s, &["up is not taken back"]);
    assert!(!s.text().contains("Everything was straight"), "{}", s.text());
}

#[test]
fn past_what_cannot_be_taken_back_no_abort_is_offered() {
    let book = "phase During\n box b \"Drop\"\n  step drop on=api irreversible\n box c \"Later\"\n";
    let mut s = small(book);
    s.keys("i");
    shows(&s, &["no way back", "only forward, or the rollback"]);
    s.keys("iQ");
    shows(&s, &["aborted", "abandoned"]);
    s.keys("<esc><enter>");
    s.passes("");
    s.keys("Q");
    assert!(!s.text().contains("somebody stops it on purpose"), "{}", s.text());
    shows(&s, &["abandoned"]);
}

#[test]
fn an_idempotent_step_may_run_again_without_a_verdict() {
    let mut s = small("phase During\n box b \"Sync\"\n  step sync on=api idempotent\n");
    s.keys("<enter>");
    s.started();
    let number = s.sent.pop_front().expect("it was sent").1.intent.number;
    s.report(gonogo::run::conclude::Report::Lost { number, why: "the line was cut".to_owned() });
    s.keys("<enter>");
    shows(&s, &["run again", "the runbook calls it idempotent"]);
    s.keys("r<enter>");
    assert_eq!(s.sent.len(), 1);
    s.passes("");
    shows(&s, &["sign box 1"]);
}

#[test]
fn an_optional_box_is_waived_with_one_key_and_enter() {
    let mut s = small("phase During\n box b \"Tweet\" hint=\"if there is time\"\n box c \"Next\"\n");
    s.keys("w");
    shows(&s, &["not wanted: it is optional"]);
    s.keys("<enter>");
    let waived = s.app.run().boxes[0].waived.as_ref().expect("it is waived");
    assert_eq!(waived.0.reason, "if there is time");
}

const ROOT: &str = "phase During\n box b \"Install\"\n  step unit on=api sudo confirm=press script=\"install -m 644 a /etc\"\n  step plain on=api script=ls\n";

#[test]
fn a_step_of_root_says_so_before_it_starts_and_while_it_runs() {
    let mut s = wide(ROOT);
    shows(&s, &["then root by sudo"]);
    s.keys("<enter>");
    shows(&s, &["api1.example.net:22, as root"]);
    s.keys("<enter>");
    s.started();
    s.prints(Stream::Stdout, "done\n");
    shows(&s, &["as root"]);
    s.ends(Outcome::Exited(0), "done\n");
    assert!(!s.text().contains("then root by sudo"), "the next one is not root's:\n{}", s.text());
}

#[test]
fn what_else_is_known_of_a_failed_step_stands_in_its_question() {
    let mut s = small(ROOT);
    s.keys("<enter><enter>");
    s.started();
    let mut end = ended(Outcome::Exited(1), "");
    end.remarks = vec!["sudo wanted a password: write `sudo` behind the language".to_owned()];
    let number = s.app.run().next_number() - 1;
    s.report(Report::Ended { number, end: Box::new(end) });
    s.keys("<enter>");
    shows(&s, &["what now?", "sudo wanted a password: write `sudo` behind the language"]);
}
