//! The shipped runbooks, run fence by fence in the demo's world by a few lines of test code: what stands in them works.

use std::fmt::Write;

use gonogo::demo::world::{HOSTS, faults};
use gonogo::demo::{DemoHosts, ExitOrder, HostPlan, Setup, link_tools};
use gonogo::runbook::{Targets, check, parse};
use regex::Regex;
use sha2::{Digest, Sha256};

use super::place::{Ended, Place, exe};
use super::rig::Client;
use super::walk::{Values, environment, walk};

const RELEASE: &str = include_str!("../../../runbooks/ispeaker/release.md");
const ROLLBACK: &str = include_str!("../../../runbooks/ispeaker/rollback.md");
const DEMO: &str = include_str!("../../../runbooks/ispeaker/demo.yaml");
const DRILL: &str = include_str!("../../../runbooks/ispeaker/restore-drill.md");
const DRILL_ANSWERS: &str = include_str!("../../../runbooks/ispeaker/restore-drill-answers.yaml");
const ANSWERS: &str = include_str!("../../../runbooks/ispeaker/demo-answers.yaml");

/// Walks with a plain `sh` on this machine.
fn run(place: &Place, text: &str, values: &mut Values) -> Result<(), (String, Ended)> {
    walk(&place.world, text, values, |host, cwd, vars, script| place.sh_in(host, cwd, vars, script))
}

fn assert_serves(place: &Place, version: &str) {
    for host in ["api-1", "api-2"] {
        let (status, body) = place.health(host);
        assert_eq!(status, "200", "{host}: {body}");
        assert!(body.contains(&format!("\"version\":\"{version}\"")), "{host}: {body}");
    }
    for page in ["ar", "en"] {
        let page = place.ok("web-1", &format!("curl -fsS http://web.demo/{page}"));
        assert!(page.contains(version) && !page.contains("class=\"banner\""), "{page}");
    }
}

fn rows(place: &Place) -> String {
    place.ok("db-1", "mysqldump ispeaker")
}

fn changes(place: &Place) -> String {
    let api = "git -C \"$API_DIR\" status --porcelain";
    place.ok("api-1", api)
        + &place.ok("api-2", api)
        + &place.ok("web-1", "git -C \"$WEB_DIR\" status --porcelain")
}

#[test]
fn the_release_and_its_rollback_work_as_they_stand() {
    let place = Place::new("release");
    let before = rows(&place);
    let mut values = environment();
    run(&place, RELEASE, &mut values).expect("the release");
    let got = |name: &str| values.get(name).map(String::as_str);
    assert_eq!((got("PREVIOUS"), got("SNAPSHOT")), (Some("v1.0.6"), Some("snap-1001")));
    assert_eq!((got("SCHEMA"), got("MIGRATED")), (Some("2"), Some("yes")));
    assert_serves(&place, "v1.0.7");
    assert_eq!(changes(&place), "");
    let outside: Vec<_> = std::fs::read_dir(place.outside()).expect("a directory").flatten().collect();
    assert_eq!(outside.len(), 1, "nothing beside the demo: {outside:?}");
    let tag = "git -C \"$DEMO_ROOT/origin/ispeaker-api.git\" log -1 --format=%s v1.0.7";
    assert_eq!(place.ok("local", tag), "Release v1.0.7\n");
    run(&place, ROLLBACK, &mut values).expect("the rollback");
    assert_serves(&place, "v1.0.6");
    assert_eq!(rows(&place), before, "the database is as it was");
    assert_eq!(changes(&place), "");
}

#[test]
fn both_work_over_ssh_behind_the_fence() {
    let place = Place::new("ssh");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let speed = ("DEMO_SPEED".to_owned(), "0".to_owned());
    let plan = |host: &str| HostPlan {
        name: host.to_owned(),
        env: place.world.env(host).into_iter().chain([speed.clone()]).collect(),
    };
    let setup = Setup {
        root: place.world.root().to_owned(),
        bin: place.world.bin(),
        exe: exe().to_owned(),
        hosts: HOSTS.iter().map(|host| plan(host)).collect(),
        exit_order: ExitOrder::AsItComes,
    };
    link_tools(&setup.bin, &std::env::var_os("PATH").expect("a PATH")).expect("tools");
    let hosts = runtime.block_on(async { DemoHosts::start(&setup) }).expect("hosts");
    let mut values = environment();
    for (text, version) in [(RELEASE, "v1.0.7"), (ROLLBACK, "v1.0.6")] {
        let walked = walk(&place.world, text, &mut values, |host, cwd, vars, script| {
            let mut lines = format!("set -e\ncd '{}'\n", cwd.display());
            for (name, value) in vars {
                writeln!(lines, "export {name}='{value}'").expect("a string");
            }
            let told = runtime.block_on(async {
                let client = Client::open(&hosts, host, gonogo::demo::USER, hosts.client_key()).await;
                client.expect("the key is let in").run(&(lines + script)).await
            });
            let code = told.status.and_then(|status| i32::try_from(status).ok()).unwrap_or(-1);
            Ended { code, out: told.out().to_owned(), err: told.err().to_owned() }
        });
        walked.expect(version);
        assert_serves(&place, version);
    }
}

#[test]
fn every_fault_stops_its_step_and_the_rollback_leads_back() {
    for fault in faults().filter(|fault| fault.runbook == "release") {
        let place = Place::new(fault.step);
        place.world.fail(fault.step).expect("a known fault");
        let before = rows(&place);
        let mut values = environment();
        let (step, ended) = run(&place, RELEASE, &mut values).expect_err(fault.step);
        assert_eq!(step, fault.step, "{ended:?}");
        // What the captain answers when the release stopped before it could tell.
        let answer = if step == "migrate" { "yes" } else { "no" };
        values.entry("MIGRATED".to_owned()).or_insert_with(|| answer.to_owned());
        run(&place, ROLLBACK, &mut values)
            .unwrap_or_else(|(back, ended)| panic!("{step}, then {back}: {ended:?}"));
        assert_serves(&place, "v1.0.6");
        assert_eq!(rows(&place), before, "{step}");
    }
}

/// The team's release checklist, word for word.
const CHECKLIST: &[&str] = &[
    "## Pre-deploy",
    "All TC-* Critical and High cases pass on staging.",
    "No open S1 / S2 bugs.",
    "Release notes written; user-visible changes documented in both AR and EN.",
    "Mobile builds uploaded to internal/TestFlight tracks for smoke.",
    "Database snapshot taken; snapshot ID recorded.",
    "Feature flags (if any) configured.",
    "On-call engineer named for the next 24 hours.",
    "## During deploy",
    "Maintenance banner shown if downtime is expected.",
    "API deployed; smoke test the health endpoint and login.",
    "Web deployed; smoke test the home page in AR and EN.",
    "Mobile binaries promoted from testing tracks to production.",
    "Horizon and Reverb restarted.",
    "## Post-deploy",
    "Run the smoke suite: TC-AUTH-003, TC-FEED-001, TC-CRS-003, TC-PAY-001, TC-LR-001, TC-CHAT-001.",
    "Watch error rate and latency for the first 30 minutes.",
    "Maintenance banner removed.",
    "Stakeholders notified.",
    "Release tagged in the repos (e.g. v1.0.x).",
];

#[test]
fn the_release_keeps_the_words_of_the_checklist() {
    let lines = Regex::new(r"(?m)^(## .*|- \[ \] .*?)(?: <!-- .*)?$").expect("a pattern");
    let found: Vec<&str> = lines
        .captures_iter(RELEASE)
        .filter_map(|line| line.get(1))
        .map(|line| line.as_str().trim_start_matches("- [ ] "))
        .collect();
    assert_eq!(found, CHECKLIST);
    for case in ["TC-AUTH-003", "TC-FEED-001", "TC-CRS-003", "TC-PAY-001", "TC-LR-001", "TC-CHAT-001"] {
        assert!(RELEASE.contains(&format!("\n  - [ ] {case} <!--")), "{case}");
    }
}

#[test]
fn every_box_has_an_id_and_the_demo_answers_each_for_this_very_text() {
    let id = Regex::new(r"- \[ \] .*<!-- gonogo: id=([a-z0-9-]+)").expect("a pattern");
    let entry = Regex::new(r"(?m)^  ([a-z0-9-]+): (?:\{|stop)").expect("a pattern");
    let line = Regex::new(r"(?m)^runbook: sha256:.*$").expect("a pattern");
    assert_eq!(id.find_iter(ROLLBACK).count(), ROLLBACK.matches("- [ ] ").count());
    for (text, answers, file) in
        [(RELEASE, ANSWERS, "demo-answers.yaml"), (DRILL, DRILL_ANSWERS, "restore-drill-answers.yaml")]
    {
        let boxes: Vec<&str> = id.captures_iter(text).filter_map(|f| f.get(1)).map(|f| f.as_str()).collect();
        assert_eq!(boxes.len(), text.matches("- [ ] ").count());
        let answered: Vec<&str> =
            entry.captures_iter(answers).filter_map(|f| f.get(1)).map(|f| f.as_str()).collect();
        assert_eq!(answered, boxes);

        let sha: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let wanted = line.replace(answers, format!("runbook: sha256:{sha}"));
        if std::env::var_os("GONOGO_UPDATE").is_some() {
            let path = format!("{}/runbooks/ispeaker/{file}", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, wanted.as_bytes()).expect("the answers file");
        } else {
            assert_eq!(answers, wanted, "read the answers again, then run this test with GONOGO_UPDATE=1");
        }
    }
}

#[test]
fn all_parse_without_a_finding() {
    let role =
        |name: &str, hosts: &[&str]| (name.to_owned(), hosts.iter().map(|h| (*h).to_owned()).collect());
    let demo = Targets {
        name: "demo".to_owned(),
        roles: vec![
            role("api", &["api-1.demo", "api-2.demo"]),
            role("web", &["web-1.demo"]),
            role("db", &["db-1.demo"]),
        ],
        vars: environment().into_keys().collect(),
        reserved: Vec::new(),
        twice: Vec::new(),
    };
    let staging = Targets {
        name: "staging".to_owned(),
        roles: vec![role("api", &["staging-1.demo"]), role("db", &["db-1.demo"])],
        ..demo.clone()
    };
    for (name, text, targets) in [
        ("release.md", RELEASE, &demo),
        ("rollback.md", ROLLBACK, &demo),
        ("restore-drill.md", DRILL, &staging),
    ] {
        let (runbook, warnings) =
            parse(name, text.as_bytes()).unwrap_or_else(|found| panic!("{name}: {found:?}"));
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
        let found = check(&runbook, text, std::slice::from_ref(targets));
        assert!(found.is_empty(), "{name}: {found:?}");
        assert_eq!(runbook.boxes.len(), text.matches("- [ ] ").count(), "{name}");
        let steps: usize = runbook.boxes.iter().map(|item| item.steps.len()).sum();
        assert_eq!(steps, text.matches("```sh ").count(), "{name}");
    }
}

/// What the team's page says about backups and the restore drill, and where the runbook has it.
const BACKUPS: &[(&str, &str)] = &[
    ("Managed MySQL automatically performs daily snapshots", "Managed MySQL takes them by itself"),
    ("retained for 7 days", "taken every day, each kept for 7 days"),
    ("An additional weekly logical dump (mysqldump)", "Weekly dump: in a bucket of its own"),
    ("uploaded to a separate Spaces bucket", "a bucket of its own"),
    ("retained for 90 days", "kept for 90 days"),
    ("Redis is treated as ephemeral", "It is treated as ephemeral and has no backup"),
    ("nothing critical is stored there beyond cache and queues", "Redis holds nothing but cache and queues"),
    ("Spaces has versioning enabled", "Spaces: a file that was deleted comes back"),
    (
        "accidental deletions can be recovered within 30 days",
        "Accidental deletions can be recovered within 30 days",
    ),
    ("Provision a fresh MySQL database", "A fresh MySQL database is provisioned"),
    ("Restore the latest snapshot", "The latest snapshot is restored into it"),
    ("Point the staging API at the restored DB", "The staging API points at the restored database"),
    ("verify a smoke run of TC-AUTH-003", "- [ ] TC-AUTH-003"),
    ("TC-FEED-001", "- [ ] TC-FEED-001"),
    ("and TC-PAY-001", "- [ ] TC-PAY-001"),
    ("This drill is performed quarterly", "cadence: quarterly"),
    ("and documented", "Performed quarterly and documented"),
];

#[test]
fn the_drill_covers_every_sentence_about_backups_and_restoring() {
    for (asked, found) in BACKUPS {
        assert!(DRILL.contains(found), "{asked}: {found}");
    }
    let (runbook, _) = parse("restore-drill.md", DRILL.as_bytes()).expect("a runbook");
    let front = &runbook.front;
    assert_eq!(front.cadence, Some(gonogo::runbook::model::Cadence::Months(3)));
    let targets: Vec<(&str, u64)> = front.targets.iter().map(|(n, t)| (n.as_str(), t.as_secs())).collect();
    assert_eq!(targets, [("rto", 3600), ("rpo", 86_400)]);
    let marks: Vec<&str> = runbook.boxes.iter().filter(|b| b.mark.is_some()).map(|b| b.id.as_str()).collect();
    assert_eq!(marks, ["alarm", "recovered"], "the clock runs from the alarm to the smoke run");
}

#[test]
fn shipped_files_name_reserved_hosts_only() {
    let host = Regex::new(r"[@/]([a-z0-9-]+(?:\.[a-z0-9-]+)+)").expect("a pattern");
    let files =
        [RELEASE, ROLLBACK, DRILL, DEMO, include_str!("../../../runbooks/ispeaker/environments.yaml")];
    for found in files.iter().flat_map(|text| host.captures_iter(text)) {
        let name = &found[1];
        let fine = [".example.net", ".example.org", ".demo", ".x"].iter().any(|end| name.ends_with(end));
        assert!(fine || name.starts_with("192.0.2."), "{name}");
    }
}
