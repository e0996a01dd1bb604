//! The record shows what was filled in, and marks what never was.

use std::sync::Arc;

use gonogo::report::findings::{Kind, findings};
use gonogo::report::{NoOutput, json, markdown};
use gonogo::run::command::Action;
use gonogo::run::conclude::Report;
use gonogo::run::fact::{NamedValue, Outcome};
use gonogo::runbook::parse;

use super::samples::record;
use crate::support::runs::{Table, ended, host, opened};

const BOOK: &str = "# Release <version>

- [ ] Tag <version> for {TEAM} <!-- gonogo: id=tag -->

  ```sh name=tag-it on=api
  git tag v<version>
  ```
";

#[test]
fn the_record_shows_the_values_the_bytes_that_ran_and_what_stays_open() {
    let book = Arc::new(parse("x.md", BOOK.as_bytes()).expect("a runbook").0);
    let mut table = Table::open(Arc::clone(&book), opened(&book, vec![host("api", "api-1")], None, &[]));
    let value = NamedValue { name: "VERSION".to_owned(), value: "1.4.2".to_owned() };
    table.command("layla", Action::SetValues { values: vec![value] }).expect("a value");
    let start = Action::Start { step: "tag-it".into(), retry: false, confirmed: None, out_of_order: false };
    table.command("layla", start).expect("a start");
    table.report(Report::Ended { number: 1, end: Box::new(ended(Outcome::Exited(0), "")) });
    let record = record(&table, &NoOutput);
    let text = markdown(&record);
    assert!(text.contains("Tag 1.4.2 for ⟨\\{TEAM\\}⟩"), "{text}");
    assert!(text.contains("git tag v1.4.2") && text.starts_with("# Release 1.4.2: still open"), "{text}");
    assert!(text.contains("set `VERSION=1.4.2`"), "{text}");
    let value: serde_json::Value = serde_json::from_str(&json(&record)).expect("JSON");
    assert_eq!(value["run"]["phases"][0]["boxes"][0]["text"], "Tag 1.4.2 for ⟨{TEAM}⟩");
    let sent =
        value["run"]["events"].as_array().expect("facts").iter().find_map(|e| e["fact"]["script"].as_str());
    assert_eq!(sent, Some("git tag v1.4.2\n"));
    let by_hand = findings(&record).iter().any(|f| f.kind == Kind::ByHand);
    assert!(!by_hand, "what was filled in before anything used it is no finding");
}
