//! The directory of tools: what is linked, what is left alone, what must be there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use gonogo::demo::{DemoError, link_tools};

use super::rig::dir;
use crate::support::temp::TempDir;

/// Writes an executable script.
fn script(path: PathBuf, text: &str) {
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A machine with `sh`, a `git` that does `git`, and `ls`.
fn machine(scratch: &TempDir, git: &str) -> PathBuf {
    let tools = dir(scratch, "machine");
    for name in ["sh", "ls", "systemctl"] {
        script(tools.join(name), "");
    }
    script(tools.join("git"), git);
    tools
}

fn link(bin: &Path, path: &Path) -> Result<Vec<&'static str>, DemoError> {
    link_tools(bin, path.as_os_str())
}

#[test]
fn harmless_tools_are_linked_and_what_is_absent_is_named() {
    let scratch = TempDir::new("demo");
    let bin = dir(&scratch, "bin");
    let machine = machine(&scratch, "echo git version 2.40.0");
    fs::write(machine.join("cat"), "not executable").unwrap();
    let absent = link(&bin, &machine).unwrap();
    assert_eq!(fs::read_link(bin.join("ls")).unwrap(), machine.join("ls"));
    assert!(!bin.join("systemctl").exists());
    assert!(absent.contains(&"cat") && !absent.contains(&"ls"), "{absent:?}");
}

#[test]
fn a_second_start_renews_links_and_leaves_stand_ins_alone() {
    let scratch = TempDir::new("demo");
    let bin = dir(&scratch, "bin");
    let machine = machine(&scratch, "echo git version 2.40.0");
    script(bin.join("ls"), "echo stand-in");
    std::os::unix::fs::symlink("/gone", bin.join("sh")).unwrap();
    link(&bin, &machine).unwrap();
    assert!(fs::read_to_string(bin.join("ls")).unwrap().contains("stand-in"));
    assert_eq!(fs::read_link(bin.join("sh")).unwrap(), machine.join("sh"));
    // The directory itself and relative ones are no source.
    let path = std::env::join_paths([bin.as_path(), Path::new("machine"), &machine]).unwrap();
    link_tools(&bin, &path).unwrap();
    assert_eq!(fs::read_link(bin.join("sh")).unwrap(), machine.join("sh"));
}

#[test]
fn without_sh_or_git_nothing_is_linked_and_the_name_is_said() {
    let scratch = TempDir::new("demo");
    let bin = dir(&scratch, "bin");
    let error = link_tools(&bin, OsStr::new("")).unwrap_err();
    assert!(error.to_string().contains("needs `git`") || error.to_string().contains("needs `sh`"), "{error}");
    let machine = machine(&scratch, "");
    fs::remove_file(machine.join("git")).unwrap();
    let error = link(&bin, &machine).unwrap_err();
    assert!(matches!(error, DemoError::Missing { name: "git" }), "{error}");
    assert_eq!(fs::read_dir(&bin).unwrap().count(), 0);
}

#[test]
fn a_git_that_is_none_is_found_out() {
    for (git, why) in [("exit 1", "exit status: 1"), ("echo please install me", "names no version")] {
        let scratch = TempDir::new("demo");
        let error = link(&dir(&scratch, "bin"), &machine(&scratch, git)).unwrap_err();
        assert!(matches!(error, DemoError::Git { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}
