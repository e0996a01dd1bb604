//! What is told when the program itself fails: where, and nothing that it held.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use gonogo::runtime::crash;
use gonogo::runtime::debug::Debug;

use crate::support::secrets::{clean, needles, secrets};
use crate::support::temp::TempDir;

const DEBUG: &str = "GONOGO_TEST_DEBUG";

/// Fails on a thread of its own; returns what the panic says of itself.
fn fails(work: impl FnOnce() + Send + 'static) -> String {
    let said = std::thread::spawn(work).join().expect_err("it fails");
    said.downcast::<String>().map_or_else(|_| String::new(), |said| *said)
}

/// Not a test of its own: the process that fails.
#[test]
#[ignore = "a part of the test beside it"]
fn child_that_fails() {
    let Ok(path) = std::env::var(DEBUG) else { return };
    crash::tell();
    let debug = Debug::to(Path::new(&path)).expect("a file");
    crash::note_in(&debug);
    for (name, needle) in needles() {
        let text = needle.clone();
        assert!(fails(move || panic!("{name} is {text}")).contains(&needle), "it would be told");
    }
    for (_, value) in secrets() {
        let (read, failed) = (value.clone(), value.clone());
        // What the language's own checks put into their messages.
        assert!(fails(move || drop(read[..read.len() + 1].to_owned())).contains(value.trim()));
        fails(move || std::hint::black_box(Err::<(), String>(failed)).unwrap());
    }
    fails(|| panic!("its own words"));
    // Whoever fails may be writing the debug log at that moment.
    fails(move || debug.note("control", || panic!("in the middle of a line")));
    println!("all failed");
}

#[test]
fn a_crash_tells_its_place_and_none_of_64_secrets() {
    let dir = TempDir::new("crash");
    let log = dir.join("debug.log");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "it::runtime::crash::child_that_fails", "--ignored", "--nocapture"])
        .env(DEBUG, &log)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .current_dir(dir.path())
        .output()
        .expect("it starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("all failed"));
    let noted = fs::read_to_string(&log).expect("a debug log");
    let place = "a fault of its own at tests/it/runtime/crash.rs:";
    let faults = needles().len() + 2 * secrets().len();
    for (what, text, more) in [("what is told", &told, 2), ("the debug log", &noted, 1)] {
        assert_eq!(text.matches(place).count(), faults + more, "{what}: {text}");
        assert_eq!(text.matches("what it says is withheld, for it may hold a secret").count(), faults);
        assert!(text.contains(": its own words\n"), "{what}: {text}");
        clean(what, text.as_bytes(), &needles());
    }
    assert!(told.contains(": in the middle of a line\n"), "{told}");
    assert!(told.contains("what is on the record stands, and `gonogo resume` goes on with an open run"));
    // Nothing else is left anywhere: no report, no core.
    let left: Vec<_> =
        fs::read_dir(dir.path()).expect("a directory").map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["debug.log"]);
}
