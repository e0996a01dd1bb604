//! Two people at two terminals: what one says stands on the other's screen at once, and a run changes hands.

use std::ffi::OsString;

use gonogo::run::event::Event;
use gonogo::run::fact::Proof;

use crate::support::pty::desk::{Desk, EXE};
use crate::support::pty::{ENTER, Pty};
use crate::support::signers::Key;

const BOOK: &str = "---\ngonogo:\n  roles: {qa: omar}\n---\n# Release\n\n## Pre\n\n- [ ] Copy compared. <!-- gonogo: id=copy two-person -->\n\n## During <!-- gonogo: go=qa,captain -->\n\n- [ ] Deployed. <!-- gonogo: id=deployed -->\n";

/// A desk whose key is set up for `name`.
pub fn desk(name: &str) -> (Desk, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let (desk, key) = (Desk::new(), Key::new());
    let file = desk.home().join("id_a");
    std::fs::write(&file, key.file(None)).expect("a key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("its mode");
    std::fs::write(desk.home().join("id_a.pub"), key.public.line()).expect("its public half");
    let mut pty = start(&desk, &["key", "--use", "id_a.pub", "--as", name]);
    pty.wait_for("signs and verifies");
    assert_eq!(pty.code(), 0);
    (desk, format!("{name} {}\n", key.public.line()))
}

/// Starts the program there.
pub fn start(desk: &Desk, args: &[&str]) -> Pty {
    desk.start([EXE].iter().chain(args).map(OsString::from).collect())
}

/// Two desks with a key each that the other knows, and one log; layla drives a run.
fn two() -> (Desk, Desk, Pty) {
    let ((layla, one), (mut omar, two)) = (desk("layla"), desk("omar"));
    for desk in [&layla, &omar] {
        std::fs::write(desk.home().join("config/gonogo/allowed_signers"), format!("{one}{two}"))
            .expect("written");
    }
    std::fs::write(layla.home().join("book.md"), BOOK).expect("a runbook");
    let log = layla.home().join("state/gonogo/log.db").to_string_lossy().into_owned();
    omar.env.push(("GONOGO_LOG", log.leak()));
    let captain = start(&layla, &["run", "book.md"]);
    captain.wait("the first screen", |seen| seen.taken() && seen.last().contains("q leave"));
    (layla, omar, captain)
}

#[test]
fn a_run_changes_hands_by_a_key_and_back() {
    let (_layla, omar, mut captain) = two();
    captain.press_for("H", "Hand the run over");
    captain.fill("omar");
    captain.press_for(ENTER, "for omar to take the run");
    let run = layla_facts(&omar).first().map(|(run, _)| run.clone()).expect("a run");
    let mut second = start(&omar, &["resume", &run]);
    second.wait("the second screen", |seen| seen.taken() && seen.last().contains("q leave"));
    captain.wait("a screen that only looks on", |seen| seen.now().contains("READ ONLY"));
    second.press_for("H", "Hand the run over");
    second.fill("layla");
    second.press_for(ENTER, "for layla to take the run");
    captain.wait_for("take the run that omar offers you");
    captain.press_for("H", "omar offers you the run");
    captain.press_for("t", "this screen is opened anew");
    captain.press(ENTER, "a screen that drives", |seen| {
        seen.taken() && !seen.now().contains("READ ONLY") && seen.enter().contains("sign box 1 as layla")
    });
    second.wait("the other one looks on", |seen| seen.now().contains("READ ONLY"));
    captain.press_for(ENTER, "I say");
    captain.press_for(ENTER, "for a second person: layla signed box 1");
    second.wait_for("[1] Copy compared.: wants a second person");
    for pty in [&mut captain, &mut second] {
        pty.send("q");
        assert_eq!(pty.code(), 0);
        pty.assert_given_back();
    }
    let facts = layla_facts(&omar);
    let hands = facts.iter().filter_map(|(_, event)| match event {
        Event::RunHandedOver(e) => Some((e.who.name.as_str(), e.who.proof)),
        _ => None,
    });
    assert_eq!(hands.collect::<Vec<_>>(), [("omar", Proof::SshKey), ("layla", Proof::SshKey)]);
    let mut verify = start(&omar, &["verify"]);
    assert_eq!(verify.code(), 0, "{}", verify.seen().text());
}

#[test]
fn what_a_second_person_says_stands_on_the_captains_screen() {
    let (layla, omar, mut captain) = two();
    captain.press_for(ENTER, "I say");
    captain.press_for(ENTER, "for a second person: layla signed box 1");
    let facts = layla_facts(&omar);
    let run = facts.first().map(|(run, _)| run.clone()).expect("a run");

    // Asked at a terminal, whoever says no leaves the box as it is.
    for (answer, code) in [("n", 7), ("y", 0)] {
        let mut other = start(&omar, &["sign", &run, "copy"]);
        other.wait_for("Enter y to sign as omar (key SHA256:");
        assert!(
            other.seen().has("Copy compared.") && other.seen().has("layla (key"),
            "{}",
            other.seen().text()
        );
        other.send(answer);
        other.send(ENTER);
        assert_eq!(other.code(), code, "{}", other.seen().text());
    }
    captain.wait("the second signature", |seen| seen.has("omar signed box 1") && seen.now().contains("GATE"));
    let vote = |words: &[&str]| {
        let mut other = start(&omar, &[&["vote", &run, "during"], words, &["--yes"]].concat());
        assert_eq!(other.code(), 0, "{}", other.seen().text());
    };
    vote(&["no-go", "--text", "two failures"]);
    captain.wait("dissent with its words", |seen| seen.has("NO-GO") && seen.has("two failures"));
    captain.press_for("g", "absent is no-go");
    captain.press_for("g", "say go as layla");
    captain.press_for(ENTER, "qa no-go");
    vote(&["go"]);
    captain.wait("the open gate", |seen| seen.has("gate: go") && seen.enter().contains("sign box 2"));

    let mut offer = start(&layla, &["handover", &run, "--to", "omar", "--yes"]);
    assert_eq!(offer.code(), 0, "{}", offer.seen().text());
    captain.wait_for("for omar to take the run");
    let mut second = start(&omar, &["resume", &run]);
    second.wait("the second screen", |seen| seen.taken() && seen.last().contains("q leave"));
    captain.wait("a screen that only looks on", |seen| seen.now().contains("READ ONLY"));
    captain.press_for(ENTER, "omar drives this run now");
    second.press_for(ENTER, "I say");
    second.press_for(ENTER, "close the run: completed");
    captain.wait("the other's signature", |seen| seen.has("omar signed box 2"));
    second.press(ENTER, "the end", |seen| seen.has(" DONE "));
    for pty in [&mut captain, &mut second] {
        pty.send("q");
        assert_eq!(pty.code(), 0);
        pty.assert_given_back();
    }
    let facts = layla_facts(&omar);
    let hand = facts.iter().find_map(|(_, event)| match event {
        Event::RunHandedOver(e) => Some((e.who.name.clone(), e.who.proof, e.before.clone())),
        _ => None,
    });
    assert_eq!(hand, Some(("omar".to_owned(), Proof::SshKey, "layla".to_owned())));
    assert!(
        !facts.iter().any(|(_, event)| matches!(event, Event::RunPaused(e) if e.who.name == "layla")),
        "not layla's to pause"
    );
    let mut verify = start(&omar, &["verify"]);
    assert_eq!(verify.code(), 0, "{}", verify.seen().text());
}

/// Returns the facts of the log that `desk` uses, each with its run, as `desk` can judge them.
fn layla_facts(desk: &Desk) -> Vec<(String, Event)> {
    let log = desk.env.iter().find(|(name, _)| *name == "GONOGO_LOG").expect("a log").1;
    let allowed = std::fs::read_to_string(desk.home().join("config/gonogo/allowed_signers")).expect("a file");
    let reader = gonogo::audit::query::Reader::open(std::path::Path::new(log)).expect("a log");
    let reader = reader.judging(std::sync::Arc::new(crate::support::signers::allowed(&allowed)));
    let runs = reader.runs().expect("runs").into_iter().map(|run| run.run);
    let facts = runs.flat_map(|run| {
        let facts = reader.load(&run).expect("its facts").events;
        facts.into_iter().map(move |fact| (run.clone(), fact.event)).collect::<Vec<_>>()
    });
    facts.collect()
}
