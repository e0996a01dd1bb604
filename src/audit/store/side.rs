//! What `stat` says of a log, its directory and the files beside it, before anything is opened.

use std::fs::{self, DirBuilder, FileType, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::network;
use super::refuse::{OpenError, Refusal};
use crate::audit::modes;
use crate::audit::paths::Paths;
use crate::audit::relocate;
use crate::audit::store::{self, connect};

/// Returns the files of the log at `path` with the directory's real name, making the directory with mode 0700 if it
/// is missing.
pub(in crate::audit) fn resolve_to_write(path: &Path) -> Result<Paths, OpenError> {
    let (parent, name) = split(path)?;
    if let Err(error) = DirBuilder::new().recursive(true).mode(0o700).create(&parent) {
        let why = match fs::metadata(&parent) {
            Ok(meta) if !meta.is_dir() => Refusal::ParentNotDirectory,
            _ => Refusal::NoDirectory(error.to_string()),
        };
        return Err(OpenError::refused(&parent, None, why));
    }
    let parent = fs::canonicalize(&parent).map_err(OpenError::io(&parent, "find the log's directory"))?;
    directory(&parent)?;
    let paths = Paths::of(&parent.join(name));
    if relocate::moved_to(&paths).is_some() {
        // It is not written to any more; what readers left beside it has its mode.
        return Ok(paths);
    }
    for beside in paths.beside() {
        match fs::symlink_metadata(beside) {
            Ok(meta) => ours(beside, &meta)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(OpenError::io(beside, "look at the file")(error)),
        }
    }
    Ok(paths)
}

fn split(path: &Path) -> Result<(PathBuf, &std::ffi::OsStr), OpenError> {
    let Some(name) = path.file_name() else {
        return Err(OpenError::refused(path, None, Refusal::Directory));
    };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok((parent.unwrap_or(Path::new(".")).to_owned(), name))
}

fn directory(path: &Path) -> Result<(), OpenError> {
    let meta = fs::metadata(path).map_err(OpenError::io(path, "look at the log's directory"))?;
    let refuse = |why| Err(OpenError::refused(path, Some(&meta), why));
    let me = rustix::process::geteuid().as_raw();
    if !meta.is_dir() {
        return refuse(Refusal::ParentNotDirectory);
    }
    // In a sticky directory such as /tmp nobody but the owner can move or remove a file.
    if meta.mode() & 0o022 != 0 && meta.mode() & 0o1000 == 0 && !modes::shared(&meta) {
        return refuse(Refusal::DirectoryOpen);
    }
    if meta.uid() == me && meta.mode() & 0o200 == 0 {
        return refuse(Refusal::DirectoryReadOnly);
    }
    match network::of(path) {
        Some(name) => refuse(Refusal::Network(name)),
        None => Ok(()),
    }
}

/// Refuses a log that is not as [`ours`] says, or, in a group's directory, not of the directory's owner: whoever may
/// write there could else put another one in its place.
pub(in crate::audit) fn owned(path: &Path, meta: &Metadata) -> Result<(), OpenError> {
    ours(path, meta)?;
    match modes::team(path) {
        Some(directory) if directory.uid() != meta.uid() => {
            Err(OpenError::refused(path, Some(meta), Refusal::TeamOwner(directory.uid())))
        }
        _ => Ok(()),
    }
}

/// Refuses a log whose record says that it is another group's than the directory it lies in.
pub(in crate::audit) fn of_its_group(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let opened = store::opened(conn).map_err(|error| connect::damaged(path, error))?;
    let refuse = |why| Err(OpenError::refused(path, fs::symlink_metadata(path).ok().as_ref(), why));
    match (opened.and_then(|opened| opened.group), modes::team(path)) {
        (None, None) => Ok(()),
        (Some(group), Some(directory)) if group.gid == directory.gid() => Ok(()),
        (Some(group), _) => refuse(Refusal::TeamDirectory { group: group.name, gid: group.gid }),
        (None, Some(_)) => refuse(Refusal::NotATeams),
    }
}

/// Refuses anything but a regular file of this user's own with one name, which only they may read and write; in a group's
/// directory, one of the group's, which only the group may read and write.
pub(in crate::audit) fn ours(path: &Path, meta: &Metadata) -> Result<(), OpenError> {
    let refuse = |why| Err(OpenError::refused(path, Some(meta), why));
    let me = rustix::process::geteuid().as_raw();
    if let Some(why) = not_regular(meta.file_type()) {
        return refuse(why);
    }
    let team = modes::team(path);
    match &team {
        Some(directory) if directory.gid() != meta.gid() => {
            return refuse(Refusal::TeamGroup { is: meta.gid(), directory: directory.gid() });
        }
        None if meta.uid() != me => return refuse(Refusal::Owner(me)),
        _ => {}
    }
    if meta.nlink() != 1 {
        return refuse(Refusal::HardLinks(meta.nlink()));
    }
    if meta.mode() & 0o200 == 0 {
        return refuse(Refusal::ReadOnly);
    }
    if team.is_some() {
        let fits = meta.mode() & 0o777 == modes::TEAM_FILE;
        return if fits { Ok(()) } else { refuse(Refusal::TeamMode) };
    }
    if meta.mode() & 0o077 != 0 {
        return refuse(Refusal::OpenToOthers);
    }
    Ok(())
}

/// Returns why something of this type is no log, or nothing for a regular file.
pub(in crate::audit) fn not_regular(kind: FileType) -> Option<Refusal> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some(Refusal::Directory)
    } else if kind.is_symlink() {
        Some(Refusal::Symlink)
    } else if kind.is_fifo() {
        Some(Refusal::Special("named pipe"))
    } else if kind.is_socket() {
        Some(Refusal::Special("socket"))
    } else {
        Some(Refusal::Special("device"))
    }
}
