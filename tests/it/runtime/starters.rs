//! Every starter, walked from its first box to its last on a demo host by an answers file, and then its rollback.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use gonogo::config::answers;
use gonogo::run::driver::Driver;
use gonogo::run::fact::{HostPin, Parent, RunKind, RunOutcome, WayPin};
use gonogo::run::open::Opening;
use gonogo::runbook::shipped;
use gonogo::runtime::clock;
use gonogo::runtime::headless::{self, Ended, Limits};
use gonogo::runtime::opening::{self, Book};

use super::rig::{Bench, HOST, layla};
use crate::support::temp::TempDir;

/// What the team's own commands are here.
const DEPLOY: &str = "#!/bin/sh\nprintf '%s\\n' \"$1\" > VERSION\n";

/// Makes what the starters expect on a host, and returns their values.
fn ground(root: &Path) -> Vec<(&'static str, String)> {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = |name: &str| {
        let dir = root.join("ground").join(name);
        fs::create_dir_all(&dir).expect("a directory");
        dir
    };
    let (app, backups, scratch) = (dir("app"), dir("backups"), dir("scratch"));
    fs::create_dir_all(backups.join("b-1/deep")).expect("a directory");
    fs::write(backups.join("b-1/deep/rows"), "1\n2\n").expect("written");
    fs::write(app.join("VERSION"), "v1.0.6\n").expect("written");
    fs::write(app.join("deploy.sh"), DEPLOY).expect("written");
    fs::set_permissions(app.join("deploy.sh"), fs::Permissions::from_mode(0o755)).expect("mode");
    fs::write(app.join("conf"), "old\n").expect("written");
    fs::write(app.join("conf.new"), "new\n").expect("written");
    let text = |path: &Path| path.display().to_string();
    vec![
        ("VERSION", "v1.0.7".to_owned()),
        ("PREVIOUS", "v1.0.6".to_owned()),
        ("BAD", "v1.0.7".to_owned()),
        ("APP_DIR", text(&app)),
        ("BACKUP_DIR", text(&backups)),
        ("SCRATCH_DIR", text(&scratch)),
        ("TICKET", "OPS-12".to_owned()),
        ("CONFIG", text(&app.join("conf"))),
        ("NEW_CONFIG", text(&app.join("conf.new"))),
    ]
}

/// Returns answers that sign every box of `book`.
fn signing(book: &Book) -> String {
    let runbook = &book.loaded.runbook;
    let mut text = format!("runbook: sha256:{}\noperator: {{name: layla}}\n", runbook.sha256);
    let typed: Vec<_> = runbook
        .boxes
        .iter()
        .flat_map(|b| &b.steps)
        .filter(|s| s.confirm == gonogo::runbook::model::Confirm::Type)
        .collect();
    if !typed.is_empty() {
        text.push_str("confirm:\n");
        typed.iter().for_each(|step| text.push_str(&format!("  {}: {HOST}\n", step.id)));
    }
    text.push_str("boxes:\n");
    for item in &runbook.boxes {
        let value = if item.value.is_some() { ", value: layla-and-omar" } else { "" };
        text.push_str(&format!("  {}: {{sign: true{value}}}\n", item.id));
    }
    let gates = runbook.phases.iter().filter(|p| p.gate).map(|p| gonogo::runbook::slug::slug(&p.title));
    text.push_str("gates:\n");
    gates.for_each(|gate| text.push_str(&format!("  \"{gate}\": go\n")));
    text
}

async fn walk(bench: &Bench, name: &str, role: &str, values: &[(&str, String)], rollback: bool) {
    let text = shipped::get(&format!("starters/{name}.md")).expect("shipped");
    let book = Book::parse(&format!("{name}.md"), text.as_bytes()).expect("a runbook");
    assert_eq!(book.loaded.findings, [], "{name}");
    let declared = |n: &str| book.loaded.runbook.front.vars.iter().any(|v| v.name == n);
    let set: BTreeMap<String, String> =
        values.iter().filter(|(n, _)| declared(n)).map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
    let host = HostPin {
        role: role.to_owned(),
        name: HOST.to_owned(),
        user: gonogo::demo::USER.to_owned(),
        address: HOST.to_owned(),
        port: 22,
        identity: None,
        known_hosts: None,
        way: WayPin::default(),
    };
    let opening = Opening {
        runbook: &book.loaded.runbook,
        file: book.file.clone(),
        who: layla(),
        kind: RunKind::Drill,
        environment: None,
        hosts: vec![host],
        environment_vars: BTreeMap::new(),
        set,
        seed: clock::random_hex(32).expect("random"),
        parent: rollback.then(|| Parent { run: "r-above".to_owned(), in_box: None, rollback: true }),
        beside: Vec::new(),
        commit: None,
        later: false,
    };
    let (run, _held) = opening::open(&bench.session, &book, opening).await.expect("the run opens");
    let file = answers::parse(signing(&book).as_bytes()).expect("answers").0;
    let (answers, _) = answers::check(&file, &book.loaded.runbook).expect("they fit");
    let (worker, inbox) = bench.worker();
    let mut driver = Driver::new(run);
    let mut said = Vec::new();
    let limit = Limits { max: Duration::from_secs(120), wait: None };
    let ended = headless::walk(&mut driver, &worker, inbox, &answers, &layla(), limit, |line| {
        said.push(line.to_owned());
    })
    .await
    .expect("signals");
    let what = if rollback { "rollback" } else { "walk" };
    assert!(
        matches!(ended, Ended::Closed(RunOutcome::Completed)),
        "{name}, {what}: {ended:?}\n{}",
        said.join("\n")
    );
}

#[tokio::test]
async fn every_starter_walks_from_end_to_end_and_back() {
    let dir = TempDir::new("starters");
    let bench = Bench::start(dir.path()).await;
    let values = ground(dir.path());
    let get = |name: &str| values.iter().find(|(n, _)| *n == name).expect("a value").1.clone();
    let app = std::path::PathBuf::from(get("APP_DIR"));
    let read = |name: &str| fs::read_to_string(app.join(name)).expect("read");

    walk(&bench, "release", "app", &values, false).await;
    assert_eq!(read("VERSION"), "v1.0.7\n");
    walk(&bench, "release", "app", &values, true).await;
    assert_eq!(read("VERSION"), "v1.0.6\n");

    fs::write(app.join("VERSION"), "v1.0.7\n").expect("written");
    walk(&bench, "rollback", "app", &values, false).await;
    assert_eq!(read("VERSION"), "v1.0.6\n");
    walk(&bench, "rollback", "app", &values, true).await;
    assert_eq!(read("VERSION"), "v1.0.7\n");

    walk(&bench, "change", "app", &values, false).await;
    assert_eq!(read("conf"), "new\n");
    walk(&bench, "change", "app", &values, true).await;
    assert_eq!(read("conf"), "old\n");

    let scratch = std::path::PathBuf::from(get("SCRATCH_DIR"));
    walk(&bench, "restore-drill", "restore", &values, false).await;
    assert_eq!(fs::read_dir(&scratch).expect("a directory").count(), 0, "it leaves nothing");
    fs::write(scratch.join("half"), "x").expect("written");
    walk(&bench, "restore-drill", "restore", &values, true).await;
    assert_eq!(fs::read_dir(&scratch).expect("a directory").count(), 0, "it leaves nothing");

    walk(&bench, "blank", "app", &values, false).await;
    walk(&bench, "blank", "app", &values, true).await;
    bench.end().await;
}
