//! Golden logs: files that a version of gonogo wrote and that every later one reads and verifies, for ever, to the same
//! heads. Each version of the schema has its directory, `tests/fixtures/logs/vN`; nothing in it is ever changed.
//!
//! Those of this version were written by
//! `GONOGO_GOLDEN_LOGS=$PWD/tests/fixtures/logs/v1 cargo test --test it golden_logs_are_written -- --ignored`,
//! which refuses where one is already. The head of each stands in `heads`, the file's name before it. The log of two
//! people came later and has a directory of its own, with its own heads and signers; `golden_team_log_is_written`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use gonogo::audit::chain::sha256_hex;
use gonogo::audit::codec::Fact;
use gonogo::audit::heads::{self, Seen};
use gonogo::audit::query::Reader;
use gonogo::audit::rotate::rotate;
use gonogo::audit::schema;
use gonogo::audit::verify::verify;
use gonogo::clock::Stamp;
use gonogo::run::event::{Event, RunOpened};
use gonogo::run::fact::{BoxSigned, Entry, LogCheckpoint, Proof, Who};
use gonogo::run::proof;
use gonogo::runbook::ids::BoxId;
use gonogo::runtime::bundle::SCRIPT;

use crate::it::audit::kinds::every;
use crate::it::audit::signed::append_signed;
use crate::it::audit::tools::{attacker, close, note, open, opening, output, run_closed, run_opened, who};
use crate::it::cli::second::two_with_keys;
use crate::support::binary::{Sandbox, shown};
use crate::support::signers::Key;
use crate::support::temp::TempDir;

/// How many kinds of facts version 1 had when its logs were written. More may come, none may go.
const KINDS: usize = 52;

/// Returns the directory of the golden logs of a version.
fn golden(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/logs/v{version}"))
}

/// Returns the names of golden logs, each with its head.
fn heads(dir: &Path) -> Vec<(String, Seen)> {
    let read = |name| fs::read_to_string(dir.join(name)).expect("the heads of the golden logs");
    let head =
        |line: &str| (line.split(' ').next().unwrap_or_default().to_owned(), Seen::parse(line).expect(line));
    (read("heads") + &read("team/heads")).lines().map(head).collect()
}

/// The log of two people.
const TEAM: &str = "team/log.db";

/// Returns the files of allowed signers and of heads that go with a golden log.
fn beside(dir: &Path, name: &str) -> [PathBuf; 2] {
    let dir = if name == TEAM { dir.join("team") } else { dir.to_owned() };
    ["allowed_signers", "heads"].map(|file| dir.join(file))
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

fn sums(dir: &Path) -> Vec<(PathBuf, String)> {
    let sum = |path: PathBuf| (path.clone(), sha256_hex(&fs::read(path).expect("a file")));
    // What SQLite makes beside a log for whoever reads it holds nothing of it.
    let scratch = |path: &Path| {
        let name = path.to_string_lossy();
        let empty = fs::metadata(path).is_ok_and(|about| about.len() == 0);
        name.ends_with("-shm") || (name.ends_with("-wal") && empty)
    };
    files(dir).into_iter().filter(|path| !scratch(path)).map(sum).collect()
}

/// Copies the golden logs of a version to where a test may read them; permissions are those that the program makes.
fn copied(version: u32) -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new("golden");
    let to = sandbox.path("logs");
    for path in files(&golden(version)) {
        let copy = to.join(path.strip_prefix(golden(version)).expect("inside"));
        fs::create_dir_all(copy.parent().expect("a directory")).expect("a directory");
        fs::copy(&path, &copy).expect("copied");
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).expect("changed");
    }
    fs::set_permissions(&to, fs::Permissions::from_mode(0o700)).expect("changed");
    (sandbox, to)
}

/// A raised version needs logs of each version before it, and here stands what they have to be.
#[test]
fn every_version_of_the_schema_has_golden_logs() {
    for version in 1..=schema::VERSION {
        let (_sandbox, dir) = copied(version);
        let names: Vec<String> = heads(&dir).into_iter().map(|(name, _)| name).collect();
        for name in ["plain.db", "signed.db", "kinds.db", "rotated/log.db", "rotated/log.db.1", TEAM] {
            assert!(names.iter().any(|found| found == name), "no golden {name} of version {version}");
            let conn = attacker(&dir.join(name));
            let found: u32 =
                conn.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version");
            assert_eq!(found, version, "{name}");
        }
        assert!(dir.join("bundle/SHA256SUMS").exists());
    }
}

#[test]
fn golden_logs_verify_to_the_same_heads_and_are_read_without_a_change() {
    for version in 1..=schema::VERSION {
        let (sandbox, dir) = copied(version);
        let before = sums(&dir);
        let path = |path: &Path| path.to_str().expect("a path").to_owned();
        for (name, seen) in heads(&dir) {
            let log = path(&dir.join(&name));
            let [allowed, all] = beside(&dir, &name);
            let args = [
                "--log",
                &log,
                "verify",
                "--json",
                "--allowed-signers",
                &path(&allowed),
                "--heads",
                &path(&all),
            ];
            let told: serde_json::Value =
                serde_json::from_str(&sandbox.run(args).exits(0).out).expect("JSON");
            assert_eq!(
                (&told["head"], &told["events"]),
                (&seen.head.hash.into(), &seen.head.size.into()),
                "{name}"
            );
            assert_eq!(told["log"], seen.log, "{name}");
            assert_eq!(told["strange"], 0, "{name}: kinds that are not known any more");
            let verdicts = &told["verdicts"];
            assert_eq!(
                (&verdicts["chain"], &verdicts["witnesses"]),
                (&"holds".into(), &"holds".into()),
                "{told}"
            );
            let signed = if ["signed.db", TEAM].contains(&&*name) { "holds" } else { "none yet" };
            assert_eq!(verdicts["signatures"], signed, "{told}");
            sandbox.run(["--log", &log, "log", "info", "--json"]).exits(0);
            if name == "kinds.db" {
                continue;
            }
            let runs: serde_json::Value =
                serde_json::from_str(&sandbox.run(["--log", &log, "runs", "--json"]).exits(0).out)
                    .expect("JSON");
            let runs = runs.as_array().or_else(|| runs["runs"].as_array()).expect("runs").clone();
            assert!(!runs.is_empty(), "{name}");
            for run in runs {
                let id = run["run"].as_str().or_else(|| run["id"].as_str()).expect("an id").to_owned();
                if name == TEAM {
                    team_is_told(&sandbox, &log, &id, &allowed);
                    continue;
                }
                sandbox.run(["--log", &log, "show", &id]).exits(0).tells("All is well");
                sandbox.run(["--log", &log, "export", &id]).exits(0).tells("migrating");
                sandbox.run(["--log", &log, "export", &id, "--format", "json"]).exits(0);
            }
        }
        let (bundle, allowed) = (path(&dir.join("bundle")), dir.join("allowed_signers"));
        let told = sandbox.run(["verify", "--bundle", &bundle, "--allowed-signers", &path(&allowed)]);
        told.exits(0)
            .tells("chain        holds")
            .tells("signatures   holds (4 of 5 names proven by key, 1 not proven)");
        assert_eq!(sums(&dir), before, "reading changes no byte");
    }
}

/// What two people did, for whoever knows their keys and for whoever does not.
fn team_is_told(sandbox: &Sandbox, log: &str, run: &str, allowed: &Path) {
    let with = |args: &[&str], allowed: &Path| {
        let mut command = sandbox.command([&["--log", log], args].concat());
        let told = shown(command.env("GONOGO_ALLOWED_SIGNERS", allowed));
        told.exits(0);
        told
    };
    let told = with(&["show", run], allowed);
    told.tells("Copy compared.: layla (key), then omar (key)").tells("Tested.: omar (key)");
    let record = with(&["export", run], allowed);
    record
        .tells("took the run that")
        .tells("it is your watch")
        .tells("compared 12 tables")
        .tells("said no-go at");
    record.tells(" signatures hold");
    with(&["export", run, "--format", "json"], allowed);
    with(&["log", "info"], allowed).tells("release");
    let strange = with(&["show", run], &sandbox.write("nobody", ""));
    // Two names that are only claimed are not two people, and their votes open nothing.
    strange
        .tells("Tested.: omar (claimed)")
        .tells("Copy compared.: ready")
        .tells("gate: qa: absent, which is no-go");
}

/// Every kind of version 1 stands in one of its logs and is known still, and both ways to store a chunk do.
#[test]
fn golden_logs_have_every_kind_and_every_way_to_store_a_chunk() {
    let (_sandbox, dir) = copied(1);
    let mut kinds = std::collections::BTreeSet::new();
    let mut codecs = std::collections::BTreeSet::new();
    for (name, _) in heads(&dir) {
        for found in Reader::open(&dir.join(&name)).expect("a log").events(1, u32::MAX).expect("events") {
            match found.fact {
                Fact::Known(event) => kinds.insert(event.kind()),
                Fact::Unknown { kind, .. } => panic!("{kind} is not known any more"),
            };
        }
        let conn = attacker(&dir.join(&name));
        let mut statement = conn.prepare("SELECT DISTINCT codec FROM chunk").expect("chunks");
        codecs
            .extend(statement.query_map([], |row| row.get::<_, i64>(0)).expect("chunks").map(Result::unwrap));
    }
    assert_eq!(kinds.len(), KINDS, "{kinds:?}");
    assert_eq!(codecs.into_iter().collect::<Vec<_>>(), [0, 1]);
}

/// The script knows the schema by its hashes.
#[test]
fn the_script_knows_the_schema_of_version_1() {
    let hash = |which: &dyn Fn(&str) -> bool| {
        let mut objects: Vec<_> = schema::OBJECTS.iter().filter(|(_, name, _)| which(name)).collect();
        objects.sort();
        let text: String =
            objects.iter().map(|(kind, name, sql)| format!("{kind} {name}\n{sql}\n")).collect();
        sha256_hex(text.as_bytes())
    };
    assert!(SCRIPT.contains(&hash(&|name| matches!(name, "event" | "chunk"))));
    assert!(SCRIPT.contains(&hash(&|_| true)));
}

#[test]
#[ignore = "needs sqlite3, sha256sum and ssh-keygen"]
fn the_script_verifies_golden_logs_and_the_one_in_the_bundle_does_too() {
    let (_sandbox, dir) = copied(1);
    let script = |script: &Path, args: &[&Path]| {
        let out = Command::new("sh").arg(script).args(args).output().expect("it runs");
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/verify.sh");
    for (name, seen) in heads(&dir) {
        let [allowed, all] = beside(&dir, &name);
        let args = [Path::new("--heads"), &all, &dir.join(&name), &allowed];
        let (code, told) = script(&ours, &args);
        assert_eq!(code, Some(0), "{name}\n{told}");
        assert!(told.contains("witnesses   holds (heads that agree: 1)"), "{name}\n{told}");
        assert!(
            told.contains(&format!("head        {} {}", seen.head.size, seen.head.hash)),
            "{name}\n{told}"
        );
    }
    let bundle = dir.join("bundle");
    for verifier in [ours, bundle.join("verify.sh")] {
        let (code, told) = script(&verifier, &[&bundle]);
        assert_eq!(code, Some(0), "{told}");
        assert!(told.contains("signatures  holds (4 of 4"), "{told}");
    }
}

/// Returns a time of the day on which the logs of version 1 say that they were written.
fn then(second: i64) -> Stamp {
    Stamp::at_unix(1_795_000_000 + second)
}

fn opened(signs: bool) -> Entry {
    let mut entry = run_opened("Release");
    let text = "# Release إصدار\n\n- [ ] All is well. <!-- gonogo: id=well -->\n- [ ] And so is the rest. <!-- gonogo: id=rest -->\n";
    if let Event::RunOpened(opened) = &mut entry.event {
        let proof = if signs { Proof::SshKey } else { Proof::Typed };
        let text_sha = sha256_hex(text.as_bytes());
        **opened = RunOpened { text_sha, who: Who { proof, ..who() }, ..(**opened).clone() };
    }
    entry.chunk = Some(text.into());
    entry
}

fn signs(id: &str, (seen, head): (u64, &str), proof: Proof) -> Entry {
    let signed = BoxSigned {
        who: Who { proof, ..who() },
        id: BoxId(id.to_owned()),
        statement: "All is well.".to_owned(),
        note: Some("looked at twice".to_owned()),
        value: None,
        evidence: Vec::new(),
        out_of_order: Vec::new(),
        seen,
        seen_head: Some(head.into()),
    };
    Entry { event: Event::BoxSigned(signed), chunk: None }
}

/// A run with two boxes signed, notes, and output of both codecs.
fn release(path: &Path, key: Option<&Key>) {
    let (writer, _, ended) = open(path);
    let append = |entry: Entry| match (key, proof::claims_key(&entry.event)) {
        (Some(key), true) => append_signed(&writer, key, entry, None).expect("signed"),
        _ => writer.append(Some("one"), vec![entry], then(2)).wait().expect("recorded"),
    };
    let proof = if key.is_some() { Proof::SshKey } else { Proof::Typed };
    append(opened(key.is_some()));
    append(note("migrating starts \u{1f680}"));
    for (offset, bytes) in
        [(0, b"migrating\n".repeat(200)), (2000, b"x".to_vec()), (2001, b"done\n".repeat(300))]
    {
        append(output(1, offset, &bytes));
    }
    for id in ["well", "rest"] {
        let head = writer.status().head;
        append(signs(id, (head.size, &head.hash), proof));
    }
    let mut closed = run_closed();
    proof::who_mut(&mut closed.event).expect("who").proof = proof;
    append(closed);
    close(writer, ended);
}

/// One fact of every kind.
fn all_kinds(path: &Path) {
    let (writer, _, ended) = open(path);
    let append = |run: Option<&str>, event: Event, chunk: Option<Vec<u8>>| {
        writer.append(run, vec![Entry { event, chunk }], then(3)).wait().expect("recorded");
    };
    let opening = run_opened("Every kind");
    append(Some("r"), opening.event, opening.chunk);
    for mut event in every("Git tag \u{1f680} \u{625}\u{635} \"q\" \\ \n", 2) {
        proof::lower(&mut event, Proof::Typed);
        match &event {
            // The first two are there; what a log says of its own head has to be true.
            Event::LogOpened(_) | Event::SessionOpened(_) | Event::RunOpened(_) | Event::SessionClosed(_) => {
            }
            Event::LogCheckpoint(_) => {
                let head = writer.status().head;
                let (size, head) = (head.size, head.hash);
                let mark = LogCheckpoint { size, head, for_run: None, at: "heads".to_owned(), failed: None };
                append(None, Event::LogCheckpoint(mark), None);
            }
            Event::StepOutput(_) => append(Some("r"), event, Some(b"output\n".repeat(9))),
            _ if event.kind().starts_with("log.") => append(None, event, None),
            _ => append(Some("r"), event, None),
        }
    }
    close(writer, ended);
}

#[test]
#[ignore = "writes files when a version is made"]
fn golden_logs_are_written() {
    let Some(dir) = std::env::var_os("GONOGO_GOLDEN_LOGS").map(PathBuf::from) else { return };
    assert!(!dir.join("heads").exists(), "golden logs are never written anew");
    let work = TempDir::new("golden");
    let key = Key::new();
    release(&work.join("plain.db"), None);
    release(&work.join("signed.db"), Some(&key));
    all_kinds(&work.join("kinds.db"));
    fs::create_dir(work.join("rotated")).unwrap();
    fs::set_permissions(work.join("rotated"), fs::Permissions::from_mode(0o700)).unwrap();
    release(&work.join("rotated/log.db"), None);
    rotate(&opening(&work.join("rotated/log.db"))).unwrap();
    release(&work.join("rotated/log.db"), None);
    fs::create_dir_all(dir.join("rotated")).unwrap();
    let mut lines = String::new();
    for name in ["plain.db", "signed.db", "kinds.db", "rotated/log.db", "rotated/log.db.1"] {
        let report = verify(&work.join(name)).unwrap();
        assert!(report.sound(), "{name}: {report}");
        let (log, head) = (report.log.clone().unwrap(), report.head().unwrap());
        lines += &format!("{name} {}\n", Seen { log, head, at: then(9).wall, run: "-".to_owned() });
        fs::copy(work.join(name), dir.join(name)).unwrap();
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    fs::write(dir.join("heads"), lines).unwrap();
    let allowed = dir.join("allowed_signers");
    fs::write(&allowed, format!("layla {}\n", key.public.line())).unwrap();
    let sandbox = Sandbox::new("golden");
    let mut export = sandbox.command(["--log".as_ref(), work.join("signed.db").as_os_str()]);
    export.args(["export", "one", "--format", "bundle", "-o"]).arg(dir.join("bundle"));
    assert!(export.env("GONOGO_ALLOWED_SIGNERS", &allowed).status().unwrap().success());
    assert_eq!(heads::read(&dir.join("heads")).unwrap().len(), 5);
}

/// A group of this machine with the name and number that the golden log names, for as long as it is written.
struct Release;

impl Release {
    fn new() -> Self {
        assert!(Command::new("groupadd").args(["-g", "4242", "release"]).status().unwrap().success());
        Self
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        Command::new("groupdel").arg("release").status().map(drop).unwrap_or_default();
    }
}

const BOOK: &str = "\
---
gonogo:
  roles: {qa: omar}
---
# Release of two

## Pre

- [ ] Copied. <!-- gonogo: id=copied -->

  ```sh name=compare on=local
  echo compared 12 tables
  ```
- [ ] Copy compared. <!-- gonogo: id=copy two-person -->
- [ ] Tested. <!-- gonogo: id=tested role=qa -->

## During <!-- gonogo: go=qa,captain -->

- [ ] Deployed. <!-- gonogo: id=deployed -->
";

#[test]
#[ignore = "writes files when a version is made, as root"]
fn golden_team_log_is_written() {
    let Some(dir) = std::env::var_os("GONOGO_GOLDEN_LOGS").map(|dir| PathBuf::from(dir).join("team")) else {
        return;
    };
    assert!(!dir.exists(), "golden logs are never written anew");
    let _group = Release::new();
    let (layla, omar) = two_with_keys("golden-team");
    let log = layla.path("team/log.db");
    let says = |who: &Sandbox, args: &[&str]| {
        let mut command = who.command(["--log".as_ref(), log.as_os_str()]);
        shown(command.args(args))
    };
    says(&layla, &["log", "init", "--group", "release"]).exits(0);
    layla.write("book.md", BOOK);
    let answers =
        layla.run(["answers", "book.md"]).exits(0).out.replace("copied: stop", "copied: {sign: true}");
    layla.write("answers.yaml", answers);
    let drive = ["run", "book.md", "--headless", "--answers", "answers.yaml", "--as", "layla", "--trust"];
    says(&layla, &drive).exits(9);
    let run = Reader::open(&log).unwrap().runs().unwrap().pop().unwrap().run;
    for (who, args) in [
        (&layla, vec!["sign", &run, "copy"]),
        (&omar, vec!["sign", &run, "copy"]),
        (&omar, vec!["sign", &run, "tested", "--note", "all cases"]),
        (&omar, vec!["note", &run, "I am watching", "--box", "tested"]),
        (&layla, vec!["vote", &run, "during", "go"]),
        (&omar, vec!["vote", &run, "during", "no-go", "--text", "the banner is missing"]),
        (&omar, vec!["vote", &run, "during", "go"]),
        (&layla, vec!["handover", &run, "--to", "omar", "--text", "it is your watch"]),
        (&omar, vec!["handover", &run, "--accept"]),
        (&omar, vec!["sign", &run, "deployed"]),
    ] {
        says(who, &[&args[..], &["--yes"]].concat()).exits(0);
    }
    says(&omar, &["close", &run, "--outcome", "completed", "--as", "omar"]).exits(0);
    fs::create_dir_all(&dir).unwrap();
    let report = verify(&log).unwrap();
    assert!(report.sound(), "{report}");
    let (id, head) = (report.log.clone().unwrap(), report.head().unwrap());
    let seen = Seen { log: id, head, at: then(99).wall, run: "-".to_owned() };
    fs::write(dir.join("heads"), format!("{TEAM} {seen}\n")).unwrap();
    fs::copy(&log, dir.join("log.db")).unwrap();
    fs::set_permissions(dir.join("log.db"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::copy(layla.path("../config/gonogo/allowed_signers"), dir.join("allowed_signers")).unwrap();
}
