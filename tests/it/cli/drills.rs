//! `gonogo demo restore-drill` and `gonogo drills`, through the built program.

use std::fs;

use gonogo::run::event::Event;
use gonogo::run::fact::RunKind;
use serde_json::Value;

use crate::support::binary::{Sandbox, Shown, shown};

/// Walks the demo's restore drill without a terminal.
fn demo(sandbox: &Sandbox, args: &[&str]) -> Shown {
    let mut command = sandbox.command([&["demo", "restore-drill", "--headless"][..], args].concat());
    shown(command.env("DEMO_SPEED", "0"))
}

/// Runs `gonogo drills` on the log of the only demo.
fn drills(sandbox: &Sandbox, args: &[&str]) -> Shown {
    let log = sandbox.demo().join("log.db");
    let log = log.to_str().expect("a path");
    sandbox.run([&["--log", log, "drills"][..], args].concat())
}

fn rows(shown: &Shown) -> Value {
    serde_json::from_str(&shown.out).unwrap_or_else(|error| panic!("{error}: {shown}"))
}

fn count(sandbox: &Sandbox, database: &str, sql: &str) -> i64 {
    let path = sandbox.demo().join(format!("db/{database}.sqlite"));
    rusqlite::Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The whole drill: production's snapshot is really restored, measured, cleaned up, and the next one is due in three months.
#[test]
fn the_demo_restores_for_real_and_the_drill_passes() {
    let sandbox = Sandbox::new("drill");
    let walked = demo(&sandbox, &[]);
    walked.exits(0).tells("LOST_ROWS = 2").tells("=== completed").tells("measured: rto 0:0");
    walked.tells("rpo ").tells("of 24h, held").tells("drills: gonogo --log ");
    let root = sandbox.demo();
    let databases: Vec<String> = fs::read_dir(root.join("db"))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".sqlite"))
        .collect();
    assert_eq!(databases.len(), 2, "no copy of production is left: {databases:?}");
    assert_eq!(count(&sandbox, "ispeaker", "SELECT count(*) FROM payments"), 3, "production was only read");
    assert!(!root.join("hosts/db-1/home/restore-drill").exists());
    let env = fs::read_to_string(root.join("hosts/staging-1/ispeaker-api/.env")).unwrap();
    assert!(env.contains("DB_DATABASE=ispeaker_staging\n"), "{env}");

    let log = root.join("log.db");
    let reader = gonogo::audit::query::Reader::open(&log).unwrap();
    let run = reader.runs().unwrap().remove(0);
    assert_eq!((run.kind, run.environment.as_deref()), (RunKind::Drill, Some("staging")));
    let facts = reader.load(&run.run).unwrap().events;
    let place = |id: &str| {
        let signed =
            |f: &gonogo::run::fact::Recorded| matches!(&f.event, Event::BoxSigned(e) if e.id.0 == id);
        facts.iter().position(signed).expect(id)
    };
    for id in ["alarm", "recovered"] {
        let Event::MarkSet(mark) = &facts[place(id) + 1].event else { panic!("no mark after {id}") };
        assert_eq!((mark.name.as_str(), mark.in_box.0.as_str()), ("rto", id));
    }

    // The record shows targets against figures.
    let record = sandbox.run(["--log", log.to_str().unwrap(), "export", &run.run]);
    record.exits(0).tells("- Drill: **passed**\n").tells("  - `rto`: measured 0:0");
    record
        .tells("target 1h: **pass**; by the stopwatch: `alarm` at ")
        .tells("target 24h: **pass**; by the value `RPO`");
    let json = sandbox.run(["--log", log.to_str().unwrap(), "export", &run.run, "--format", "json"]);
    let json = rows(json.exits(0));
    assert_eq!(json["run"]["drill_passed"], true);
    assert_eq!(json["run"]["measured"][0]["held"], true);
    sandbox.run(["--log", log.to_str().unwrap(), "verify"]).exits(0);

    let listed = drills(&sandbox, &["--check"]);
    listed.exits(0).tells("up to date    iSpeaker Live restore drill\n").tells("quarterly; due ");
    listed.tells(" by Demo (typed, from answers), run").tells(", held\n");
    let json = rows(drills(&sandbox, &["--json"]).exits(0));
    assert_eq!(json.as_array().map(Vec::len), Some(1), "the release was never drilled: {json}");
    assert_eq!((&json[0]["state"], &json[0]["since"]), (&"up-to-date".into(), &Value::Null));
    assert_eq!(json[0]["last_pass"]["run"], run.run.as_str());
    assert_eq!(json[0]["last_pass"]["text_changed_since"], false);
    let days = json[0]["days"].as_i64().unwrap();
    assert!((89..=92).contains(&days), "{days}");

    // The text is edited: the drill counts, and the listing says so. The file goes: its last text speaks for it.
    let book = root.join("runbooks/ispeaker/restore-drill.md");
    let text = fs::read_to_string(&book).unwrap();
    fs::write(&book, text.replace("  - [ ] TC-FEED-001", "  - [ ] TC-FEED-001 as well")).unwrap();
    drills(&sandbox, &["--check"]).exits(0).tells("the runbook's text has changed since\n");
    fs::write(&book, text.replace("rpo: 24h", "rpo: 1h")).unwrap();
    let strict = drills(&sandbox, &["--check"]);
    strict.exits(8).tells("NEVER PASSED").tells("more than 1h, which the runbook asks for now");
    fs::remove_file(&book).unwrap();
    drills(&sandbox, &["--check"]).exits(0).tells("the file is gone; this is the text of its last run:\n");
    fs::write(&book, text.replace("cadence: quarterly", "cadence: someday")).unwrap();
    drills(&sandbox, &["--check"]).exits(3).says("someday");
}

/// Backups that are not what they should be are found, each at its step; what failed is no pass.
#[test]
fn faults_of_backups_are_found() {
    for (step, shows) in [
        ("list-snapshots", "none of the last 24 hours"),
        ("restore", "is damaged"),
        ("dump-whole", ""),
        ("dump-restore", "ERROR 1064"),
    ] {
        let sandbox = Sandbox::new(step);
        let walked = demo(&sandbox, &["--fail", step]);
        walked.exits(1).says(&format!("a step failed: {step} on db-1.demo"));
        let json = rows(drills(&sandbox, &["--json"]).exits(0));
        assert_eq!(json[0]["state"], "never-passed", "{step}");
        assert_eq!(json[0]["since"]["why_not"][0], "it is still open", "{step}");
        drills(&sandbox, &["--check"]).exits(8).tells("it is still open");
        let run = json[0]["since"]["run"].as_str().unwrap();
        let log = sandbox.demo().join("log.db");
        let record = sandbox.run(["--log", log.to_str().unwrap(), "export", run]);
        record.exits(0).tells("- Drill: **not passed**").tells(shows);
        if step == "dump-restore" {
            // A dump that breaks off in the middle leaves nothing behind, and production is untouched.
            assert_eq!(count(&sandbox, "ispeaker_drill_dump", "SELECT count(*) FROM sqlite_master"), 0);
            assert_eq!(count(&sandbox, "ispeaker", "SELECT count(*) FROM payments"), 3);
        }
    }
}

#[test]
fn a_fault_of_the_other_walk_is_refused_before_anything_is_made() {
    let sandbox = Sandbox::new("other-fault");
    let told = demo(&sandbox, &["--fail", "migrate"]);
    told.exits(2).only_says("list-snapshots, restore, dump-whole, dump-restore");
    let release = sandbox.run(["demo", "--headless", "--fail", "restore"]);
    release.exits(2).says("api-code");
    assert!(!sandbox.demos().exists(), "nothing is left behind");
}

/// An open demo of the drill is taken up again, and one of the release is left alone.
#[test]
fn each_walk_takes_up_its_own_demo() {
    let sandbox = Sandbox::new("own-demo");
    demo(&sandbox, &["--fail", "restore"]).exits(1);
    let root = sandbox.demo();
    let snapshots = root.join("db/snapshots");
    fs::copy(snapshots.join("snap-999"), snapshots.join("snap-1000")).unwrap();
    let log = root.join("log.db");
    let run = gonogo::audit::query::Reader::open(&log).unwrap().runs().unwrap().remove(0).run;
    let mut release = sandbox.command(["demo", "--headless", "--fail", "api-code"]);
    shown(release.env("DEMO_SPEED", "0")).exits(1);
    let again = demo(&sandbox, &[]);
    again.says("restore on db-1.demo");
    assert!(again.out.contains(&run), "{again}");
    assert_eq!(fs::read_dir(sandbox.demos()).unwrap().count(), 2);
}

const QUARTERLY: &str =
    "---\ntitle: Failover\ngonogo:\n  cadence: quarterly\n---\n\n# Failover\n\n- [ ] Fail over.\n";

#[test]
fn runbooks_are_found_here_and_where_they_are_named() {
    let sandbox = Sandbox::new("found");
    sandbox.run(["drills"]).exits(0).tells("no drills: ");
    sandbox.run(["drills", "--json"]).exits(0).tells("[]\n");
    sandbox.run(["drills", "--check"]).exits(0);
    sandbox.write("failover.md", QUARTERLY);
    sandbox.write("README.md", "# Not a runbook\n\n- [ ] of any cadence\n");
    sandbox.write("deep/er/other.md", QUARTERLY.replace("Failover", "Other"));
    sandbox.write("deep/.hidden/no.md", QUARTERLY.replace("Failover", "Hidden"));
    let here = sandbox.run(["drills", "--check"]);
    here.exits(8).tells("NEVER RUN     Failover\n").tells("quarterly\n");
    assert!(!here.out.contains("Other") && !here.out.contains("any cadence"), "{here}");
    let below = sandbox.run(["drills", "deep"]);
    below.exits(0).tells("NEVER RUN     Other\n");
    assert!(!below.out.contains("Failover") && !below.out.contains("Hidden"), "{below}");
    let both = rows(sandbox.run(["drills", "--json", "failover.md", "deep"]).exits(0));
    let titles: Vec<&str> = both.as_array().unwrap().iter().map(|r| r["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Failover", "Other"]);
    assert!(both.as_array().unwrap().iter().all(|r| r["state"] == "never-run"), "{both}");
    sandbox.run(["drills", "--check", "ispeaker/restore-drill"]).exits(8).tells("targets: rto 1h, rpo 24h\n");
    sandbox.run(["drills", "--check", "README.md"]).exits(3).only_says("README.md is no drill");
    sandbox.run(["drills", "--check", "nowhere.md"]).exits(3).says("nowhere.md");
}

/// A run by hand counts: kind drill, completed. A live one and an aborted one do not, nor does a copy of the file change that.
#[test]
fn runs_of_ones_own_count() {
    let sandbox = Sandbox::new("own");
    let file = sandbox.write("failover.md", QUARTERLY);
    sandbox.write("answers.yaml", answers(&sandbox, "failover.md"));
    let walk = |kind: &str| {
        let args = ["run", "failover.md", "--kind", kind, "--headless", "--answers", "answers.yaml"];
        sandbox.run(args).exits(0).tells("=== completed");
    };
    walk("live");
    sandbox.run(["drills", "--check"]).exits(8).tells("NEVER RUN");
    walk("drill");
    let passed = sandbox.run(["drills", "--check"]);
    passed.exits(0).tells("up to date    Failover\n").tells("by layla (typed, from answers)");
    // From elsewhere the log knows it; a copy with the same name and title is the same drill.
    let mut elsewhere = sandbox.command(["drills", "--json"]);
    fs::create_dir(sandbox.path("elsewhere")).unwrap();
    elsewhere.current_dir(sandbox.path("elsewhere"));
    assert_eq!(rows(shown(&mut elsewhere).exits(0))[0]["runbook"], file.to_str().unwrap());
    fs::copy(&file, sandbox.path("elsewhere/failover.md")).unwrap();
    let copied = rows(sandbox.run(["drills", "--json", "elsewhere", "failover.md"]).exits(0));
    assert_eq!(copied.as_array().map(Vec::len), Some(1), "{copied}");
    assert_eq!(copied[0]["state"], "up-to-date");
}

fn answers(sandbox: &Sandbox, book: &str) -> String {
    let stops = sandbox.run(["answers", book]).exits(0).out.clone();
    stops.replace(": stop", ": {sign: true}").replace("# operator: {name: …}", "operator: {name: layla}")
}
