//! A failed migration in mid-release, its rollback, both in one exported record that tells the truth.

use gonogo::report::findings::{Kind, findings};
use gonogo::report::{NoOutput, json, listing, markdown, row, summary, table, timeline};

use super::samples::{record, story, straight};

#[test]
fn the_markdown_record_of_a_release_and_its_rollback() {
    let story = story();
    insta::assert_snapshot!(markdown(&story.record()));
}

#[test]
fn the_json_record_holds_state_and_all_facts() {
    let story = story();
    let text = json(&story.record());
    assert!(text.is_ascii(), "the JSON export is printable everywhere");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["format"], "gonogo.record.v1");
    assert_eq!(value["run"]["state"], "rolled back");
    assert_eq!(value["run"]["events"].as_array().expect("facts").len(), story.release.log.len());
    let child = &value["run"]["children"][0];
    assert_eq!(child["state"], "completed");
    assert_eq!(child["events"].as_array().expect("facts").len(), story.rollback.log.len());
    let migrate = &value["run"]["phases"][1]["boxes"][0]["steps"][1];
    assert_eq!(migrate["id"], "migrate");
    assert_eq!(migrate["attempts"].as_array().expect("attempts").len(), 2);
    assert_eq!(
        migrate["attempts"][0]["stderr"]["head"],
        "\u{1b}[31mSQLSTATE[42S01]\u{1b}[0m: table exists\n"
    );
    assert_eq!(value["run"]["phases"][0]["boxes"][2]["signed"]["who"]["name"], "نورة الشهري");
    for (place, fact) in value["run"]["events"].as_array().expect("facts").iter().enumerate() {
        let kind = fact["fact"]["kind"].as_str().expect("a kind");
        let again = gonogo::run::event::Event::of_kind(kind, fact["fact"].clone());
        let again = again.expect("a kind that is known").expect("a fact");
        assert_eq!(again, story.release.log[place].event, "facts keep the form of the log");
    }
}

#[test]
fn the_shape_of_the_json_record_is_kept() {
    let table = straight();
    insta::assert_snapshot!(json(&record(&table, &NoOutput)));
}

#[test]
fn a_straight_run_is_said_to_be_straight() {
    let table = straight();
    let record = record(&table, &NoOutput);
    assert!(findings(&record).iter().all(|f| f.kind.harmless()), "{:?}", findings(&record));
    insta::assert_snapshot!(summary(&record));
}

#[test]
fn the_summary_of_a_rolled_back_release() {
    let story = story();
    insta::assert_snapshot!(summary(&story.record()));
}

#[test]
fn findings_name_everything_that_was_not_straight() {
    let story = story();
    let mut kinds: Vec<Kind> = findings(&story.record()).into_iter().map(|f| f.kind).collect();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            Kind::NotCompleted,
            Kind::Failed,
            Kind::Unknown,
            Kind::Verdict,
            Kind::Retried,
            Kind::NoGo,
            Kind::GateOver,
            Kind::Waived,
            Kind::Reopened,
            Kind::TypedOnly,
        ]
    );
}

#[test]
fn the_timeline_is_in_the_order_of_the_log_over_all_runs() {
    let story = story();
    let moments = timeline(&story.record());
    assert!(moments.windows(2).all(|pair| pair[0].seq < pair[1].seq), "one log, one order");
    let runs: Vec<&str> = moments.iter().map(|m| m.run.as_str()).collect();
    let first = runs.iter().position(|r| *r == "r-9ab3").expect("the rollback");
    let last = runs.iter().rposition(|r| *r == "r-9ab3").expect("the rollback");
    assert!(
        runs[..first].iter().chain(&runs[last + 1..]).all(|r| *r == "r-7kq2"),
        "the rollback stands inside"
    );
    assert!(last + 1 < runs.len(), "the release goes on after its rollback");
}

#[test]
fn an_open_run_says_what_it_waits_for() {
    let mut open = straight();
    open.log.pop();
    let run = open.replayed();
    assert_eq!(listing::waits_for(&run).as_deref(), Some("be closed"));
    let story = story();
    let rows = [row(&run), row(story.release.run()), row(story.rollback.run())];
    insta::assert_snapshot!(table(&rows));
    let data = serde_json::to_value(&rows[1]).expect("a row as JSON");
    assert_eq!(data["state"], "rolled back");
    assert_eq!(data["captain"]["proof"], "typed");
}

#[test]
fn words_from_an_answers_file_are_named_so_and_the_file_by_its_hash() {
    let mut table = straight();
    let sha = "6a".repeat(32);
    for fact in &mut table.log {
        if let gonogo::run::event::Event::BoxSigned(e) = &mut fact.event {
            e.who.via = gonogo::run::fact::Via::Answers(sha.clone());
        }
    }
    let run = table.replayed();
    let mut record = record(&table, &NoOutput);
    record.run = &run;
    let page = markdown(&record);
    assert!(page.contains(&format!("- Answers file: SHA-256 `{sha}`\n")), "{page}");
    assert!(page.contains("layla (key, from answers) signed “The one thing”"), "{page}");
}
