//! A disk that is full at each phase of a step: before its intent, after it, while it prints, at its end, at the sign-off.
//!
//! What began ends on the record, from the reserve; nothing new begins; and with space again the run goes on to its end.

use std::fs;
use std::path::Path;

use gonogo::audit::query::Reader;
use gonogo::audit::verify::verify;
use gonogo::run::event::Event;
use gonogo::run::fact::{Outcome, Recorded};

use crate::it::cli::books::{facts, is_open, signed};
use crate::support::binary::{Sandbox, shown};
use crate::support::faults::fill;
use crate::support::times::times;

const NAMES: [&str; 3] = ["one", "two", "three"];

/// How many bytes are left when the first page of the record is written with which a phase begins: never a whole page.
const LEFT: [u64; 4] = [0, 12, 2048, 4095];

/// A disk that was found full.
struct Full {
    sandbox: Sandbox,
    /// The facts of the run.
    facts: Vec<Recorded>,
    /// The marks that steps left.
    marks: Vec<String>,
    case: String,
}

/// Three boxes with a step each, which leaves a mark; texts have other lengths in each round, so that pages begin elsewhere.
fn book(marks: &Path, round: u64, prints: &str) -> String {
    let marks = marks.display();
    let mut text = "# Marks\n".to_owned();
    for name in NAMES {
        let pad = "x".repeat(usize::try_from(round * 131 % 1500).expect("a length"));
        text += &format!(
            "\n- [ ] Box {name}. <!-- gonogo: id=box-{name} -->\n\n  ```sh name={name} on=local\n  echo {name} >>{marks}; : {pad}\n  {prints}\n  ```\n"
        );
    }
    text
}

/// Walks while the disk fills up at the record of this kind of the step, and holds what must hold in every phase.
fn full_at(
    phase: &str,
    round: u64,
    prints: &str,
    kind: &str,
    more: &dyn Fn(usize) -> String,
) -> (Full, usize) {
    let sandbox = Sandbox::new("full-phase");
    let nth = usize::try_from(round % 3).expect("a number");
    let left = LEFT[usize::try_from(round % 4).expect("a number")];
    signed(&sandbox, "book.md", &book(&sandbox.path("marks"), round, prints));
    let mut command =
        sandbox.command(["run", "book.md", "--headless", "--answers", "answers.yaml", "--trust"]);
    fill(&mut command, left, kind, &more(nth));
    let walked = shown(&mut command);
    let case = format!("{phase}, round {round}, {left} bytes left\n{walked}");
    assert_eq!(walked.status.code(), Some(5), "{case}");
    walked.says("the log cannot be written");
    assert!(is_open(&sandbox), "{case}");
    // Acknowledged is what was said, and the log holds.
    let facts = facts(&sandbox);
    let said = walked.out.lines().filter(|line| line.contains(" [x] ")).count();
    let recorded = facts.iter().filter(|fact| matches!(fact.event, Event::BoxSigned(_))).count();
    assert_eq!((said, recorded), (nth, nth), "{case}");
    let report = verify(&sandbox.log()).expect("readable");
    assert!(report.flaws.is_empty(), "{report}\n{case}");
    // What began has its end, and what was full is on the record before that.
    let marks = fs::read_to_string(sandbox.path("marks")).unwrap_or_default();
    let marks: Vec<String> = marks.lines().map(str::to_owned).collect();
    let begun: Vec<&str> = intended(&facts);
    assert_eq!(marks, begun, "what ran was intended, and the other way round: {case}");
    let ended = facts.iter().filter(
        |fact| matches!(&fact.event, Event::StepFinished(end) if matches!(end.outcome, Outcome::Exited(0))),
    );
    assert_eq!(ended.count(), begun.len(), "{case}");
    let degraded = Reader::open(&sandbox.log()).expect("a log").events(1, u32::MAX).expect("events");
    let degraded = degraded
        .into_iter()
        .find(|found| matches!(found.fact, gonogo::audit::codec::Fact::Known(Event::LogDegraded(_))));
    let degraded =
        degraded.unwrap_or_else(|| panic!("it is not on the record that the disk was full: {case}")).seq;
    assert!(facts.iter().any(|fact| fact.seq > degraded), "the reserve took nothing: {case}");
    (Full { sandbox, facts, marks, case }, nth)
}

fn intended(facts: &[Recorded]) -> Vec<&str> {
    let name = |fact: &'_ Recorded| match &fact.event {
        Event::StepIntended(intent) => NAMES.iter().copied().find(|name| *name == intent.step.0),
        _ => None,
    };
    facts.iter().filter_map(name).collect()
}

impl Full {
    /// With space again, nothing runs twice and the run ends.
    fn goes_on(&self) {
        let done = self.sandbox.run(["resume", "--headless", "--answers", "answers.yaml", "--trust"]);
        assert_eq!(done.status.code(), Some(0), "{done}\n{}", self.case);
        let marks = fs::read_to_string(self.sandbox.path("marks")).expect("marks");
        assert_eq!(marks.lines().collect::<Vec<_>>(), NAMES, "{}", self.case);
        assert!(verify(&self.sandbox.log()).expect("readable").sound(), "{}", self.case);
    }
}

/// Holds a phase as often as the specification says; `begins` is whether the step of the record ran.
fn phase(name: &str, prints: &str, kind: &str, more: &dyn Fn(usize) -> String, begins: bool) {
    for round in 0..times(10) {
        let (full, nth) = full_at(name, round, prints, kind, more);
        assert_eq!(full.marks.len(), nth + usize::from(begins), "{}", full.case);
        if prints.starts_with("seq") && begins {
            let end = full.facts.iter().rev().find_map(|fact| match &fact.event {
                Event::StepFinished(end) => Some(end),
                _ => None,
            });
            let bytes = end.expect("an end").stdout.bytes;
            let stored: u64 = full.stored(u32::try_from(nth + 1).expect("a number"));
            assert_eq!((bytes, stored), (588_895, 588_895), "its output is whole: {}", full.case);
        }
        full.goes_on();
    }
}

impl Full {
    /// How many bytes of output of an attempt are stored.
    fn stored(&self, number: u32) -> u64 {
        let reader = Reader::open(&self.sandbox.log()).expect("a log");
        let run = reader.runs().expect("runs").pop().expect("a run").run;
        reader.pieces(&run, number).expect("pieces").iter().map(|piece| piece.len).sum()
    }
}

fn of_step(nth: usize) -> String {
    format!("\"step\":\"{}\"", NAMES[nth])
}

fn of_attempt(nth: usize) -> String {
    format!("\"number\":{}", nth + 1)
}

fn of_box(nth: usize) -> String {
    format!("\"id\":\"box-{}\"", NAMES[nth])
}

#[test]
fn a_disk_that_is_full_before_an_intent() {
    phase("before the intent", "true", "step.intended", &of_step, false);
}

#[test]
fn a_disk_that_is_full_after_an_intent() {
    phase("after the intent", "true", "step.started", &of_attempt, true);
}

#[test]
fn a_disk_that_is_full_while_a_step_prints() {
    phase("mid-output", "seq 100000", "step.output", &of_attempt, true);
}

#[test]
fn a_disk_that_is_full_at_the_end_of_a_step() {
    phase("at the end", "true", "step.finished", &of_attempt, true);
}

#[test]
fn a_disk_that_is_full_at_a_sign_off() {
    phase("at the sign-off", "true", "box.signed", &of_box, true);
}
