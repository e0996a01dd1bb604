//! Files that cannot be read, settings, and where files lie.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use gonogo::config::settings::{Settings, parse, render};
use gonogo::config::{FileError, Paths};
use gonogo::runbook::{MAX_BYTES, load, read_limited};

use crate::support::temp::TempDir;

#[test]
fn only_regular_files_up_to_the_limit_are_read() {
    let dir = TempDir::new("config");
    let path = |name: &str| dir.path().join(name);
    assert!(matches!(read_limited(&path("missing"), 9), Err(FileError::Read { .. })));
    assert!(matches!(read_limited(dir.path(), 9), Err(FileError::NotAFile { .. })));
    assert!(matches!(read_limited(Path::new("/dev/zero"), 9), Err(FileError::NotAFile { .. })));
    std::fs::write(path("nine"), "123456789").expect("it can be written");
    assert_eq!(read_limited(&path("nine"), 9).expect("it fits"), b"123456789");
    assert!(matches!(read_limited(&path("nine"), 8), Err(FileError::TooLarge { limit: 8, .. })));
    // A sparse file of 2 GB costs nothing, and neither does refusing it.
    let big = std::fs::File::create(path("big")).expect("it can be made");
    big.set_len(2 << 30).expect("it can be sparse");
    let said = load(&path("big")).expect_err("it is too large").to_string();
    assert!(
        said.ends_with(&format!("it is larger than {MAX_BYTES} bytes, the most such a file may have")),
        "{said}"
    );
    let status = std::process::Command::new("mkfifo").arg(path("pipe")).status();
    if status.is_ok_and(|s| s.success()) {
        assert!(matches!(read_limited(&path("pipe"), 9), Err(FileError::NotAFile { .. })));
    }
}

#[test]
fn an_unreadable_file_says_so() {
    let dir = TempDir::new("config");
    let path = dir.path().join("closed.md");
    std::fs::write(&path, "- [ ] x").expect("it can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("its mode can change");
    // Root reads everything.
    if std::fs::File::open(&path).is_err() {
        assert!(load(&path).expect_err("it is closed").to_string().contains("ermission denied"));
    }
}

#[test]
fn settings_are_read_and_written() {
    assert_eq!(parse(b"").expect("empty is fine").0, Settings::default());
    for name in ["layla", "ليلى", "Omar \"O\" Q", "yes", "null", "a: b # c", "- x", "42"] {
        let settings = Settings { name: Some(name.to_owned()), ..Settings::default() };
        assert_eq!(parse(render(&settings).as_bytes()).expect("it reads back").0, settings);
    }
    for text in
        ["name:\n", "name: ''\n", "name: \"a\\nb\"\n", "name: \"a\\e[0m\"\n", "nmae: x\n", "name: [x]\n"]
    {
        assert!(parse(text.as_bytes()).is_err(), "{text:?}");
    }
}

#[test]
fn files_lie_below_the_base_directories() {
    let paths =
        Paths::new(Path::new("/h"), ["/h/.config", "/h/.local/state", "/h/.cache"].map(Path::new), None);
    assert_eq!(paths.settings(), Path::new("/h/.config/gonogo/config.yaml"));
    assert_eq!(paths.log_file(None), Path::new("/h/.local/state/gonogo/log.db"));
    let named = Paths { log: Some("/l/log.db".into()), ..paths };
    assert_eq!(named.log_file(None), Path::new("/l/log.db"));
    assert_eq!(named.log_file(Some(Path::new("x.db"))), Path::new("x.db"));
}
