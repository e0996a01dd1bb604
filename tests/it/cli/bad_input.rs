//! What is wrong with files and options: one message that says where and why, the documented exit code, and nothing is
//! changed, not even a log made.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::it::cli::books::{CLOSED_PORT, HERE, HOSTED, THREE, signed, walk};
use crate::support::binary::{Sandbox, shown};

/// What is written as which file, what is typed, the exit code, and what must be said.
type Case<'a> = (&'a str, &'a [u8], Vec<&'a str>, i32, &'a [&'a str]);

/// Plays each case in a sandbox that `prepare` has filled.
#[track_caller]
fn play(label: &str, prepare: impl Fn(&Sandbox), cases: &[Case<'_>]) {
    for (file, content, args, code, says) in cases {
        let sandbox = Sandbox::new(label);
        prepare(&sandbox);
        if !file.is_empty() {
            sandbox.write(file, content);
        }
        let before = sandbox.contents();
        let shown = sandbox.run(args);
        shown.exits(*code);
        for words in *says {
            shown.only_says(words);
        }
        sandbox.contents().unchanged_since(&before, &shown);
    }
}

/// The arguments that walk `book` without a terminal.
fn run<'a>(book: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["run", book, "--headless", "--answers", "answers.yaml"], more].concat()
}

#[test]
fn runbooks() {
    let prepare = |sandbox: &Sandbox| {
        sandbox.write("answers.yaml", "operator: {name: layla}\n");
        fs::create_dir(sandbox.path("dir.md")).unwrap();
        fs::File::create(sandbox.path("huge.md")).unwrap().set_len(2 << 30).unwrap();
    };
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let book = |text: &'static str| ("book.md", text.as_bytes(), run("book.md", &[]), 3);
    let (file, front, args, code) = book("---\ngonogo:\n  vars: [\n---\n\n- [ ] One.\n");
    let key = book("# T\n\n- [ ] One. <!-- gonogo: colour=red -->\n").1;
    let cases: [Case<'_>; 9] = [
        ("", b"", run("missing.md", &[]), 3, &["gonogo: failed to read missing.md: No such file"]),
        ("", b"", run("dir.md", &[]), 3, &["gonogo: failed to read dir.md: it is not a regular file"]),
        (
            "",
            b"",
            run("huge.md", &[]),
            3,
            &["gonogo: failed to read huge.md: it is larger than 1048576 bytes"],
        ),
        (file, &binary, args.clone(), code, &["the file is binary", "book.md:3:"]),
        (file, b"# T\n\n- [ ] a\xff\n", args.clone(), 3, &["the file is not UTF-8 text", "book.md:3:8"]),
        (file, front, args.clone(), 3, &["the front matter is not YAML", "book.md:3:9"]),
        (
            file,
            key,
            args.clone(),
            3,
            &["unknown key `colour` on a box", "book.md:3:25", "known here: id, value"],
        ),
        (file, b"# T\n\nText.\n", args.clone(), 3, &["there is nothing to walk in this file", "book.md"]),
        (file, b"", args, 3, &["there is nothing to walk in this file", "book.md"]),
    ];
    play("runbooks", prepare, &cases);
}

#[test]
fn a_runbook_that_may_not_be_read() {
    let sandbox = Sandbox::new("unreadable");
    let book = signed(&sandbox, "book.md", THREE);
    fs::set_permissions(&book, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&book).is_ok() {
        // The superuser reads everything.
        return;
    }
    sandbox.run(run("book.md", &[])).exits(3).only_says("gonogo: failed to read book.md: Permission denied");
}

#[test]
fn environment_files() {
    let prepare = |sandbox: &Sandbox| {
        signed(sandbox, "book.md", HOSTED);
    };
    let here = || run("book.md", &HERE);
    let other = run("book.md", &[&HERE[..], &["--environments", "other.yaml"]].concat());
    let nope = run("book.md", &["--env", "nope", "--set", "TAG=v1"]);
    let none = run("book.md", &["--set", "TAG=v1"]);
    let file = "env.yaml";
    let bare = b"here:\n  hosts: {web: '@web-1'}\n";
    let sample = b"here:\n  hosts: {web: deploy@web-1.example.net}\n";
    let number =
        b"here:\n  hosts: {web: [deploy@localhost, {host: web-2, address: 192.0.2.7, user: deploy}]}\n";
    let role = b"here:\n  hosts: {api: layla@127.0.0.1:1}\n";
    let port = CLOSED_PORT.as_bytes();
    let cases: [Case<'_>; 11] = [
        ("", b"", here(), 3, &["gonogo: failed to read ", "env.yaml: No such file"]),
        ("", b"", other, 3, &["gonogo: failed to read other.yaml: No such file"]),
        (file, b"here:\n  hosts: [\n", here(), 3, &["this is not YAML", "env.yaml:2:10"]),
        (file, b"here: \xff\n", here(), 3, &["not UTF-8", "env.yaml:1:7"]),
        (
            file,
            b"here:\n  color: red\n",
            here(),
            3,
            &["unknown key `color`", "did you mean `colour`?", "env.yaml:2:3"],
        ),
        (file, bare, here(), 3, &["`` is not a user name", "env.yaml:2:16"]),
        (
            file,
            sample,
            here(),
            3,
            &["deploy@web-1.example.net is a name or address that is reserved for samples"],
        ),
        (file, number, here(), 3, &["deploy@192.0.2.7 is a name or address that is reserved for samples"]),
        (file, role, here(), 3, &["`web`", "book.md:"]),
        (file, port, nope, 2, &["env.yaml has no environment nope; it has: here"]),
        (file, port, none, 2, &["there is no default environment: choose one with --env (here)"]),
    ];
    play("environments", prepare, &cases);
}

#[test]
fn answers_files() {
    let prepare = |sandbox: &Sandbox| {
        signed(sandbox, "book.md", THREE);
    };
    let args = || run("book.md", &[]);
    let missing = vec!["run", "book.md", "--headless", "--answers", "missing.yaml"];
    let file = "answers.yaml";
    let unknown = b"boxes: {one: {sing: true}}\n";
    let cases: [Case<'_>; 5] = [
        ("", b"", missing, 3, &["gonogo: failed to read missing.yaml: No such file"]),
        (file, b"boxes: {\n", args(), 3, &["this is not YAML", "answers.yaml:1:8"]),
        (file, b"\x00\x01", args(), 3, &["answers.yaml:1:1"]),
        (file, unknown, args(), 3, &["sing", "answers.yaml:1:"]),
        (file, b"boxes: {one: maybe}\n", args(), 3, &["maybe", "answers.yaml:1:"]),
    ];
    play("answers", prepare, &cases);
}

#[test]
fn options() {
    let prepare = |sandbox: &Sandbox| {
        signed(sandbox, "book.md", HOSTED);
        sandbox.write("env.yaml", CLOSED_PORT);
    };
    let with = |more: &[&'static str]| run("book.md", &[&HERE[..], more].concat());
    let untagged = |more: &[&'static str]| run("book.md", &[&["--env", "here"], more].concat());
    let shape = "write a time such as 90m, 6h or 45s";
    let terminal = "gonogo: this needs a terminal; without one, give --headless --answers FILE";
    let seen = vec!["run", "book.md", "--env", "here", "--set", "TAG=v1"];
    let missing = "gonogo: these variables have no value: TAG; give each with --set NAME=VALUE";
    let foo = "gonogo: the runbook has no variable or placeholder FOO; it has: TAG, NAME";
    let cases: [Case<'_>; 14] = [
        ("", b"", with(&["--set", "FOO=1"]), 2, &[foo]),
        ("", b"", untagged(&["--set", "TAG"]), 2, &["gonogo: --set TAG: write NAME=VALUE"]),
        ("", b"", untagged(&["--set", "TAG=1.0"]), 2, &["gonogo: the value of TAG does not match v\\d+"]),
        ("", b"", untagged(&[]), 2, &[missing]),
        ("", b"", with(&["--as", ""]), 2, &["name"]),
        ("", b"", with(&["--as", "la\u{202e}yla"]), 2, &["name"]),
        ("", b"", with(&["--max", "soon"]), 2, &["'soon'", shape]),
        ("", b"", with(&["--max", "0m"]), 2, &["'0m'", shape]),
        ("", b"", with(&["--max", "+5m"]), 2, &["'+5m'", shape]),
        ("", b"", with(&["--max", "5é"]), 2, &[shape]),
        ("", b"", vec!["run", "book.md", "--headless"], 2, &["--answers"]),
        ("", b"", seen, 2, &[terminal]),
        ("", b"", vec!["run"], 2, &["RUNBOOK"]),
        ("", b"", vec!["walk"], 2, &["unrecognized subcommand 'walk'"]),
    ];
    play("options", prepare, &cases);
}

#[test]
fn commands_on_runs_without_a_log() {
    let close = vec!["close", "r-2345abcd", "--outcome", "aborted", "--reason", "x", "--as", "layla"];
    let page = "gonogo: there is no page nonsense; there are: format, log, exit-codes, checks, keys";
    let cases: [Case<'_>; 6] = [
        ("", b"", vec!["resume", "r-2345abcd"], 5, &["log.db"]),
        ("", b"", vec!["show", "r-2345abcd"], 5, &["log.db"]),
        ("", b"", vec!["export", "r-2345abcd"], 5, &["log.db"]),
        ("", b"", close, 5, &["log.db"]),
        ("", b"", vec!["verify"], 5, &["log.db"]),
        ("", b"", vec!["help", "nonsense"], 2, &[page]),
    ];
    play("no-log", |_| {}, &cases);
}

#[test]
fn demos() {
    let faults =
        "--fail nonsense: gonogo demo can be made to fail at: api-code, api-packages, migrate, api-health";
    let cases: [Case<'_>; 3] = [
        ("", b"", vec!["demo"], 2, &["gonogo: this needs a terminal; without one, give --headless"]),
        ("", b"", vec!["demo", "--headless", "--fail", "nonsense"], 2, &[faults]),
        ("", b"", vec!["demo", "--clean", "--headless"], 2, &["cannot be used with"]),
    ];
    play("demos", |_| {}, &cases);
}

/// Without git or sh, or with something else that is called git, the demo says what it needs and makes nothing.
#[test]
fn demo_without_its_tools() {
    let path = std::env::var_os("PATH").unwrap();
    let of_machine = |tool: &str| {
        let found = std::env::split_paths(&path).map(|d| d.join(tool)).find(|f| f.exists());
        found.expect("it is installed")
    };
    for (there, missing, says) in [
        ("sh", "git", "the demo needs `git` and found none on PATH"),
        ("git", "sh", "the demo needs `sh` and found none on PATH"),
        ("sh", "", "names no version: install git"),
    ] {
        let sandbox = Sandbox::new("tools");
        let git = sandbox.write("bin/git", "#!/bin/sh\necho 'it can be installed from the shop'\n");
        fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
        if there == "git" || missing == "git" {
            fs::remove_file(&git).unwrap();
        }
        symlink(of_machine(there), sandbox.path("bin").join(there)).unwrap();
        let before = sandbox.contents();
        let shown = shown(sandbox.command(["demo", "--headless"]).env("PATH", sandbox.path("bin")));
        shown.exits(1).only_says(says);
        sandbox.contents().unchanged_since(&before, &shown);
    }
}

/// What is typed reaches the terminal without its escapes.
#[test]
fn hostile_text_is_shown_harmless() {
    let sandbox = Sandbox::new("hostile");
    signed(&sandbox, "book.md", HOSTED);
    sandbox.write("env.yaml", CLOSED_PORT);
    let hostile = "\u{1b}[2J\u{202e}x";
    let set = format!("{hostile}=1");
    for shown in [
        walk(&sandbox, hostile, &[]),
        walk(&sandbox, "book.md", &["--env", hostile]),
        walk(&sandbox, "book.md", &["--env", "here", "--set", hostile]),
        walk(&sandbox, "book.md", &["--env", "here", "--set", &set]),
        walk(&sandbox, "book.md", &[&HERE[..], &["--as", hostile]].concat()),
        walk(&sandbox, "book.md", &[&HERE[..], &["--max", hostile]].concat()),
        sandbox.run(["resume", hostile]),
        sandbox.run(["--log", hostile, "verify"]),
    ] {
        assert!(!shown.err.contains(['\u{1b}', '\u{202e}']), "{shown}");
        assert_ne!(shown.status.code(), Some(0), "{shown}");
    }
}
