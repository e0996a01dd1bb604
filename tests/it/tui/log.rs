//! The log stops: what is said, what is kept, what is refused, how it comes back.

use gonogo::tui::effect::{Effect, Quit};
use gonogo::tui::msg::Msg;

use crate::it::tui::scenes;

#[test]
fn a_stopped_log_is_said_and_refuses_what_is_new() {
    let mut s = scenes::pre();
    s.answers = false;
    s.keys("<enter>yusuf<enter>");
    s.fail_log("no space left on device");
    let text = s.text();
    for words in
        ["LOG STOPPED", "No log, no action", "no space left on device", "log.db", "try again to write"]
    {
        assert!(text.contains(words), "{words} is missing:\n{text}");
    }
    s.keys("<space>");
    assert!(s.text().contains("nothing new starts until the log"), "{}", s.text());
    assert!(s.app.session.dialog().is_none());
    s.keys("<enter>");
    assert_eq!(s.effects.last(), Some(&Effect::RetryLog));
    s.answers = true;
    s.send(Msg::LogBack(s.now));
    s.keys("<enter>");
    assert!(s.text().contains("yusuf"), "what was typed is kept:\n{}", s.text());
    s.keys("<enter>");
    assert!(s.app.run().boxes[6].signed.is_some());
    assert!(s.text().contains("log ok"));
}

#[test]
fn it_is_tried_again_by_itself() {
    let mut s = scenes::stopped();
    s.effects.clear();
    s.pass(10);
    assert_eq!(s.effects.iter().filter(|e| **e == Effect::RetryLog).count(), 2);
    s.send(Msg::LogStill { why: "still no space".to_owned(), at: s.now });
    assert!(s.text().contains("still no space"));
}

#[test]
fn a_step_can_be_cancelled_although_the_log_takes_nothing() {
    let mut s = scenes::stopped();
    s.effects.clear();
    s.keys("xx<enter>");
    let cancels = s
        .effects
        .iter()
        .filter(|e| matches!(e, Effect::Drive { effect: gonogo::run::driver::Effect::Cancel { .. }, .. }));
    assert_eq!(cancels.count(), 1);
}

#[test]
fn leaving_works_without_a_log() {
    let mut s = scenes::pre();
    s.answers = false;
    s.keys("nx<enter>");
    s.fail_log("gone");
    s.keys("q");
    assert_eq!(s.app.quit(), Some(Quit { open: true, running: false, take: false }));
}

#[test]
fn a_slow_log_shows_in_the_bar() {
    let mut s = scenes::pre();
    s.send(Msg::LogSlow { ms: 340 });
    assert!(s.text().contains("log 340 ms"));
    s.send(Msg::LogSlow { ms: 0 });
    assert!(s.text().contains("log ok"));
}

#[test]
fn the_header_says_how_many_events_nothing_witnesses_yet() {
    let mut s = scenes::pre();
    assert!(s.text().contains("log ok") && !s.text().contains("log ok +"), "{}", s.text());
    s.send(Msg::Unwitnessed(12));
    assert!(s.text().lines().next().is_some_and(|bar| bar.contains("log ok +12")), "{}", s.text());
    s.send(Msg::LogSlow { ms: 300 });
    assert!(s.text().contains("log 300 ms +12"), "{}", s.text());
    s.send(Msg::LogSlow { ms: 0 });
    s.send(Msg::Unwitnessed(0));
    assert!(s.text().contains("log ok") && !s.text().contains("log ok +"), "{}", s.text());
}
