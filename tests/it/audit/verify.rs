//! What verifying says of a log that is sound but not at its end.

use gonogo::audit::verify::{Verdict, verify};
use gonogo::run::event::Event;
use gonogo::run::fact::{Entry, Outcome, Seen, StepResolved};

use super::kinds::every;
use super::tools::{at, close, open, run_opened, verified, who};
use crate::support::temp::TempDir;

fn of_kind(kind: &str, n: u32) -> Entry {
    let mut event = every("x", n).into_iter().find(|event| event.kind() == kind).unwrap();
    // Nobody signs here.
    gonogo::run::proof::lower(&mut event, gonogo::run::fact::Proof::Typed);
    Entry { event, chunk: None }
}

fn finished(number: u32, outcome: Outcome) -> Entry {
    let mut entry = of_kind("step.finished", number);
    if let Event::StepFinished(finished) = &mut entry.event {
        finished.outcome = outcome;
        finished.seen = Seen::Line;
    }
    entry
}

#[test]
fn what_has_no_end_is_open_and_not_wrong() {
    let dir = TempDir::new("open");
    let path = dir.join("log.db");
    let (writer, _, ended) = open(&path);
    let append = |entries| drop(writer.append(Some("r"), entries, at(1)).wait().unwrap());
    append(vec![run_opened("Release")]);
    append((1..=5).map(|n| of_kind("step.intended", n)).collect());
    append(vec![
        finished(1, Outcome::Exited(3)),
        finished(2, Outcome::Unknown("the line was cut".to_owned())),
    ]);
    append(vec![of_kind("step.unknown", 3), of_kind("step.unknown", 4)]);
    let evidence = "looked on the host".to_owned();
    let resolved = StepResolved {
        who: who(),
        number: 4,
        verdict: gonogo::run::fact::Verdict::Passed,
        extent: None,
        evidence,
        seen: None,
    };
    append(vec![Entry { event: Event::StepResolved(resolved), chunk: None }]);
    let report = verified(&path);
    assert!(report.sound());
    assert_eq!(report.completeness(), Verdict::Open);
    let said: Vec<String> = report.open.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "event 10: run r, attempt 2: unknown (the line was cut), and nobody has said what became of it",
            "event 11: run r, attempt 3: unknown (x), and nobody has said what became of it",
            "event 8: run r, step x on x: no end on record",
            "event 3: run r (Release) is open",
            "event 2: this session has not closed the log: it is at work, or ended otherwise",
        ]
    );
    close(writer, ended);
}

#[test]
fn the_report_says_the_four_verdicts_and_what_they_cannot_prove() {
    let dir = TempDir::new("report");
    let path = super::tools::sample(&dir);
    let text = verified(&path).to_string();
    for line in [
        "events       13, with 5 chunks",
        "chain        holds",
        "signatures   none yet",
        "witnesses    none yet",
        "completeness holds",
        "The chain shows edits. It does not show that events were cut off at the end",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let json = serde_json::to_value(verified(&path)).unwrap();
    assert_eq!(json["events"], 13);
}

#[test]
fn verifying_changes_nothing_of_the_log() {
    let dir = TempDir::new("readonly");
    let path = super::tools::sample(&dir);
    let before = std::fs::read(&path).unwrap();
    assert!(verified(&path).sound());
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(verify(&dir.join("none.db")).is_err());
    assert!(!dir.join("none.db").exists());
}
