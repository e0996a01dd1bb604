//! The shipped runbooks, run fence by fence in the demo's world by a few lines of test code: what stands in them works.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gonogo::demo::world::faults;
use regex::Regex;
use sha2::{Digest, Sha256};

use super::place::{Ended, Place};

const RELEASE: &str = include_str!("../../../runbooks/ispeaker/release.md");
const ROLLBACK: &str = include_str!("../../../runbooks/ispeaker/rollback.md");
const DEMO: &str = include_str!("../../../runbooks/ispeaker/demo.yaml");
const ANSWERS: &str = include_str!("../../../runbooks/ispeaker/demo-answers.yaml");

type Values = BTreeMap<String, String>;

/// A fence: the annotations of its box's condition and its own, and the script.
struct Fence {
    notes: BTreeMap<String, String>,
    boxed_if: Option<String>,
    script: String,
}

impl Fence {
    fn note(&self, key: &str) -> Option<&str> {
        self.notes.get(key).map(String::as_str)
    }

    fn name(&self) -> &str {
        self.note("name").expect("every fence has a name")
    }
}

fn notes(text: &str) -> BTreeMap<String, String> {
    text.split_whitespace()
        .map(|word| word.split_once('=').unwrap_or((word, "")))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
}

fn fences(text: &str) -> Vec<Fence> {
    let fence = Regex::new(r"^ *```sh (.*)$").expect("a pattern");
    let comment = Regex::new(r"^ *- \[ \].*<!-- gonogo: (.*) -->$").expect("a pattern");
    let (mut found, mut boxed_if, mut open): (Vec<Fence>, _, bool) = (Vec::new(), None, false);
    for line in text.lines() {
        if let Some(head) = comment.captures(line) {
            boxed_if = notes(head.get(1).map_or("", |m| m.as_str())).remove("if");
        } else if let Some(head) = fence.captures(line) {
            found.push(Fence {
                notes: notes(head.get(1).map_or("", |m| m.as_str())),
                boxed_if: boxed_if.clone(),
                script: String::new(),
            });
            open = true;
        } else if line.trim() == "```" {
            open = false;
        } else if open {
            let last = found.last_mut().expect("an open fence");
            last.script.push_str(line.trim_start());
            last.script.push('\n');
        }
    }
    found
}

/// The variables of the demo's environment file.
fn environment() -> Values {
    let line = Regex::new(r"(?m)^    ([A-Z_]+): '?([^'\n]+)'?$").expect("a pattern");
    line.captures_iter(DEMO).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// Runs the fences in order, carrying the directory of each host and what is captured; stops at the first that fails.
fn run(place: &Place, text: &str, values: &mut Values) -> Result<(), (String, Ended)> {
    let mut directories: BTreeMap<&str, PathBuf> = BTreeMap::new();
    for fence in fences(text) {
        let conditions = fence.boxed_if.iter().map(String::as_str).chain(fence.note("if"));
        if conditions
            .map(|name| values.get(name).unwrap_or_else(|| panic!("{name} has no value")))
            .any(|v| v == "no")
        {
            continue;
        }
        let hosts: &[&str] = match fence.note("on").expect("every fence names a role") {
            "api" if fence.note("once").is_some() => &["api-1"],
            "api" => &["api-1", "api-2"],
            "web" => &["web-1"],
            "db" => &["db-1"],
            other => panic!("no role {other}"),
        };
        for host in hosts {
            let home = place.world.home(host);
            let cwd = directories.get(host).unwrap_or(&home).clone();
            let vars: Vec<(&str, &str)> = values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let script = format!("{}pwd -P > \"$HOME/cwd\"\n", fence.script);
            let ended = place.sh_in(host, &cwd, &vars, &script);
            let expected =
                fence.note("expect").is_none_or(|re| Regex::new(re).expect("a pattern").is_match(&ended.out));
            if ended.code != 0 || !expected {
                return Err((fence.name().to_owned(), ended));
            }
            if fence.note("check").is_none() {
                directories.insert(host, place.text(&format!("hosts/{host}/home/cwd")).trim().into());
            }
            if let Some(name) = fence.note("capture") {
                let re = Regex::new(fence.note("match").unwrap_or(".+")).expect("a pattern");
                let value =
                    re.find(&ended.out).unwrap_or_else(|| panic!("{name}: {ended:?}")).as_str().to_owned();
                assert!(
                    values.get(name).is_none_or(|other| *other == value || *host == hosts[0]),
                    "hosts disagree on {name}"
                );
                values.insert(name.to_owned(), value);
            }
        }
    }
    Ok(())
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
fn every_fault_stops_its_step_and_the_rollback_leads_back() {
    for fault in faults() {
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

/// The seed's release checklist, word for word.
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
    let boxes: Vec<&str> = id.captures_iter(RELEASE).filter_map(|f| f.get(1)).map(|f| f.as_str()).collect();
    assert_eq!(boxes.len(), RELEASE.matches("- [ ] ").count());
    assert_eq!(id.find_iter(ROLLBACK).count(), ROLLBACK.matches("- [ ] ").count());
    let entry = Regex::new(r"(?m)^  ([a-z0-9-]+): \{").expect("a pattern");
    let answered: Vec<&str> =
        entry.captures_iter(ANSWERS).filter_map(|f| f.get(1)).map(|f| f.as_str()).collect();
    assert_eq!(answered, boxes);

    let sha: String = Sha256::digest(RELEASE).iter().map(|byte| format!("{byte:02x}")).collect();
    let line = Regex::new(r"(?m)^runbook: sha256:.*$").expect("a pattern");
    let wanted = line.replace(ANSWERS, format!("runbook: sha256:{sha}"));
    if std::env::var_os("GONOGO_UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks/ispeaker/demo-answers.yaml");
        std::fs::write(path, wanted.as_bytes()).expect("the answers file");
    } else {
        assert_eq!(ANSWERS, wanted, "read the answers again, then run this test with GONOGO_UPDATE=1");
    }
}

#[test]
fn shipped_files_name_reserved_hosts_only() {
    let host = Regex::new(r"[@/]([a-z0-9-]+(?:\.[a-z0-9-]+)+)").expect("a pattern");
    let files = [RELEASE, ROLLBACK, DEMO, include_str!("../../../runbooks/ispeaker/environments.yaml")];
    for found in files.iter().flat_map(|text| host.captures_iter(text)) {
        let name = &found[1];
        let fine = [".example.net", ".example.org", ".demo", ".x"].iter().any(|end| name.ends_with(end));
        assert!(fine || name.starts_with("192.0.2."), "{name}");
    }
}
