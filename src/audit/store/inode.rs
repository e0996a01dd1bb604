//! Which files this process has open through SQLite.
//!
//! SQLite locks by `fcntl(2)`, and the kernel drops all such locks of a process on a file as soon as the process
//! closes *any* descriptor of it (POSIX, `fcntl`; <https://www.sqlite.org/howtocorrupt.html>, section 2.2). So a log is
//! looked at behind SQLite's back only while no connection of this process is open on it, and none opens meanwhile.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Key = (u64, u64);

static OPEN: Mutex<BTreeMap<Key, usize>> = Mutex::new(BTreeMap::new());

fn table() -> MutexGuard<'static, BTreeMap<Key, usize>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file's identity: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audit) struct Inode(Key);

impl From<&Metadata> for Inode {
    fn from(meta: &Metadata) -> Self {
        Self((meta.dev(), meta.ino()))
    }
}

/// Says, as long as it lives, that a connection of this process is open on the file.
#[derive(Debug)]
pub(in crate::audit) struct Claim(Inode);

impl Claim {
    /// Notes the connection before it is opened.
    pub(in crate::audit) fn new(inode: Inode) -> Self {
        *table().entry(inode.0).or_default() += 1;
        Self(inode)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut table = table();
        if let Some(count) = table.get_mut(&self.0.0) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                table.remove(&self.0.0);
            }
        }
    }
}

/// Runs `look` if no connection of this process is open on the file; none opens before it returns.
pub(in crate::audit) fn while_closed<T>(inode: Inode, look: impl FnOnce() -> T) -> Option<T> {
    let table = table();
    if table.contains_key(&inode.0) { None } else { Some(look()) }
}
