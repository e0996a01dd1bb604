//! A writer's turn: the lock of the side file first, which queues fairly, then SQLite's own.
//!
//! SQLite's busy handler alone lets one of several writers starve for seconds.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::{ErrorCode, Transaction, TransactionBehavior};

use super::fault::Fault;
use super::state::State;
use crate::audit::flock;
use crate::audit::store::connect::{BUSY, Db};
use crate::audit::store::inode::Inode;

/// Runs `work` in a transaction that nobody else writes beside, and commits it.
pub(super) fn transact<T>(
    state: &State,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, rusqlite::Error>,
) -> Result<T, Fault> {
    let Some(db) = &state.db else { return Err(Fault::Broken("the log is not open".to_owned())) };
    let limit = state.tuning.busy;
    let broken = |error: std::io::Error| Fault::Broken(error.to_string());
    if !flock::exclusive_within(&state.turn, limit).map_err(broken)? {
        return Err(Fault::Busy { seconds: limit.as_secs() });
    }
    let result = in_place(db, &state.paths.log, state.wal).and_then(|()| {
        let transaction = begin(db, limit)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    });
    match flock::release(&state.turn) {
        Ok(()) => result,
        // The next writer would wait for ever; closing the file frees it.
        Err(error) => result.and(Err(broken(error))),
    }
}

fn begin(db: &Db, limit: Duration) -> Result<Transaction<'_>, Fault> {
    let mut waited = Duration::ZERO;
    loop {
        match Transaction::new_unchecked(&db.conn, TransactionBehavior::Immediate) {
            Ok(transaction) => return Ok(transaction),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                waited += BUSY;
                if waited >= limit {
                    return Err(Fault::Busy { seconds: waited.as_secs() });
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Checks that the open files still have their names: what is written to a file without one is lost.
fn in_place(db: &Db, log: &Path, wal: Option<Inode>) -> Result<(), Fault> {
    let at = |path: &Path| fs::symlink_metadata(path).ok().map(|meta| Inode::from(&meta));
    if at(log) != Some(db.inode) {
        return Err(Fault::Broken(
            "the log's file was moved, removed or replaced while it was open".to_owned(),
        ));
    }
    let path = crate::audit::paths::Paths::of(log).wal;
    if wal.is_some() && at(&path) != wal {
        return Err(Fault::Broken("the log's -wal file was moved, removed or replaced".to_owned()));
    }
    Ok(())
}
