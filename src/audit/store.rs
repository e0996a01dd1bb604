//! Opening a log so that it can be believed: everything is looked at before anything is changed.
//!
//! Order: the file and its directory by `stat`; its first bytes; its tables over a connection that cannot write; only
//! then a connection that can, its settings read back, and the last events verified. Whatever is refused has been
//! changed in no byte. A log that is missing is made aside and put in place whole.

pub(super) mod connect;
pub(super) mod create;
pub(super) mod inode;
pub(super) mod network;
pub(super) mod peek;
pub mod refuse;
pub(super) mod side;
pub mod tail;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use self::connect::Db;
use self::inode::Inode;
use self::refuse::{OpenError, Refusal};
use self::tail::{Head, TailError};
use rusqlite::OptionalExtension;

use super::codec::{self, Fact};
use super::flock;
use super::paths::Paths;
use super::relocate;
use super::row::{COLUMNS, Row};
use crate::run::event::Event;
use crate::run::fact::{LogOpened, LogRotated};

/// Takes the writers' turn at the log's side file, which is made if it is missing.
pub(super) fn take_turn(paths: &Paths, limit: Duration) -> Result<File, OpenError> {
    let turn = flock::open(&paths.turn).map_err(OpenError::io(&paths.turn, "open the writers' lock"))?;
    let doing = "take the writers' lock";
    if flock::exclusive_within(&turn, limit).map_err(OpenError::io(&paths.turn, doing))? {
        Ok(turn)
    } else {
        Err(OpenError::Busy { path: paths.log.clone(), seconds: limit.as_secs() })
    }
}

/// Looks at the log without changing anything; returns whether there is one.
pub(super) fn inspect(paths: &Paths) -> Result<bool, OpenError> {
    let meta = match fs::symlink_metadata(&paths.log) {
        Ok(meta) => meta,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(OpenError::io(&paths.log, "look at the log")(error)),
    };
    let refuse = |why| OpenError::refused(&paths.log, Some(&meta), why);
    if let Some(to) = relocate::moved_to(paths) {
        return Err(refuse(Refusal::Moved(to)));
    }
    if let Some(why) = side::not_regular(meta.file_type()) {
        return Err(refuse(why));
    }
    let wal = fs::symlink_metadata(&paths.wal).is_ok_and(|meta| meta.len() > 0);
    // What the file is comes before whose it is: nobody shall be told to chmod what is no log.
    let looked = inode::while_closed(Inode::from(&meta), || {
        peek::peek(&paths.log, wal).map_err(refuse)?;
        side::owned(&paths.log, &meta)?;
        // With frames to be moved, the file alone may be torn, and only SQLite can read it.
        if wal { Ok(false) } else { connect::identify_closed(&paths.log).map(|()| true) }
    });
    if !looked.unwrap_or(Ok(false))? {
        side::owned(&paths.log, &meta)?;
        let db = Db::read_only(&paths.log)?;
        connect::identify(&db.conn, &paths.log)?;
        side::of_its_group(&db.conn, &paths.log)?;
    }
    Ok(true)
}

/// Opens a log that was looked at, to append; returns it with its head.
pub(super) fn connect(path: &Path) -> Result<(Db, Head), OpenError> {
    let db = Db::read_write(path)?;
    connect::identify(&db.conn, path)?;
    let head = tail::verify(&db.conn).map_err(|error| match error {
        TailError::Sqlite(error) => connect::damaged(path, error),
        broken => {
            let meta = fs::symlink_metadata(path).ok();
            OpenError::refused(path, meta.as_ref(), Refusal::Tail(broken.to_string()))
        }
    })?;
    match rotated(&db.conn).map_err(|error| connect::damaged(path, error))? {
        None => Ok((db, head)),
        Some(_) => Err(OpenError::refused(path, None, Refusal::Rotated)),
    }
}

/// Returns what the log says of where it goes on, if it has ended.
pub(super) fn rotated(conn: &rusqlite::Connection) -> rusqlite::Result<Option<LogRotated>> {
    // Behind it stands the end of its session alone.
    let sql = "SELECT body FROM event WHERE seq > (SELECT max(seq) FROM event) - 2 AND kind = 'log.rotated'";
    let body: Option<String> = conn.query_row(sql, [], |row| row.get(0)).optional()?.flatten();
    Ok(match body.as_deref().map(codec::decode) {
        Some(Ok((_, Fact::Known(Event::LogRotated(rotated))))) => Some(rotated),
        _ => None,
    })
}

/// Returns what the log's first event says.
pub(super) fn opened(conn: &rusqlite::Connection) -> rusqlite::Result<Option<LogOpened>> {
    let sql = format!("SELECT {COLUMNS} FROM event WHERE seq = 1");
    let row = conn.query_row(&sql, [], Row::keep).optional()?;
    Ok(match row.as_ref().and_then(|row| row.body.as_deref()).map(codec::decode) {
        Some(Ok((_, Fact::Known(Event::LogOpened(opened))))) => Some(opened),
        _ => None,
    })
}

/// Returns the log's id, which its first event holds.
pub(super) fn log_id(db: &Db, path: &Path) -> Result<String, OpenError> {
    let sql = format!("SELECT {COLUMNS} FROM event WHERE seq = 1");
    let row = db.conn.query_row(&sql, [], Row::keep).map_err(|error| connect::damaged(path, error))?;
    match row.body.as_deref().map(codec::header) {
        Some(Ok(header)) => Ok(header.log),
        _ => Err(OpenError::refused(path, None, Refusal::Damaged("event 1 cannot be read".to_owned()))),
    }
}
