//! The house against its plan: who may import whom, which room may use which crate, and what every file holds to.
//!
//! [`TABLE`] is the table of the crate's documentation. Read a row as: this room may use these rooms and these outside
//! crates. What differs from the first plan, and why: `run` names its directories on hosts with `sha2`; `config` reads
//! answers files, which name a runbook's boxes, and so uses `runbook`; `runtime` draws random seeds (`getrandom`), sets
//! up the terminal and tells who is logged in (`rustix`) and copies through the terminal (`base64`).

mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{File, files};

/// Room, rooms that it may use, outside crates that it may use beside the common ones.
const TABLE: &[(&str, &str, &str)] = &[
    ("clock", "", "chrono_tz"),
    ("text", "", "unicode_segmentation unicode_width vte"),
    ("diag", "text", "annotate_snippets"),
    ("runbook", "clock diag text", "pulldown_cmark serde_saphyr sha2"),
    ("sign", "clock text", "base64 russh sha1 sha2"),
    ("run", "clock runbook text", "sha2"),
    ("report", "clock run runbook text", "serde_json"),
    ("audit", "clock run sign", "flate2 getrandom rusqlite rustix serde_json sha2"),
    ("pty", "", "rustix tokio"),
    (
        "exec",
        "clock pty sign text",
        "base64 getrandom hmac memchr russh rustix secrecy sha1 sha2 tokio tokio_util",
    ),
    ("config", "clock diag runbook text", "etcetera serde_saphyr sha2"),
    (
        "tui",
        "clock diag report run runbook text",
        "ratatui ratatui_textarea secrecy unicode_segmentation vt100",
    ),
    ("demo", "clock pty runbook text", "getrandom landlock rusqlite russh rustix tokio tokio_util"),
    (
        "runtime",
        "audit clock config demo diag exec report run runbook sign text tui",
        "base64 crossterm getrandom ratatui rustix secrecy tokio tokio_util",
    ),
    (
        "cli",
        "audit clock config demo diag exec report run runbook runtime sign text tui",
        "anyhow clap clap_complete clap_mangen serde_json tokio",
    ),
];

/// Crates that every room may use: data, errors, patterns, and time as data.
const COMMON: &[&str] = &["chrono", "regex", "serde", "thiserror"];

/// Crates that stay in one place: `(crate, the only path prefixes)`.
const CONFINED: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["diag"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli/man"]),
    ("crossterm", &["runtime"]),
    ("pulldown_cmark", &["runbook/markdown"]),
    ("ratatui", &["tui", "runtime"]),
    ("rusqlite", &["audit", "demo"]),
    ("russh", &["exec/ssh", "demo", "sign/key", "sign/secret"]),
    ("serde_saphyr", &["runbook/yaml", "config"]),
    ("vte", &["text"]),
];

/// Words that a pure room does not contain: the core and the screen have no clock, environment, files or tasks.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "SystemTime",
    "Instant::now",
    "Utc::now",
    "Local::now",
];

/// The pure rooms.
const PURE: &[&str] = &["clock", "diag", "report", "run", "sign", "text", "tui"];

/// Words that end a program; a user's path does not contain them.
const ABRUPT: &[&str] = &[
    ".unwrap()",
    ".expect(",
    "panic!(",
    "todo!(",
    "unimplemented!(",
    "unreachable!(",
    "dbg!(",
    "std::process::exit",
    "process::abort",
];

fn words(row: &'static str) -> BTreeSet<&'static str> {
    row.split_whitespace().collect()
}

/// Joins what is wrong, a line each.
fn nothing(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}:\n  {}", wrong.join("\n  "));
}

#[test]
fn rooms_import_only_whom_they_may() {
    let rooms: BTreeMap<&str, BTreeSet<&str>> =
        TABLE.iter().map(|(room, may, _)| (*room, words(may))).collect();
    let mut wrong = Vec::new();
    for file in files() {
        let Some(may) = rooms.get(file.room.as_str()) else {
            if !["lib", "main"].contains(&file.room.as_str()) {
                wrong.push(format!("{}: the table has no room {}", file.path, file.room));
            }
            continue;
        };
        for used in file.crate_paths() {
            if used != file.room && !may.contains(used.as_str()) {
                wrong.push(format!("{} uses {used}", file.path));
            }
        }
    }
    nothing(&wrong, "rooms that the table does not allow");
}

#[test]
fn rooms_use_only_their_outside_crates() {
    let dependencies = source::dependencies();
    let mut wrong = Vec::new();
    for file in files() {
        let Some((.., crates)) = TABLE.iter().find(|(room, ..)| *room == file.room) else { continue };
        let may = words(crates);
        for used in file.outside(&dependencies) {
            if !may.contains(used.as_str()) && !COMMON.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", file.path));
            }
        }
    }
    nothing(&wrong, "outside crates that the table does not allow");
}

#[test]
fn imports_between_rooms_form_no_circle() {
    // The rows stand in an order in which each uses only rows above it.
    let mut above = BTreeSet::new();
    for (room, may, _) in TABLE {
        let below: Vec<&str> = words(may).difference(&above).copied().collect();
        assert!(below.is_empty(), "{room} may use {below:?}, which stand below it in the table");
        above.insert(*room);
    }
}

#[test]
fn some_crates_stay_in_one_place() {
    let dependencies = source::dependencies();
    let mut wrong = Vec::new();
    for file in files() {
        for used in file.outside(&dependencies) {
            let Some((_, places)) = CONFINED.iter().find(|(name, _)| *name == used) else { continue };
            if !places.iter().any(|place| file.path.starts_with(&format!("src/{place}"))) {
                wrong.push(format!("{} uses {used}, which belongs to {places:?}", file.path));
            }
        }
    }
    nothing(&wrong, "crates outside their place");
}

#[test]
fn pure_rooms_are_pure() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|f| PURE.contains(&f.room.as_str())) {
        for word in IMPURE.iter().filter(|w| file.code.contains(**w)) {
            wrong.push(format!("{} has {word}", file.path));
        }
    }
    nothing(&wrong, "clock, environment, files or tasks in a pure room");
}

#[test]
fn the_wall_clock_is_read_in_runtime_only() {
    let read = ["Utc::now", "Local::now", "SystemTime::now"];
    let wrong: Vec<String> = files()
        .iter()
        .filter(|f| f.room != "runtime" && read.iter().any(|word| f.code.contains(word)))
        .map(|f| f.path.clone())
        .collect();
    nothing(&wrong, "files that read the wall clock");
}

#[test]
fn nothing_ends_the_program_abruptly() {
    let mut wrong = Vec::new();
    for file in files() {
        for word in ABRUPT.iter().filter(|w| file.code.contains(**w)) {
            wrong.push(format!("{} has {word}", file.path));
        }
    }
    nothing(&wrong, "code that gives up");
}

#[test]
fn no_result_is_thrown_away_and_no_channel_is_unbounded() {
    let mut wrong = Vec::new();
    for file in files() {
        for word in
            ["let _ =", "unbounded_channel", "mpsc::channel()"].iter().filter(|w| file.code.contains(**w))
        {
            wrong.push(format!("{} has {word}", file.path));
        }
    }
    nothing(&wrong, "results thrown away, or channels without a bound");
}

#[test]
fn every_file_says_what_it_is_for() {
    let wrong: Vec<String> =
        files().iter().filter(|f| !f.text.starts_with("//! ")).map(|f| f.path.clone()).collect();
    nothing(&wrong, "files that do not begin with `//! `");
}

#[test]
fn every_folder_has_its_root_beside_it() {
    let all = files();
    let paths: BTreeSet<&str> = all.iter().map(|f| f.path.as_str()).collect();
    let mut wrong = Vec::new();
    for path in &paths {
        if path.ends_with("/mod.rs") {
            wrong.push(format!("{path}: a folder's root stands beside it"));
        }
        let (folder, _) = path.rsplit_once('/').expect("a file below src");
        if folder != "src" && !paths.contains(format!("{folder}.rs").as_str()) {
            wrong.push(format!("{path}: there is no {folder}.rs"));
        }
    }
    nothing(&wrong, "folders and roots");
}

#[test]
fn files_are_small() {
    // The usual file has about 120; this only stops what has grown together.
    let long = |f: &&File| f.text.lines().count() > 600;
    let wrong: Vec<String> = files()
        .iter()
        .filter(long)
        .map(|f| format!("{}: {} lines", f.path, f.text.lines().count()))
        .collect();
    nothing(&wrong, "files of more than 600 lines");
}

#[test]
fn there_is_no_unsafe_code() {
    let root = files().into_iter().find(|f| f.path == "src/lib.rs").expect("the root");
    assert!(root.code.contains("#![forbid(unsafe_code)]"));
}
