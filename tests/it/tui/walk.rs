//! Whole walks with keys alone, and the facts that they leave.

use gonogo::run::fact::{Outcome, Stream};
use gonogo::tui::effect::{Effect, Format, Quit};

use crate::it::tui::scenes;
use crate::support::runbooks::runbook;
use crate::support::runs::{host, opened};
use crate::support::screen::{Screen, settings};

#[test]
fn a_release_is_walked_from_start_to_end() {
    let mut s = scenes::closed();
    let run = s.app.run();
    let (closed, _) = run.closed.as_ref().expect("closed");
    assert_eq!(closed.outcome.words(), "completed");
    assert_eq!((closed.counts.signed, closed.counts.waived, closed.counts.open), (18, 1, 1));
    s.keys("<enter>");
    assert!(s.effects.contains(&Effect::Export { run: "r-7KQ2".to_owned(), format: Format::Markdown }));
    s.keys("<space>");
    assert!(s.text().contains("Sign box 20"), "a due box can be signed after the end:\n{}", s.text());
    s.keys("<tab><enter>");
    assert!(s.app.run().boxes.last().is_some_and(|b| b.signed.is_some()));
    s.keys("q");
    assert_eq!(s.app.quit(), Some(Quit { open: false, running: false, take: false }));
}

#[test]
fn facts_say_what_was_pressed_and_typed() {
    let mut s = scenes::pre();
    let from = s.log.len();
    s.keys("<enter>yusuf<tab>on call<tab><end><bs><bs><bs><bs><bs>omar<enter>");
    assert_eq!(s.kinds(from), ["box.signed"]);
    let signed = s.app.run().boxes[6].signed.as_ref().expect("signed").0.clone();
    assert_eq!(signed.who.name, "omar");
    assert_eq!(signed.note.as_deref(), Some("on call"));
    assert_eq!(signed.statement, "On-call engineer named for the next 24 hours");
    assert_eq!(signed.value.expect("a value").value, "yusuf");
}

#[test]
fn leaving_keeps_the_run_open() {
    let mut s = scenes::pre();
    s.keys("q");
    assert_eq!(s.app.quit(), Some(Quit { open: true, running: false, take: false }));
    assert_eq!(s.effects.last(), Some(&Effect::Quit(Quit { open: true, running: false, take: false })));
}

#[test]
fn leaving_waits_for_what_is_on_its_way_to_the_log() {
    let mut s = scenes::deploy();
    s.answers = false;
    s.keys("<enter>q");
    assert_eq!(s.app.quit(), None);
    s.answers = true;
    s.acknowledge();
    assert_eq!(s.app.quit(), Some(Quit { open: true, running: true, take: false }));
    assert_eq!(s.sent.len(), 1, "what was recorded was sent, and nothing after it");
}

#[test]
fn leaving_while_a_step_runs_asks_and_stays_by_default() {
    let mut s = scenes::running();
    s.keys("q<enter>");
    assert_eq!(s.app.quit(), None);
    s.keys("ql<enter>");
    assert_eq!(s.app.quit(), Some(Quit { open: true, running: true, take: false }));
}

#[test]
fn leaving_can_cancel_first() {
    let mut s = scenes::running();
    let from = s.log.len();
    s.keys("qc<enter>");
    assert_eq!(s.app.quit(), None, "it waits for the step to end");
    assert_eq!(s.kinds(from), ["step.cancel_requested"; 2], "on every host");
    s.ends(Outcome::Signalled("TERM".to_owned()), "");
    assert_eq!(s.app.quit(), None, "it waits for all of them");
    s.ends(Outcome::Signalled("TERM".to_owned()), "");
    assert_eq!(s.kinds(from)[2..], ["step.finished"; 2]);
    assert_eq!(s.app.quit(), Some(Quit { open: true, running: false, take: false }));
}

#[test]
fn a_terminal_that_is_gone_leaves_at_once() {
    let mut s = scenes::running();
    s.keys("x");
    s.input(gonogo::tui::input::Input::Gone);
    assert_eq!(s.app.quit(), Some(Quit { open: true, running: true, take: false }));
}

#[test]
fn a_wait_runs_and_can_be_ended_early() {
    let book = runbook("phase Post\n box watch \"Watch it\" wait=30m\n");
    let mut s = Screen::open(&book, opened(&book, Vec::new(), None, &[]));
    s.keys("<enter>");
    s.pass(60);
    assert!(s.line("WAITING").contains("28:59") || s.line("WAITING").contains("29:00"), "{}", s.text());
    assert!(s.text().contains("Nothing to press"));
    s.keys("<enter>");
    assert!(s.app.session.dialog().is_none());
    s.keys("x<enter>");
    assert!(s.text().contains("a reason is missing"), "{}", s.text());
    s.keys("quiet night<enter>");
    assert_eq!(s.kinds(1), ["wait.started", "wait.ended"]);
    s.keys("<enter><enter><enter>");
    assert!(s.app.run().closed.is_some());
}

#[test]
fn several_hosts_have_tabs_and_digits() {
    let mut s = scenes::running();
    assert!(s.text().contains("1 ▸ api1"));
    s.ends(Outcome::Exited(0), "");
    s.started();
    s.prints(Stream::Stdout, "on the second\n");
    assert!(s.text().contains("on the second"));
    s.keys("1");
    assert!(s.text().contains("Environment ..."), "{}", s.text());
    s.keys("9");
    assert!(s.text().contains("there is no host 9"));
}

#[test]
fn the_now_sentence_is_copied() {
    let mut s = scenes::running();
    s.keys("y");
    let Some(Effect::Copy(sentence)) = s.effects.last() else { panic!("nothing was copied") };
    assert_eq!(
        sentence,
        "iSpeaker Live release v1.0.7 on production: RUNNING step 1 of 5, check, on 2 of 2 hosts, 0:13. 8 of \
         20 boxes done, T+0:06."
    );
}

#[test]
fn a_selection_moved_by_hand_stays_for_a_while() {
    let mut s = scenes::running();
    s.keys("jj");
    let selected = s.app.session.place.selected;
    s.prints(Stream::Stdout, "more\n");
    s.ends(Outcome::Exited(0), "");
    assert_eq!(s.app.session.place.selected, selected);
    s.keys("a");
    assert_eq!(s.app.session.place.selected, 8);
}

#[test]
fn phases_panes_and_search_move() {
    let mut s = scenes::deploy();
    s.keys("]");
    assert_eq!(s.app.session.place.selected, 12);
    s.keys("[[");
    assert_eq!(s.app.session.place.selected, 0);
    s.keys("/horizon<enter><esc>");
    assert_eq!(s.app.session.place.selected, 11);
    s.keys("/ snapshot");
    s.keys("<esc>");
    assert_eq!(s.app.session.place.selected, 4);
    s.keys("<tab>");
    assert!(s.text().contains("Signed     layla typed"), "{}", s.text());
    s.keys("<esc>z<esc>");
    assert_eq!(s.app.session.place.zoom, None);
}

#[test]
fn the_first_screen_shows_the_banner_until_something_runs() {
    let book = runbook("phase Pre\n box b \"B\"\n  step s on=api\n");
    let mut with = settings((80, 24));
    with.banner = vec!["fenced: partly. Commands run as you.".to_owned()];
    let mut s = Screen::with(with, &book, opened(&book, vec![host("api", "api1")], Some("demo"), &[]));
    assert!(s.text().contains("fenced: partly"));
    s.keys("<enter>");
    assert!(!s.text().contains("fenced: partly"));
}
