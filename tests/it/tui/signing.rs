//! Waiting for a key: the screen lives on, Esc gives up, and what was not signed is asked again.

use gonogo::tui::effect::Effect;
use gonogo::tui::msg::Msg;

use crate::support::runbooks::runbook;
use crate::support::runs::opened;
use crate::support::screen::Screen;

fn at_the_key() -> (Screen, String) {
    let book = runbook("phase Pre\n box a \"A\"\n box b \"B\"\n");
    let mut s = Screen::open(&book, opened(&book, Vec::new(), None, &[]));
    s.answers = false;
    s.keys("<enter>looked at it<enter>");
    let run = s.app.run().id.clone();
    s.send(Msg::Signing { run: run.clone(), at: s.now });
    (s, run)
}

#[test]
fn the_wait_for_a_key_is_told_with_its_clock() {
    let (mut s, _) = at_the_key();
    s.pass(7);
    assert!(s.text().contains("waiting for your key, touch it if it blinks"), "{}", s.text());
    assert!(s.text().contains("0:07  Esc gives up"), "{}", s.text());
    assert!(s.line("WAITING").contains("for your key to sign"), "{}", s.text());
    s.keys("x");
    assert!(s.app.session.dialog().is_some() && s.pending.len() == 1, "keys start nothing meanwhile");
    s.acknowledge();
    assert!(s.app.run().boxes[0].signed.is_some());
    assert!(!s.text().contains("waiting for your key"), "{}", s.text());
}

#[test]
fn escape_gives_up_and_the_question_stands_with_its_words() {
    let (mut s, run) = at_the_key();
    s.keys("<esc>");
    assert_eq!(s.effects.iter().filter(|e| **e == Effect::GiveUpSigning).count(), 1);
    assert!(s.app.shared.signing.is_some(), "whoever signs has the last word");
    s.pending.clear();
    s.send(Msg::NotSigned { run, why: "not signed: given up".to_owned(), at: s.now });
    assert!(s.text().contains("not signed: given up"), "{}", s.text());
    assert!(s.text().contains("looked at it"), "the words are kept:\n{}", s.text());
    assert!(s.app.run().boxes[0].signed.is_none());
    assert!(!s.text().contains("LOG STOPPED"), "{}", s.text());
    s.answers = true;
    s.pass(1);
    s.keys("<enter>");
    assert!(s.app.run().boxes[0].signed.is_some(), "it can be signed after all:\n{}", s.text());
}
