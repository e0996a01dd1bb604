//! Space that is set aside while there is some, and given back when there is none, so that the last records fit.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::audit::modes;

/// Sets `bytes` aside in the file at `path`, really allocated, unless that was done before.
pub(super) fn set_aside(path: &Path, bytes: u64) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() && meta.len() == bytes && meta.blocks() * 512 >= bytes => return Ok(()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let done =
        modes::give(&file, path).and_then(|()| allocate(&mut file, bytes)).and_then(|()| file.sync_all());
    if done.is_err() {
        // Half a reserve would be taken for a whole one by nobody, but it would take the space.
        fs::remove_file(path)?;
    }
    done
}

#[cfg(target_os = "linux")]
fn allocate(file: &mut fs::File, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    match fallocate(&*file, FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => fill(file, bytes),
        done => done.map_err(io::Error::from),
    }
}

#[cfg(not(target_os = "linux"))]
fn allocate(file: &mut fs::File, bytes: u64) -> io::Result<()> {
    fill(file, bytes)
}

fn fill(file: &mut fs::File, bytes: u64) -> io::Result<()> {
    let block = [0xa5; 64 * 1024];
    let mut left = usize::try_from(bytes).unwrap_or(usize::MAX);
    while let Some(part) = block.get(..left.min(block.len())).filter(|part| !part.is_empty()) {
        file.write_all(part)?;
        left -= part.len();
    }
    Ok(())
}

/// Gives the space back.
pub(super) fn free(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
