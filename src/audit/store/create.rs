//! Making a log: whole or not at all. It is made under another name and gets its own by one rename.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::connect::Db;
use super::refuse::{OpenError, Refusal};
use crate::audit::chunk::Effort;
use crate::audit::insert::{self, Author, Prepared};
use crate::audit::paths::Paths;
use crate::audit::schema;
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::{Entry, LogOpened};

/// Makes the log with `opened` as its first event. The caller has the turn and has seen that no log is there.
pub(in crate::audit) fn create(
    paths: &Paths,
    author: &Author,
    opened: LogOpened,
    at: Stamp,
) -> Result<(), OpenError> {
    if fs::symlink_metadata(&paths.wal).is_ok_and(|meta| meta.len() > 0) {
        return Err(OpenError::refused(&paths.log, None, Refusal::Orphan));
    }
    prepare(paths, author, opened, at)?;
    rename(&paths.new, &paths.log).map_err(OpenError::io(&paths.log, "name the new log"))?;
    sync_directory(&paths.log)
}

/// Returns what the first event of a log says that nothing comes before and that is its owner's alone.
pub(in crate::audit) const fn alone() -> LogOpened {
    LogOpened { schema: schema::VERSION, after: None, group: None }
}

/// Makes the log, whole and durable, under the name of one that is being made.
pub(in crate::audit) fn prepare(
    paths: &Paths,
    author: &Author,
    opened: LogOpened,
    at: Stamp,
) -> Result<(), OpenError> {
    sweep(&paths.new)?;
    let db = Db::create(&paths.new)?;
    fill(&db, author, opened, at).map_err(OpenError::sqlite(&paths.log, "make the log"))?;
    let Db { conn, .. } = db;
    conn.close().map_err(|(_, error)| OpenError::sqlite(&paths.log, "make the log")(error))?;
    sync(&paths.new).map_err(OpenError::io(&paths.new, "make the log durable"))
}

/// Makes the names in the directory of `file` durable.
pub(in crate::audit) fn sync_directory(file: &Path) -> Result<(), OpenError> {
    let directory = file.parent().unwrap_or(Path::new("/"));
    sync(directory).map_err(OpenError::io(directory, "make the log's name durable"))
}

fn sync(path: &Path) -> io::Result<()> {
    File::open(path).and_then(|file| file.sync_all())
}

/// Removes what an earlier attempt left that did not live to name its log.
pub(in crate::audit) fn sweep(new: &Path) -> Result<(), OpenError> {
    let of_new = Paths::of(new);
    let mut journal = new.as_os_str().to_owned();
    journal.push("-journal");
    for path in [new, &of_new.wal, &of_new.shm, Path::new(&journal)] {
        match fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(OpenError::io(path, "remove an unfinished log")(error)),
        }
    }
    Ok(())
}

fn fill(db: &Db, author: &Author, opened: LogOpened, at: Stamp) -> rusqlite::Result<()> {
    let conn = &db.conn;
    conn.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    conn.pragma_update(None, "user_version", schema::VERSION)?;
    // Not WAL yet: closing would move the events from there into the file, and not say if that failed.
    let _mode: String = conn.query_row("PRAGMA journal_mode=DELETE", [], |row| row.get(0))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    let transaction = conn.unchecked_transaction()?;
    for (_, _, sql) in schema::OBJECTS {
        transaction.execute(sql, [])?;
    }
    let event = Event::LogOpened(opened);
    let fact = Prepared::new(author, None, Entry { event, chunk: None }, at, Effort::Full)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    insert::insert(&transaction, &fact, &insert::head(&transaction)?)?;
    transaction.commit()
}

/// Renames without ever replacing a file. Where the file system cannot promise that, the turn that the caller holds
/// keeps other processes of this program away.
pub(in crate::audit) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match fs::symlink_metadata(to) {
            Err(error) if error.kind() == ErrorKind::NotFound => fs::rename(from, to),
            Err(error) => Err(error),
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
        },
        done => done.map_err(io::Error::from),
    }
}
