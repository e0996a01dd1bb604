//! Copies of a log: whole, of one moment, and seen to be so before anybody is told that there is one.
//!
//! SQLite makes the copy (`VACUUM INTO`), so that what is still in the write-ahead log is in it. A copy of the file alone
//! may lack the newest events. It gets its name when it is whole: a process that ends meanwhile leaves a `….part` behind,
//! and nothing that somebody could take for a copy.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::row::to_sql;
use super::store::connect::{self, Db};
use super::store::refuse::OpenError;
use super::store::tail::Head;
use super::verify::{Verdict, verify};
use super::{insert, query};

/// Why there is no copy. Nothing is left where it should have been made.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The log cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is something already.
    #[error("{}: there is something already, and it is not overwritten; name a new file", .0.display())]
    Exists(PathBuf),
    /// It cannot be written.
    #[error("{}: the copy cannot be written: {source}", .path.display())]
    Write {
        /// The copy.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what the log is.
    #[error("{}: the copy is not what the log is, and was removed: {what}", .path.display())]
    Differs {
        /// The copy.
        path: PathBuf,
        /// In what.
        what: String,
    },
}

/// A copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its head, which is the log's at the moment of the copy.
    pub head: Head,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Copies the log at `path` into the new file `target`, and verifies the copy and its head against the log.
///
/// # Errors
/// [`CopyError`].
pub fn copy(path: &Path, target: &Path) -> Result<Copied, CopyError> {
    let (db, path) = query::open(path, |db, path| connect::identify(&db.conn, path))?;
    let write = |source| CopyError::Write { path: target.to_owned(), source };
    if target.symlink_metadata().is_ok() {
        return Err(CopyError::Exists(target.to_owned()));
    }
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = target.with_file_name(name);
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(write)?;
    let made = fill(&db, &path, &part, target).and_then(|made| give_name(&part, target).map(|()| made));
    if made.is_err() {
        fs::remove_file(&part).map_err(write)?;
    }
    made
}

/// Gives the whole copy its name, which is nobody else's.
fn give_name(part: &Path, target: &Path) -> Result<(), CopyError> {
    let write = |source| CopyError::Write { path: target.to_owned(), source };
    let exists = || CopyError::Exists(target.to_owned());
    match fs::hard_link(part, target) {
        Ok(()) => fs::remove_file(part).map_err(write)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(exists()),
        // Not every file system has links; a rename would replace what came meanwhile.
        Err(_) if target.symlink_metadata().is_ok() => return Err(exists()),
        Err(_) => fs::rename(part, target).map_err(write)?,
    }
    let place = fs::canonicalize(target).map_err(write)?;
    let directory = place.parent().unwrap_or(Path::new("/"));
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(write)
}

fn fill(db: &Db, path: &Path, part: &Path, target: &Path) -> Result<Copied, CopyError> {
    let write = |source| CopyError::Write { path: target.to_owned(), source };
    let read = |error| connect::damaged(path, error);
    let place = fs::canonicalize(part).map_err(write)?;
    let name = place.to_str().ok_or_else(|| write(io::Error::other("its name is no text")))?;
    let before = insert::head(&db.conn).map_err(read)?;
    db.conn.execute("VACUUM INTO ?1", [name]).map_err(|error| write(io::Error::other(error.to_string())))?;
    File::open(&place).and_then(|file| file.sync_all()).map_err(write)?;
    let differs = |what: String| CopyError::Differs { path: target.to_owned(), what };
    let report = verify(&place)?;
    if report.chain() != Verdict::Holds {
        let first = report.flaws.first().map(ToString::to_string).unwrap_or_default();
        return Err(differs(format!("its chain does not hold, as the log's may not: {first}")));
    }
    let head = report.head().ok_or_else(|| differs("it has no events".to_owned()))?;
    let sql = "SELECT hash FROM event WHERE seq = ?1";
    let own: String = db.conn.query_row(sql, [to_sql(head.size)], |row| row.get(0)).map_err(read)?;
    if head.size < before.size || own != head.hash {
        return Err(differs(format!("its head is {} of {} events", head.hash, head.size)));
    }
    let bytes = fs::metadata(&place).map_err(write)?.len();
    Ok(Copied { head, bytes })
}
