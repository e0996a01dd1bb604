//! Waiting for a key: the screen lives on, Esc gives up, and what was not signed is asked again.

use gonogo::run::event::Event;
use gonogo::run::fact::{NoteAdded, Proof, Recorded, Who};
use gonogo::tui::app::Settings;
use gonogo::tui::effect::Effect;
use gonogo::tui::msg::Msg;

use crate::support::runbooks::runbook;
use crate::support::runs::{opened, signed, who};
use crate::support::screen::{Screen, settings};

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
fn the_form_names_the_key_and_the_head_that_is_covered() {
    let book = runbook("phase Pre\n box a \"A\"\n");
    let settings = |proof| Settings {
        who: Who { proof, ..who("layla") },
        key: Some("SHA256:Jm2x…4cQ0 agent".to_owned()),
        ..settings((80, 24))
    };
    let mut s = Screen::with(settings(Proof::SshKey), &book, opened(&book, Vec::new(), None, &[]));
    s.app.shared.runs.last_mut().driver.not_signed(&[Recorded {
        seq: 118,
        at: s.now,
        hash: "5be0".repeat(16),
        event: Event::NoteAdded(NoteAdded { who: who("omar"), id: None, text: "n".to_owned(), seen: None }),
    }]);
    s.keys("<enter>");
    assert!(s.line("proof  ").contains("PROVEN by ssh key  SHA256:Jm2x…4cQ0 agent"), "{}", s.text());
    assert!(s.line("covers").contains("everything up to event 118 (head 5be05be0…)"), "{}", s.text());
    // Whoever else is named there is not proven by it.
    s.keys("<tab><end><bs>");
    assert!(s.line("proof  ").contains("TYPED, not proven"), "{}", s.text());
    let mut s = Screen::with(settings(Proof::OsUser), &book, opened(&book, Vec::new(), None, &[]));
    s.keys("<enter>");
    assert!(s.line("proof  ").contains("the login of this machine, not proven"), "{}", s.text());
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
    s.send(Msg::NotSigned { run, why: "not signed: given up".to_owned(), newer: Vec::new(), at: s.now });
    assert!(s.text().contains("not signed: given up"), "{}", s.text());
    assert!(s.text().contains("looked at it"), "the words are kept:\n{}", s.text());
    assert!(s.app.run().boxes[0].signed.is_none());
    assert!(!s.text().contains("LOG STOPPED"), "{}", s.text());
    s.answers = true;
    s.pass(1);
    s.keys("<enter>");
    assert!(s.app.run().boxes[0].signed.is_some(), "it can be signed after all:\n{}", s.text());
}

#[test]
fn what_somebody_else_did_meanwhile_is_shown_before_anything_is_signed() {
    let (mut s, run) = at_the_key();
    s.pending.clear();
    let signed = |id: &str, seq: u64| Recorded {
        seq,
        at: s.now,
        hash: "0".repeat(64),
        event: signed(who("omar"), id),
    };
    let newer = vec![signed("a", 7)];
    let why = "not recorded: box.signed by omar came meanwhile (event 7); look again, then sign".to_owned();
    s.send(Msg::NotSigned { run, why, newer, at: s.now });
    assert_eq!(s.app.run().last_seq, 7);
    assert_eq!(s.app.run().boxes[0].signed.as_ref().map(|(e, _)| e.who.name.as_str()), Some("omar"));
    assert!(s.line("[✓] A").contains("omar"), "{}", s.text());
    assert!(s.app.session.dialog().is_none(), "there is nothing left to sign:\n{}", s.text());
}
