//! Writes a new key into a `known_hosts` file: appended under a lock, on a line of its own, on disk before it counts.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::host_keys::HostKey;
use crate::exec::known_hosts::{Sought, entry, is_hashed};

/// Appends `key` for `sought` to `file` and returns the number of its line. The name is hashed if `hash` says so or if
/// all names in the file are. A missing file is made, readable for its owner alone, and so is its directory.
pub(super) fn record(file: &Path, sought: &Sought, key: &HostKey, hash: bool) -> io::Result<usize> {
    if let Some(directory) = file.parent().filter(|directory| !directory.as_os_str().is_empty())
        && !fs::exists(directory)?
    {
        DirBuilder::new().mode(0o700).recursive(true).create(directory)?;
    }
    let mut open = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(file)?;
    if !open.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    flock(&open, FlockOperation::LockExclusive)?;
    let mut bytes = Vec::new();
    open.seek(SeekFrom::Start(0))?;
    open.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let salt = if hash || is_hashed(&text) { Some(salt()?) } else { None };
    let line = entry(sought, &key.kind, &key.blob, salt);
    let cut = !bytes.is_empty() && !bytes.ends_with(b"\n");
    let begin = if cut { "\n" } else { "" };
    open.write_all(format!("{begin}{line}\n").as_bytes())?;
    open.sync_all()?;
    Ok(bytes.iter().filter(|byte| **byte == b'\n').count() + usize::from(cut) + 1)
}

fn salt() -> io::Result<[u8; 20]> {
    let mut salt = [0; 20];
    getrandom::fill(&mut salt).map_err(io::Error::other)?;
    Ok(salt)
}
