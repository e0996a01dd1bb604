//! Who may read and write the files of a log: its owner alone (mode 0600), or a group of accounts (mode 0660).
//!
//! The directory decides: one of mode 2770 is a group's, and everything in it is the group's, too, whatever the umask of
//! whoever makes it. Any other directory is one person's.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

/// The mode of a group's directory: what is made in it gets the directory's group.
pub(super) const TEAM_DIRECTORY: u32 = 0o2770;

/// The mode of a group's file.
pub(super) const TEAM_FILE: u32 = 0o660;

/// Returns whether the directory is a group's.
pub(super) fn shared(directory: &Metadata) -> bool {
    directory.is_dir() && directory.mode() & 0o7777 == TEAM_DIRECTORY
}

/// Returns the directory of the file at `path` if that is a group's.
pub(super) fn team(path: &Path) -> Option<Metadata> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    fs::metadata(parent.unwrap_or(Path::new("."))).ok().filter(shared)
}

/// Gives the file at `path`, which this process may just have made, to the group, if its directory is one's.
pub(super) fn give(file: &File, path: &Path) -> io::Result<()> {
    if team(path).is_none() {
        return Ok(());
    }
    let meta = file.metadata()?;
    // Only its owner can; what somebody else made is theirs to have given, and is looked at when the log is opened.
    if meta.mode() & 0o7777 != TEAM_FILE && meta.uid() == rustix::process::geteuid().as_raw() {
        file.set_permissions(Permissions::from_mode(TEAM_FILE))?;
    }
    Ok(())
}

/// Makes a directory beside a log, if it is missing.
pub(super) fn directory(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => return Ok(()),
        made => made?,
    }
    match team(path) {
        Some(_) => fs::set_permissions(path, Permissions::from_mode(TEAM_DIRECTORY)),
        None => Ok(()),
    }
}
