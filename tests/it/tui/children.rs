//! Child runs: the rollback, linked runbooks, and the way back.

use std::sync::Arc;

use gonogo::run::driver;
use gonogo::run::fact::ChildOpened;
use gonogo::run::state::Run;
use gonogo::tui::effect::Effect;
use gonogo::tui::msg::Msg;

use crate::it::tui::scenes;
use crate::support::runbooks::runbook;
use crate::support::runs::{host, opened, parent};
use crate::support::screen::Screen;

/// Answers the newest wish for a child run with one of `text`.
fn open_child(s: &mut Screen, text: &str, rollback: bool) {
    let asked = s.effects.iter().rev().find_map(|e| match e {
        Effect::Drive { effect: driver::Effect::OpenChild { who, in_box, link, out_of_order }, .. } => {
            Some((who.clone(), in_box.clone(), link.clone(), out_of_order.clone()))
        }
        _ => None,
    });
    let (who, in_box, link, out_of_order) = asked.expect("a child was asked for");
    let book = runbook(text);
    let mut opening = opened(&book, vec![host("api", "api1")], Some("production"), &[("VERSION", "v1.0.7")]);
    opening.parent = Some(parent(rollback));
    let run = Run::new("r-CHLD".to_owned(), Arc::clone(&book), opening, 100, s.now);
    let opened = ChildOpened { who, child: run.id.clone(), in_box, rollback, runbook: link, out_of_order };
    let parent = s.app.run().id.clone();
    s.send(Msg::ChildReady { parent, opened, run: Box::new(run), at: s.now });
}

const BACK: &str = "title \"Roll back\"\n phase Back\n box b \"Old version is back\"\n";

#[test]
fn a_rollback_is_a_child_and_ends_its_parent() {
    let mut s = scenes::failed();
    s.keys("R<enter>");
    assert!(s.effects.iter().all(|e| !matches!(e, Effect::Drive { .. })), "staying is first");
    s.keys("RR<enter>");
    let from = s.log.len();
    open_child(&mut s, BACK, true);
    assert_eq!(s.kinds(from), ["child.opened"]);
    assert!(s.text().contains("Roll back, rollback of"), "{}", s.text());
    s.keys("<enter><enter><enter>");
    assert_eq!(s.kinds(from), ["child.opened", "box.signed", "run.closed", "child.closed", "run.closed"]);
    assert_eq!(s.app.run().id, "r-7KQ2");
    assert!(s.text().contains("ROLLED BACK"), "{}", s.text());
}

#[test]
fn a_child_that_is_aborted_leads_back_to_an_open_parent() {
    let mut s = scenes::failed();
    s.keys("RR<enter>");
    open_child(&mut s, BACK, true);
    s.keys("Qa<enter>wrong runbook<enter>");
    assert_eq!(s.app.run().id, "r-7KQ2");
    assert!(s.app.run().closed.is_none());
    assert!(s.text().contains("✗ 1 OF 2 FAILED"), "{}", s.text());
}

#[test]
fn a_child_waits_until_the_parents_fact_is_durable() {
    let mut s = scenes::failed();
    s.keys("RR<enter>");
    s.answers = false;
    open_child(&mut s, BACK, true);
    assert_eq!(s.app.run().id, "r-7KQ2");
    s.acknowledge();
    assert_eq!(s.app.run().id, "r-CHLD");
}

#[test]
fn a_linked_runbook_completes_its_box() {
    let book = runbook("phase Pre\n box a \"A\" link=deploy.md\n");
    let mut s = Screen::open(&book, opened(&book, Vec::new(), None, &[]));
    s.keys("<enter>");
    open_child(&mut s, BACK, false);
    s.keys("<enter><enter><enter>");
    assert!(s.text().contains("sign box 1"), "{}", s.text());
}

#[test]
fn a_child_that_cannot_be_opened_says_why() {
    let mut s = scenes::failed();
    s.keys("RR<enter>");
    s.send(Msg::ChildRefused { why: "rollback.md:3:1 is no runbook".to_owned(), at: s.now });
    assert!(s.text().contains("rollback.md:3:1"));
}

#[test]
fn a_child_is_handed_over_with_the_run_above_it() {
    let mut s = scenes::failed();
    s.keys("RR<enter>");
    open_child(&mut s, BACK, true);
    let from = s.log.len();
    s.keys("Homar<enter>");
    assert_eq!(s.kinds(from), ["run.handover_offered", "run.handover_offered"]);
    let mut runs: Vec<&str> = s.log[from..].iter().map(|(run, _)| run.as_str()).collect();
    runs.sort_unstable();
    assert_eq!(runs, ["r-7KQ2", "r-CHLD"]);
}
