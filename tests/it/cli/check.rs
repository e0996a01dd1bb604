//! `gonogo check`: what it shows, how it ends, and that it never shows a secret.

use gonogo::diag::codes::CODES;
use serde_json::{Value, json};

use crate::support::binary::Sandbox;

const WARNED: &str = "---\ngonogo:\n  vars: {UNUSED: x}\n---\n- [ ] One\n";
const WRONG: &str = "- [ ] One\n\n  ```sh onn=web\n  ls\n  ```\n\n- []\n";

#[test]
fn it_ends_by_what_it_finds() {
    let sandbox = Sandbox::new("check-ends");
    let fine = sandbox.write("fine.md", "- [ ] One\n");
    let warned = sandbox.write("warned.md", WARNED);
    let wrong = sandbox.write("wrong.md", WRONG);
    let check = |args: &[&std::path::Path], more: &[&str]| {
        let mut all = vec!["check".into()];
        all.extend(args.iter().map(|p| p.as_os_str().to_owned()));
        all.extend(more.iter().map(|m| std::ffi::OsString::from(*m)));
        sandbox.run(all)
    };
    check(&[&fine], &["--strict"]).exits(0).tells("nothing to say");
    check(&[&warned], &[]).exits(0).tells("warning[unused-variable]").tells("3:10");
    check(&[&warned], &["--strict"]).exits(3);
    let shown = check(&[&wrong], &[]);
    shown
        .exits(3)
        .tells("error[unknown-key]")
        .tells("3:9")
        .tells("  ```sh onn=web")
        .tells("did you mean `on`?");
    // What can be said of its text is said although it has errors.
    shown.tells("warning[nearly-a-box]").tells("7:1");
    check(&[&fine, &wrong], &[]).exits(3).tells("nothing to say").tells("unknown-key");
    // What cannot be read is told like everything else, and hides nothing of the others.
    let nothing = sandbox.path("nothing.md");
    let both = check(&[&nothing, &sandbox.path("."), &wrong], &[]);
    both.exits(3)
        .tells("error[unreadable]")
        .tells("nothing.md")
        .tells("no regular file")
        .tells("unknown-key");
    let told: Value = serde_json::from_str(&check(&[&nothing], &["--json"]).exits(3).out).expect("JSON");
    assert_eq!(told["findings"][0]["code"], "unreadable");
}

#[test]
fn the_environment_is_asked_too() {
    let sandbox = Sandbox::new("check-env");
    let book = sandbox
        .write("book.md", "---\ngonogo: {environments: env.yaml}\n---\n```sh on=api\npg_dump app\n```\n");
    let book = book.to_str().expect("a path");
    sandbox.run(["check", book]).exits(3).tells("error[missing-file]").tells("env.yaml");
    sandbox.write("env.yaml", "here:\n  hosts: {web: layla@127.0.0.1}\nthere:\n  hosts: {api: [layla@127.0.0.1, layla@127.0.0.2]}\n");
    // Without an environment each one counts: what only some lack may be meant for the others.
    sandbox
        .run(["check", book])
        .exits(0)
        .tells("warning[unknown-role]")
        .tells("runs on `api`, which environment `here` does not have")
        .tells("warning[not-once]");
    sandbox.run(["check", book, "--env", "here"]).exits(3).tells("error[unknown-role]").tells("it has: web");
    sandbox.run(["check", book, "--env", "there"]).exits(0).tells("warning[not-once]");
    sandbox.run(["check", book, "--env", "nowhere"]).exits(2).says("it has: here, there");
    let other = sandbox.write("other.yaml", "one:\n  hosts: {api: layla@127.0.0.1}\n");
    let other = other.to_str().expect("a path");
    sandbox
        .run(["check", book, "--env", "one", "--environments", other, "--strict"])
        .exits(0)
        .tells("nothing to say");
    sandbox.write("env.yaml", "here: [\n");
    let fine = sandbox.write("fine.md", "- [ ] One\n");
    let fine = fine.to_str().expect("a path");
    let both = sandbox.run(["check", book, fine]);
    both.exits(3).says("not-yaml").tells("error[environment-file]").tells("fine.md: nothing to say");
}

#[test]
fn as_json_it_is_one_object() {
    let sandbox = Sandbox::new("check-json");
    let warned = sandbox.write("warned.md", WARNED);
    let warned = warned.to_str().expect("a path");
    let read = |args: &[&str], code| -> Value {
        serde_json::from_str(&sandbox.run(args).exits(code).out).expect("it is JSON")
    };
    let report = read(&["check", warned, "--json"], 0);
    let file = report["files"][0].as_str().expect("a file").to_owned();
    assert!(file.ends_with("warned.md"));
    assert_eq!(
        report,
        json!({
            "ok": true, "errors": 0, "warnings": 1, "files": [file],
            "findings": [{
                "severity": "warning", "code": "unused-variable", "file": file, "line": 3, "column": 10, "bytes": [21, 27],
                "message": "`UNUSED` is declared and nothing uses it",
                "help": "write `$NAME` in a step, `if=NAME` on a box, or take the declaration out",
            }],
        })
    );
    let strict = read(&["check", warned, "--json", "--strict"], 3);
    assert_eq!((strict["ok"].as_bool(), &strict["findings"]), (Some(false), &report["findings"]));
    // The manual names every field.
    let page = include_str!("../../../assets/manual/format.md");
    let (_, shape) = page.split_once("```json\n").expect("the page shows the shape");
    let shape: Value = serde_json::from_str(shape.split_once("```").expect("it ends").0).expect("it is JSON");
    let fields = |v: &Value| v.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&shape), fields(&report));
    assert_eq!(fields(&shape["findings"][0]), fields(&report["findings"][0]));
}

#[test]
fn a_secret_in_a_file_is_shown_by_nothing() {
    let sandbox = Sandbox::new("check-secret");
    let text = "- [ ] One\n\n  ```sh onn=web\n  mysql -phunter22 app $NOTHING\n  ```\n";
    let wrong = sandbox.write("wrong.md", text);
    let fine = sandbox.write("fine.md", text.replace("onn=web", "on=web"));
    for path in [wrong, fine] {
        let path = path.to_str().expect("a path");
        for args in [vec!["check", path], vec!["check", path, "--json"], vec!["check", path, "--strict"]] {
            let shown = sandbox.run(&args);
            assert!(shown.out.contains("typed-secret"), "{shown}");
            assert!(!shown.out.contains("hunter22") && !shown.err.contains("hunter22"), "{shown}");
        }
    }
}

#[test]
fn what_is_shipped_is_clean() {
    let sandbox = Sandbox::new("check-shipped");
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks/ispeaker/demo.yaml");
    for book in ["ispeaker/release", "ispeaker/rollback", "ispeaker/restore-drill"] {
        let args = ["check", book, "--strict", "--env", "demo", "--environments", demo];
        sandbox.run(args).exits(0).tells("nothing to say");
        sandbox.run(["check", book, "--strict"]).exits(0).tells("nothing to say");
    }
}

#[test]
fn the_pages_on_the_format_and_the_checks_are_shown() {
    let sandbox = Sandbox::new("check-pages");
    let page = sandbox.run(["help", "format"]);
    assert_eq!(page.exits(0).out, include_str!("../../../assets/manual/format.md"));
    let checks = sandbox.run(["help", "checks"]);
    for code in CODES {
        let line = checks.exits(0).out.lines().find(|l| l.split_whitespace().next() == Some(code.code));
        assert!(line.is_some_and(|l| l.ends_with(code.meaning)), "{}", code.code);
    }
}
