//! The hosts' `PATH`: one directory with links to a short list of harmless tools of the machine.
//!
//! What is not linked is "not found" on a demo host, so a step can never start the machine's own `systemctl`, `docker` or `ssh`.

use std::ffi::OsStr;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use super::DemoError;

/// The tools that are linked when the machine has them. `sh` and `git` must be there.
pub const TOOLS: &[&str] = &[
    "awk",
    "basename",
    "bash",
    "cat",
    "chmod",
    "cksum",
    "clear",
    "cmp",
    "comm",
    "cp",
    "cut",
    "date",
    "df",
    "diff",
    "dirname",
    "du",
    "env",
    "expr",
    "false",
    "find",
    "git",
    "grep",
    "gunzip",
    "gzip",
    "head",
    "id",
    "kill",
    "less",
    "ln",
    "ls",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mktemp",
    "more",
    "mv",
    "nano",
    "nl",
    "nohup",
    "od",
    "paste",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "setsid",
    "sh",
    "sha256sum",
    "sleep",
    "sort",
    "stat",
    "stty",
    "tac",
    "tail",
    "tar",
    "tee",
    "test",
    "timeout",
    "top",
    "touch",
    "tput",
    "tr",
    "true",
    "tty",
    "uname",
    "uniq",
    "vi",
    "vim",
    "wc",
    "which",
    "xargs",
    "zcat",
];

/// Links the [`TOOLS`] found on `path` (a value of `PATH`) into `bin`, which exists, and returns the names that were not found.
///
/// A name that is taken by anything but a link, a stand-in for example, is left alone; links are renewed.
/// Fails when `sh` or `git` is missing, when `git --version` does not run, or when `bin` cannot be written.
pub fn link_tools(bin: &Path, path: &OsStr) -> Result<Vec<&'static str>, DemoError> {
    check_needed(path, bin)?;
    let found: Vec<_> = TOOLS.iter().map(|name| (*name, find(name, path, bin))).collect();
    for (name, file) in &found {
        if let Some(file) = file {
            let link_path = bin.join(name);
            link(file, &link_path).map_err(|source| DemoError::Directory { path: link_path, source })?;
        }
    }
    Ok(found.iter().filter(|(_, file)| file.is_none()).map(|(name, _)| *name).collect())
}

/// Checks that what the demo cannot do without is found on `path`, without changing anything.
///
/// Fails when `sh` or `git` is missing, or when `git --version` does not run.
pub fn check_tools(path: &OsStr) -> Result<(), DemoError> {
    check_needed(path, Path::new(""))
}

fn check_needed(path: &OsStr, bin: &Path) -> Result<(), DemoError> {
    find("sh", path, bin).ok_or(DemoError::Missing { name: "sh" })?;
    let git = find("git", path, bin).ok_or(DemoError::Missing { name: "git" })?;
    check_git(&git)
}

/// Returns the first file called `name` on `path` that can be run. Relative directories and `bin` itself do not count.
fn find(name: &str, path: &OsStr, bin: &Path) -> Option<PathBuf> {
    let directories = env::split_paths(path).filter(|dir| dir.is_absolute() && dir != bin);
    directories.map(|dir| dir.join(name)).find(|file| {
        fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    })
}

fn link(file: &Path, link: &Path) -> io::Result<()> {
    match fs::symlink_metadata(link) {
        Ok(meta) if !meta.is_symlink() => return Ok(()),
        Ok(_) => fs::remove_file(link)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    symlink(file, link)
}

/// Checks that `git` really is git: on some systems the name leads to a program that offers to install it.
fn check_git(git: &Path) -> Result<(), DemoError> {
    let fail = |why: String| DemoError::Git { path: git.to_owned(), why };
    let output = Command::new(git)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| fail(format!("cannot be started ({error})")))?;
    if !output.status.success() {
        return Err(fail(format!("ended with {}", output.status)));
    }
    if !output.stdout.starts_with(b"git version ") {
        return Err(fail("names no version".to_owned()));
    }
    Ok(())
}
