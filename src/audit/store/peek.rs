//! A look at a log's first bytes, by SQLite's file format (<https://www.sqlite.org/fileformat2.html>, section 1.3),
//! without SQLite: it would make files beside whatever it is shown.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::refuse::Refusal;
use crate::audit::schema;

const HEADER: usize = 100;

/// Refuses what is not a log by its first bytes. With `wal`, frames wait to be moved into the file, and its length
/// may lag behind its header.
pub(in crate::audit) fn peek(path: &Path, wal: bool) -> Result<(), Refusal> {
    let unreadable = |error: std::io::Error| Refusal::Unreadable(error.to_string());
    let flags =
        i32::try_from((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits()).unwrap_or(0);
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let bytes = first(&mut file).map_err(unreadable)?;
    judge(&bytes, size, wal)
}

fn first(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(HEADER);
    file.take(HEADER as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn judge(bytes: &[u8], size: u64, wal: bool) -> Result<(), Refusal> {
    if size == 0 {
        return Err(Refusal::Empty);
    }
    if !bytes.starts_with(b"SQLite format 3\0") {
        return Err(Refusal::NotSqlite);
    }
    if bytes.len() < HEADER {
        return Err(Refusal::Truncated { size, expected: HEADER as u64 });
    }
    match be32(bytes, 68) {
        schema::APPLICATION_ID => {}
        other => return Err(Refusal::Foreign(other)),
    }
    match be32(bytes, 60) {
        schema::VERSION => {}
        other => return Err(Refusal::Version(other)),
    }
    let page = match be32(bytes, 16) >> 16 {
        1 => 65_536,
        other => u64::from(other),
    };
    let expected = page * u64::from(be32(bytes, 28));
    if !wal && size < expected {
        return Err(Refusal::Truncated { size, expected });
    }
    Ok(())
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}
