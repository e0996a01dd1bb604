//! What must never start anything: echoes, held keys, double presses, paste, keys meant for something else.

use gonogo::run::fact::Outcome;
use gonogo::tui::input::{Code, Input, Key};
use gonogo::tui::msg::Msg;

use crate::it::tui::scenes;
use crate::support::runbooks::runbook;
use crate::support::runs::{host, opened};
use crate::support::screen::{Screen, later};

fn two_steps() -> Screen {
    let book = runbook("phase Pre\n box b \"B\"\n  step one on=api\n  step two on=api\n");
    let mut s = Screen::open(&book, opened(&book, vec![host("api", "api1")], None, &[]));
    s.keys_apart("<enter>", 100);
    assert!(s.sent.is_empty(), "an Enter typed before the screen stood is not meant for it");
    s.pass(1);
    s
}

#[test]
fn a_double_enter_starts_one_step() {
    let mut s = two_steps();
    s.keys_apart("<enter><enter>", 150);
    assert_eq!(s.sent.len(), 1);
    s.ends(Outcome::Exited(0), "");
    s.keys_apart("<enter>", 100);
    assert_eq!(s.sent.len(), 0, "what Enter does has changed a moment ago");
    assert!(s.text().contains("press again"), "{}", s.text());
    s.keys("<enter>");
    assert_eq!(s.sent.len(), 1);
}

#[test]
fn a_held_enter_starts_nothing_more() {
    let mut s = two_steps();
    s.keys("<enter>");
    s.ends(Outcome::Exited(0), "");
    s.pass(0);
    // The first repeat of a held key comes after half a second, then thirty a second.
    s.keys_apart("<enter>", 500);
    for _ in 0..60 {
        s.keys_apart("<enter>", 33);
    }
    assert_eq!(s.sent.len(), 0);
    let held = Key { repeat: true, ..Key::plain(Code::Enter) };
    for _ in 0..5 {
        s.input(Input::Key(held));
    }
    assert_eq!(s.sent.len(), 0);
}

#[test]
fn a_new_question_ignores_keys_for_a_moment() {
    let mut s = scenes::failed();
    s.keys("<enter>");
    s.keys_apart("r<enter>", 50);
    assert!(s.sent.is_empty());
    assert!(s.text().contains("▸ l  look"), "{}", s.text());
    s.keys_apart("r", 400);
    assert!(s.text().contains("▸ r  retry"), "{}", s.text());
}

#[test]
fn enter_enter_on_a_failed_step_only_looks() {
    let mut s = scenes::failed();
    let from = s.log.len();
    s.keys("<enter><enter>");
    assert!(s.sent.is_empty());
    assert_eq!(s.log.len(), from);
    assert!(s.text().contains("code  1 ✗ api1"), "{}", s.text());
}

#[test]
fn in_a_question_no_other_key_works() {
    let mut s = scenes::failed();
    s.keys("<enter>");
    let from = s.log.len();
    s.keys("qxnuQgNAaztieyc1<space><tab>/W");
    assert_eq!(s.app.session.asking.stack.len(), 1);
    assert_eq!(s.log.len(), from);
    assert_eq!(s.app.quit(), None);
    assert!(s.sent.is_empty() && !s.text().contains("copied"));
}

#[test]
fn paste_goes_into_text_fields_only() {
    let mut s = scenes::deploy();
    s.input(Input::Paste("\nq\n<enter>R".to_owned()));
    assert!(s.sent.is_empty() && s.app.session.dialog().is_none() && s.app.quit().is_none());
    assert!(s.text().contains("pasted text was dropped"));
    s.keys("n");
    s.input(Input::Paste("line one\nline two\u{1b}[2J".to_owned()));
    assert!(s.text().contains("line one line two[2J"), "{}", s.text());
    assert!(s.app.session.dialog().is_some(), "a line end in a paste is no Enter");
}

#[test]
fn paste_does_not_confirm() {
    let mut s = scenes::danger();
    s.input(Input::Paste("production".to_owned()));
    assert!(s.text().contains("paste does not count"), "{}", s.text());
    s.keys("<enter>");
    assert!(s.sent.is_empty());
    s.keys("productiom<enter>");
    assert!(s.sent.is_empty());
    s.keys("<bs>n<enter>");
    assert_eq!(s.sent.len(), 1);
}

#[test]
fn danger_wants_a_window_that_shows_it() {
    let mut s = scenes::danger();
    s.keys("production");
    s.app.session.size = (59, 30);
    s.keys("<enter>");
    assert!(s.sent.is_empty());
    s.app.session.size = (60, 12);
    s.keys("<enter>");
    assert_eq!(s.sent.len(), 1);
}

#[test]
fn while_a_fact_is_on_its_way_acting_keys_are_refused_and_looking_works() {
    let mut s = scenes::deploy();
    s.answers = false;
    s.keys("<enter>");
    assert!(s.sent.is_empty(), "not sent before the intent is durable");
    s.keys("<enter>");
    assert!(s.text().contains("recording…"), "{}", s.text());
    s.keys("<tab>?");
    assert!(s.text().contains("what works now is bold"));
    s.answers = true;
    s.acknowledge();
    assert_eq!(s.sent.len(), 2, "the check runs on both hosts");
}

#[test]
fn a_tick_shows_only_after_its_commit() {
    let mut s = scenes::start();
    s.answers = false;
    s.keys("<enter><enter>");
    assert!(s.text().contains("recording…"));
    assert!(!s.line("All TC-*").contains('✓'));
    s.keys("<esc>");
    assert!(s.app.session.dialog().is_some(), "what is on its way cannot be taken back");
    s.answers = true;
    s.acknowledge();
    assert!(s.line("All TC-*").contains("[✓]"));
}

#[test]
fn what_enter_does_is_said_before_it_does_it() {
    let mut s = scenes::unknown();
    s.keys("j");
    let said = s.line("Enter");
    assert!(said.contains("run web"), "{said}");
    s.now = later(s.now, 1_000);
    s.send(Msg::Input(Input::Key(Key::plain(Code::Enter)), s.now));
    assert!(s.sent.is_empty(), "earlier boxes are open");
}

#[test]
fn a_held_enter_signs_nothing() {
    let mut s = scenes::pre();
    let from = s.log.len();
    s.keys("<enter>");
    assert!(s.app.session.dialog().is_some(), "{}", s.text());
    s.keys_apart("<enter>", 500);
    for _ in 0..60 {
        s.keys_apart("<enter>", 33);
    }
    assert_eq!(s.log.len(), from, "{}", s.text());
}

#[test]
fn an_enter_for_a_question_that_went_away_starts_nothing() {
    let mut s = two_steps();
    s.keys("<enter>");
    s.pass(1);
    s.keys("xx");
    assert!(s.text().contains("cancel it now"), "{}", s.text());
    s.ends(Outcome::Exited(0), "");
    assert_eq!(s.app.session.asking.stack.len(), 0);
    let sent = s.sent.len();
    s.keys_apart("<enter>", 1200);
    assert_eq!(s.sent.len(), sent, "{}", s.text());
    assert!(s.text().contains("press again"), "{}", s.text());
    s.keys("<enter>");
    assert_eq!(s.sent.len(), sent + 1, "{}", s.text());
}

#[test]
fn a_steady_rhythm_of_enters_gets_through() {
    let mut s = two_steps();
    s.keys("<enter>");
    s.ends(Outcome::Exited(0), "");
    s.keys_apart("<enter>", 500);
    assert_eq!(s.sent.len(), 0, "{}", s.text());
    s.keys_apart("<enter>", 500);
    assert_eq!(s.sent.len(), 1, "{}", s.text());
}

#[test]
fn ctrl_c_in_the_question_to_cancel_chooses_nothing() {
    let mut s = scenes::running();
    s.keys("<c-c>");
    assert!(s.text().contains("Cancel check on api1?"), "{}", s.text());
    s.keys("<c-c>");
    assert!(s.text().contains("Cancel check on api1?"), "{}", s.text());
    assert!(s.text().contains("Ctrl-C chooses nothing here"), "{}", s.text());
    s.keys("<esc>");
    assert!(s.app.session.dialog().is_none());
}
