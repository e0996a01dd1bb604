//! SIGKILL at every operation on files while a log is rotated, moved, copied, made or exported: what is left is the old
//! state or the new one, never something between, and the same command once more comes to its end.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use gonogo::audit::query::Reader;

use crate::it::cli::books::{THREE, signed, walk};
use crate::support::binary::{Sandbox, Shown, shown};
use crate::support::faults::kill_at;
use crate::support::times::times;

/// A sandbox with a log of two closed runs, which the others are copies of.
fn model() -> &'static Sandbox {
    static MODEL: OnceLock<Sandbox> = OnceLock::new();
    MODEL.get_or_init(|| {
        let sandbox = Sandbox::new("keeping");
        signed(&sandbox, "book.md", THREE);
        walk(&sandbox, "book.md", &[]).exits(0);
        walk(&sandbox, "book.md", &[]).exits(0);
        fs::copy(heads(&sandbox), sandbox.path("ticket")).expect("copied");
        sandbox
    })
}

fn heads(sandbox: &Sandbox) -> PathBuf {
    sandbox.log().with_file_name("log.db.heads")
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    fs::set_permissions(to, fs::metadata(from).expect("there").permissions()).expect("changed");
    for entry in fs::read_dir(from).expect("read").flatten() {
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copied(&path, &copy) } else { fs::copy(&path, &copy).map(drop).expect("copied") }
    }
}

/// Kills the command at one operation after the other, and calls `holds` each time with what it left, until it comes to
/// its end. Every third operation in the gate, every one of them with `GONOGO_FAULTS=5`.
fn killed_at_each(args: &[&str], holds: impl Fn(&Sandbox, &str)) {
    let step = if times(1) == 1 { 3 } else { 1 };
    for nth in (1..1000).step_by(step) {
        let sandbox = Sandbox::new("keeping-killed");
        for directory in ["work", "home", "state"] {
            copied(&model().path("..").join(directory), &sandbox.path("..").join(directory));
        }
        let run = Reader::open(&sandbox.log()).expect("a log").runs().expect("runs").remove(0).run;
        let args: Vec<String> = args.iter().map(|arg| arg.replace("RUN", &run)).collect();
        let mut command = sandbox.command(&args);
        kill_at(&mut command, nth, &fs::canonicalize(sandbox.path("..")).expect("a path"));
        let done = shown(&mut command);
        let case = format!("killed at operation {nth}\n{done}");
        holds(&sandbox, &case);
        if done.status.code().is_some() {
            done.exits(0);
            assert!(nth > 10, "it was hardly ever killed: {case}");
            return;
        }
    }
    panic!("it never came to its end");
}

#[track_caller]
fn fine(shown: &Shown, case: &str) {
    assert_eq!(shown.status.code(), Some(0), "{shown}\n--- {case}");
}

/// Whether a log stands under the old one's other name. In the middle of a rotation one file has both.
fn rotated(log: &Path) -> bool {
    let file = |path: &Path| fs::metadata(path).map(|about| about.ino()).ok();
    let kept = file(&log.with_file_name("log.db.1"));
    kept.is_some() && kept != file(log)
}

/// Both runs are there, each once, in the log at `log` or in the one that it goes on from, and what was witnessed before
/// is not missing.
fn both_runs(sandbox: &Sandbox, log: &Path, case: &str) {
    let kept = log.with_file_name("log.db.1");
    let parts = if rotated(log) { vec![log, &kept] } else { vec![log] };
    let mut completed = 0;
    for part in parts {
        let part = part.to_str().expect("a path");
        let listed = sandbox.run(["--log", part, "runs", "--json"]);
        fine(&listed, case);
        completed += listed.out.matches("\"completed\"").count();
        fine(&sandbox.run(["--log", part, "verify", "--heads", "ticket"]), case);
    }
    assert_eq!(completed, 2, "{case}");
}

#[test]
fn a_kill_while_a_log_is_rotated() {
    killed_at_each(&["log", "rotate"], |sandbox, case| {
        both_runs(sandbox, &sandbox.log(), case);
        if !rotated(&sandbox.log()) {
            fine(&sandbox.run(["log", "rotate"]), case);
        }
        both_runs(sandbox, &sandbox.log(), case);
        let old = sandbox.log().with_file_name("log.db.1");
        let verified = sandbox.run(["--log", old.to_str().expect("a path"), "verify", "--heads", "ticket"]);
        fine(&verified, case);
        assert!(verified.out.contains("witnesses    holds"), "{verified}\n--- {case}");
        // And it is written on.
        fine(&sandbox.run(["run", "book.md", "--headless", "--answers", "answers.yaml"]), case);
    });
}

#[test]
fn a_kill_while_a_log_is_moved() {
    killed_at_each(&["log", "move", "new/log.db"], |sandbox, case| {
        let new = sandbox.path("new/log.db");
        both_runs(sandbox, &sandbox.log(), case);
        let again = sandbox.run(["log", "move", "new/log.db"]);
        if again.status.code() != Some(0) {
            // It was done before the process died.
            again.says("new/log.db");
        }
        both_runs(sandbox, &new, case);
        let walk = ["run", "book.md", "--headless", "--answers", "answers.yaml"];
        assert_eq!(sandbox.run(walk).status.code(), Some(5), "it goes on in one place alone: {case}");
        fine(&sandbox.run([&["--log", "new/log.db"], &walk[..]].concat()), case);
    });
}

#[test]
fn a_kill_while_a_log_is_copied() {
    killed_at_each(&["log", "backup", "copy.db"], |sandbox, case| {
        both_runs(sandbox, &sandbox.log(), case);
        let copy = sandbox.path("copy.db");
        if !copy.exists() {
            fine(&sandbox.run(["log", "backup", "copy.db"]), case);
        }
        both_runs(sandbox, &copy, case);
    });
}

#[test]
fn a_kill_while_a_log_is_made() {
    killed_at_each(&["--log", "own/log.db", "log", "init"], |sandbox, case| {
        let log = sandbox.path("own/log.db");
        if log.exists() {
            fine(&sandbox.run(["--log", "own/log.db", "verify"]), case);
        }
        let walk = ["run", "book.md", "--headless", "--answers", "answers.yaml"];
        fine(&sandbox.run([&["--log", "own/log.db"], &walk[..]].concat()), case);
        fine(&sandbox.run(["--log", "own/log.db", "verify"]), case);
    });
}

#[test]
fn a_kill_while_a_bundle_is_written() {
    killed_at_each(&["export", "RUN", "--format", "bundle", "-o", "bundle"], |sandbox, case| {
        both_runs(sandbox, &sandbox.log(), case);
        if sandbox.path("bundle").exists() {
            fine(&sandbox.run(["verify", "--bundle", "bundle", "--heads", "ticket"]), case);
        }
        // What lies there under another name is no bundle: its hashes come last.
        let entries = fs::read_dir(sandbox.path(".")).expect("read").flatten();
        let part =
            entries.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "part"));
        assert!(
            part.is_none_or(|part| !part.join("SHA256SUMS").exists() || part.join("record.md").exists()),
            "{case}"
        );
    });
}
