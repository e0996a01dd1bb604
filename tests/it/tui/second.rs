//! What a second person says shows on the captain's screen, which waits for it and never signs it itself.

use gonogo::run::command::{Action, Command};
use gonogo::run::event::Event;
use gonogo::run::fact::{Recorded, Seat, Vote, Who};
use gonogo::runbook::ids::BoxId;
use gonogo::tui::app::Settings;
use gonogo::tui::effect::Quit;
use gonogo::tui::msg::Msg;

use crate::support::runbooks::runbook;
use crate::support::runs::{opened, who};
use crate::support::screen::{Screen, settings};

const BOOK: &str = "\
people qa omar
people mobile wen
phase Pre
box copy \"Copy compared\" two-person
box b \"B\"
phase During gate go=qa,mobile,captain
box c \"C\"
";

fn at(name: &str, account: &str) -> Who {
    let seat = Some(Box::new(Seat { account: Some(account.to_owned()), key: None }));
    Who { seat, ..who(name) }
}

fn screen() -> Screen {
    let book = runbook(BOOK);
    let settings = Settings { who: at("layla", "one"), ..settings((80, 24)) };
    let mut opened = opened(&book, Vec::new(), None, &[]);
    opened.who = at("layla", "one");
    Screen::with(settings, &book, opened)
}

/// Another process records what `who` asks for, and the screen is told.
fn beside(s: &mut Screen, who: Who, action: Action) {
    let command = Command { who, at: s.now, action };
    let events = s.app.run().decide(&command).expect("it is accepted");
    let facts = events.into_iter().map(|event| {
        let seq = s.log.last().map_or(1, |(_, fact)| fact.seq) + 1;
        let fact = Recorded { seq, at: s.now, hash: String::new(), event };
        s.log.push(("r-7KQ2".to_owned(), fact.clone()));
        ("r-7KQ2".to_owned(), fact)
    });
    let facts: Vec<(String, Recorded)> = facts.collect();
    s.send(Msg::Others { facts, at: s.now });
}

fn sign(id: &str) -> Action {
    Action::Sign { id: BoxId::from(id), note: None, value: None, out_of_order: false }
}

fn vote(vote: Vote, text: Option<&str>) -> Action {
    Action::Vote { gate: 1, vote, text: text.map(str::to_owned), role: None }
}

#[test]
fn a_half_signed_box_waits_for_the_second_person_and_shows_them_at_once() {
    let mut s = screen();
    s.keys("<enter><enter>");
    assert!(s.line("Copy compared").contains("[1]"), "{}", s.text());
    assert!(s.line("WAITING").contains("for a second person: layla signed box 1"), "{}", s.text());
    assert!(s.text().contains("it waits for a second person"), "{}", s.text());
    // The captain's keyboard is not another person, whatever name is typed there.
    s.keys("<space>");
    assert!(s.text().contains("it wants a second person"), "{}", s.text());
    assert!(s.app.session.dialog().is_none());
    beside(&mut s, at("omar", "two"), sign("copy"));
    assert!(
        s.line("Copy compared").contains("[✓]") && s.line("Copy compared").contains("omar"),
        "{}",
        s.text()
    );
    assert!(s.text().contains("omar signed box 1"), "{}", s.text());
    assert!(s.line("Enter").contains("sign box 2"), "{}", s.text());
}

#[test]
fn a_form_that_somebody_else_answered_goes_away() {
    let mut s = screen();
    beside(&mut s, at("omar", "two"), sign("copy"));
    s.keys("<enter>my words");
    assert!(s.app.session.dialog().is_some(), "{}", s.text());
    beside(&mut s, at("wen", "three"), sign("copy"));
    assert!(s.app.session.dialog().is_none() && s.text().contains("box 1 is settled"), "{}", s.text());
}

#[test]
fn a_poll_shows_who_is_absent_who_says_no_and_opens_by_the_last_go() {
    let mut s = screen();
    beside(&mut s, at("omar", "two"), sign("copy"));
    s.keys("<enter><enter><enter><enter>");
    assert!(s.line("GATE").contains("qa absent, mobile absent, captain absent"), "{}", s.text());
    s.keys("g");
    assert!(s.line("absent  no-go until omar votes").contains("qa"), "{}", s.text());
    s.keys("g<enter>");
    assert!(
        s.line("gate:").contains("captain █ GO") && s.line("gate:").contains("mobile absent"),
        "{}",
        s.text()
    );
    beside(&mut s, at("wen", "three"), vote(Vote::NoGo, Some("build 212 in review")));
    assert!(s.line("gate:").contains("NO-GO"), "{}", s.text());
    assert!(s.text().contains("build 212 in review"), "{}", s.text());
    beside(&mut s, at("omar", "two"), vote(Vote::Go, None));
    assert!(s.line("GATE").contains("mobile no-go"), "{}", s.text());
    beside(&mut s, at("wen", "three"), vote(Vote::Go, Some("approved")));
    assert!(s.line("gate: go").contains("wen"), "{}", s.text());
    assert!(s.line("Enter").contains("sign box 3"), "{}", s.text());
}

#[test]
fn a_run_that_was_handed_over_can_only_be_looked_at() {
    let mut s = screen();
    beside(&mut s, at("layla", "one"), Action::OfferHandover { to: "omar".to_owned(), text: None });
    assert!(s.line("WAITING").contains("for omar to take the run"), "{}", s.text());
    beside(&mut s, at("omar", "two"), Action::TakeOffer);
    assert!(s.line("READ ONLY").contains("omar drives this run now"), "{}", s.text());
    for keys in ["<enter>", "<space>", "w", "n", "g"] {
        s.keys(keys);
        assert!(s.app.session.dialog().is_none() && s.pending.is_empty(), "{keys}: {}", s.text());
    }
    // What the other does there is still seen here.
    beside(&mut s, at("omar", "two"), sign("copy"));
    assert!(s.line("Copy compared").contains("[1]"), "{}", s.text());
}

#[test]
fn the_captain_offers_the_run_by_a_key_and_takes_it_when_it_is_offered_back() {
    let mut s = screen();
    s.keys("H<enter>");
    assert!(s.text().contains("a name is missing") && s.log.len() == 1, "{}", s.text());
    s.keys("omar<tab>my shift ends");
    assert!(
        s.line("Enter").contains("offer the run to omar  taken with: gonogo handover r-7KQ2"),
        "{}",
        s.text()
    );
    s.keys("<enter>");
    let Event::RunHandoverOffered(offer) = &s.log.last().unwrap().1.event else { panic!("{:?}", s.log) };
    assert_eq!((offer.to.as_str(), offer.text.as_deref()), ("omar", Some("my shift ends")));
    assert!(s.line("WAITING").contains("for omar to take the run: gonogo handover r-7KQ2 --accept"));
    s.keys("H");
    assert!(s.line("offered to").contains("omar at") && s.text().contains("a new offer replaces it"));
    s.keys("layla<enter>");
    assert!(s.text().contains("layla drives the run already"), "{}", s.text());
    s.keys("<esc>");
    beside(&mut s, at("omar", "two"), Action::TakeOffer);
    s.keys("H");
    assert!(s.text().contains("omar drives this run now") && s.app.session.dialog().is_none());
    assert!(!s.text().contains("H hand over"), "{}", s.text());
    let back = Some("yours again".to_owned());
    beside(&mut s, at("omar", "two"), Action::OfferHandover { to: "layla".to_owned(), text: back });
    s.pass(9);
    assert!(s.line("Enter").contains("take the run that omar offers you"), "{}", s.text());
    assert!(s.text().contains("H hand over"), "{}", s.text());
    s.keys("<enter>");
    assert!(s.text().contains("omar offers you the run") && s.text().contains("yours again"), "{}", s.text());
    s.keys("<enter>");
    assert!(s.app.session.dialog().is_none() && s.app.quit().is_none(), "staying is first");
    s.keys("Ht<enter>");
    assert_eq!(s.app.quit(), Some(Quit { open: true, running: false, take: true }));
    // An offer to somebody else takes the question away.
    let mut s = screen();
    beside(&mut s, at("layla", "one"), Action::OfferHandover { to: "omar".to_owned(), text: None });
    beside(&mut s, at("omar", "two"), Action::TakeOffer);
    beside(&mut s, at("omar", "two"), Action::OfferHandover { to: "layla".to_owned(), text: None });
    s.keys("H");
    beside(&mut s, at("omar", "two"), Action::OfferHandover { to: "wen".to_owned(), text: None });
    assert!(
        s.app.session.dialog().is_none() && s.text().contains("not offered to you any more"),
        "{}",
        s.text()
    );
}
