//! Making a log on purpose: one that a group of accounts shares, or one in a place of its own.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::Path;

use super::insert::Author;
use super::modes::{TEAM_DIRECTORY, shared};
use super::store::refuse::{OpenError, Refusal};
use super::store::{self, create, side};
use super::writer::Opening;
use super::{flock, ids};
use crate::run::fact::{Group, LogOpened, Segment};

/// Makes the log. With `group`, its directory is made the group's first: it has to be a new one, an empty one of this
/// user's, or the group's already. With `after`, the log goes on from that one.
///
/// # Errors
/// If there is a log already, or the directory has other things in it or another owner. No log is made then.
pub fn init(opening: &Opening, group: Option<Group>, after: Option<Segment>) -> Result<(), OpenError> {
    if let Some(group) = &group {
        give_directory(&opening.path, group)?;
    }
    let paths = side::resolve_to_write(&opening.path)?;
    let exists = || OpenError::io(&paths.log, "make the log")(ErrorKind::AlreadyExists.into());
    if fs::symlink_metadata(&paths.log).is_ok() {
        return Err(exists());
    }
    let turn = store::take_turn(&paths, opening.tuning.busy)?;
    let made = (|| {
        if store::inspect(&paths)? {
            return Err(exists());
        }
        let random = |error| OpenError::io(&paths.log, "make a name for the log")(error);
        let author = Author { log: ids::fresh().map_err(random)?, session: ids::fresh().map_err(random)? };
        create::create(&paths, &author, LogOpened { after, group, ..create::alone() }, opening.at)
    })();
    flock::release(&turn).map_err(OpenError::io(&paths.turn, "give the writers' lock back"))?;
    made
}

/// Makes the directory of the log at `path` the group's.
fn give_directory(path: &Path, group: &Group) -> Result<(), OpenError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = parent.unwrap_or(Path::new("."));
    let io = |doing| OpenError::io(directory, doing);
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made.map_err(io("make the log's directory"))?,
    }
    let meta = fs::metadata(directory).map_err(io("look at the log's directory"))?;
    if shared(&meta) && meta.gid() == group.gid {
        return Ok(());
    }
    if !fresh(directory, &meta).map_err(io("look into the log's directory"))? {
        return Err(OpenError::refused(directory, Some(&meta), Refusal::DirectoryTaken));
    }
    chown(directory, None, Some(group.gid)).map_err(io("give the log's directory to the group"))?;
    fs::set_permissions(directory, Permissions::from_mode(TEAM_DIRECTORY))
        .map_err(io("let the group into the log's directory"))?;
    // Whoever is not in the group loses the bit that hands the group on.
    let meta = fs::metadata(directory).map_err(io("look at the log's directory"))?;
    if shared(&meta) && meta.gid() == group.gid {
        return Ok(());
    }
    Err(OpenError::refused(directory, Some(&meta), Refusal::NotMember(group.name.clone())))
}

/// Returns whether the directory is this user's, and empty.
fn fresh(directory: &Path, meta: &Metadata) -> std::io::Result<bool> {
    let own = meta.uid() == rustix::process::geteuid().as_raw();
    Ok(own && meta.is_dir() && fs::read_dir(directory)?.next().is_none())
}
