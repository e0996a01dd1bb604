//! What the log's thread owns, and how it comes back after a failure.

use std::fs::{self, File};

use super::fault::{Health, Status};
use super::open::Tuning;
use super::reserve;
use crate::audit::insert::{Author, Prepared};
use crate::audit::paths::Paths;
use crate::audit::row::to_sql;
use crate::audit::session::Alive;
use crate::audit::store::connect::Db;
use crate::audit::store::inode::Inode;
use crate::audit::store::tail::Head;
use crate::audit::{flock, heads, store};
use crate::clock::Stamp;

/// The log as its writer holds it.
#[derive(Debug)]
pub(super) struct State {
    pub(super) paths: Paths,
    /// None after a failure from which the log could not be opened anew.
    pub(super) db: Option<Db>,
    /// The write-ahead log that the connection writes to.
    pub(super) wal: Option<Inode>,
    pub(super) turn: File,
    pub(super) author: Author,
    pub(super) alive: Alive,
    pub(super) tuning: Tuning,
    pub(super) status: Status,
    /// The stamp of the last append.
    pub(super) last: Option<Stamp>,
    /// Bytes of output taken since the disk was found full.
    pub(super) overtime: usize,
}

impl State {
    /// Returns the identity of the write-ahead log that is there now.
    pub(super) fn wal_now(paths: &Paths) -> Option<Inode> {
        fs::symlink_metadata(&paths.wal).ok().map(|meta| Inode::from(&meta))
    }

    /// Applies the limit that tests set; `more` pages stand for the reserve.
    pub(super) fn limit_pages(&self, more: u32) -> Result<(), String> {
        let (Some(pages), Some(db)) = (self.tuning.max_pages, &self.db) else { return Ok(()) };
        db.conn
            .query_row(&format!("PRAGMA max_page_count={}", pages + more), [], |_| Ok(()))
            .map_err(|error| error.to_string())
    }

    /// Gives the reserve back.
    pub(super) fn free_reserve(&self) -> Result<(), String> {
        reserve::free(&self.paths.reserve).map_err(|error| error.to_string())?;
        self.limit_pages(self.tuning.reserve_pages)
    }

    /// Closes the connection, opens a new one, verifies the log's end and has everything moved into the file and
    /// synchronised anew: after a failed `fsync` what the kernel still holds proves nothing.
    pub(super) fn reopen(&mut self) -> Result<(), String> {
        let before = self.db.take().map(|db| db.inode);
        if !flock::exclusive_within(&self.turn, self.tuning.busy).map_err(|error| error.to_string())? {
            return Err("another process holds the log".to_owned());
        }
        let opened = self.connect(before);
        let released = flock::release(&self.turn).map_err(|error| error.to_string());
        let (db, head) = opened.and_then(|opened| released.map(|()| opened))?;
        self.wal = Self::wal_now(&self.paths);
        self.status.others = head.size;
        self.status.head = head;
        self.db = Some(db);
        self.limit_pages(0)
    }

    fn connect(&self, before: Option<Inode>) -> Result<(Db, Head), String> {
        store::inspect(&self.paths)
            .map_err(|error| error.to_string())
            .and_then(|there| if there { Ok(()) } else { Err("the log is gone".to_owned()) })?;
        let (db, head) = store::connect(&self.paths.log).map_err(|error| error.to_string())?;
        if before.is_some_and(|before| before != db.inode) {
            return Err("another file has the log's name".to_owned());
        }
        let busy: i64 = db
            .conn
            .query_row("PRAGMA wal_checkpoint(FULL)", [], |row| row.get(0))
            .map_err(|error| error.to_string())?;
        if busy != 0 {
            return Err("the log could not be synchronised: others read it".to_owned());
        }
        Ok((db, head))
    }

    /// Returns the places of `facts` if all of them are in the log: a failure may come after the commit.
    pub(super) fn find(&self, facts: &[Prepared]) -> Result<Option<Vec<Head>>, String> {
        let Some(db) = &self.db else { return Err("the log is not open".to_owned()) };
        let look = || -> rusqlite::Result<Option<Vec<Head>>> {
            let mut statement =
                db.conn.prepare("SELECT seq, hash FROM event WHERE body = ?1 AND seq > ?2 ORDER BY seq")?;
            let after = self.status.head.size.saturating_sub(10_000);
            let mut heads = Vec::new();
            for fact in facts {
                let mut rows = statement.query(rusqlite::params![fact.body(), to_sql(after)])?;
                match rows.next()? {
                    Some(row) => {
                        heads.push(Head { size: crate::audit::row::from_sql(row.get(0)?), hash: row.get(1)? })
                    }
                    None => return Ok(None),
                }
            }
            Ok(Some(heads))
        };
        look().map_err(|error| error.to_string())
    }

    /// Counts the events that no head covers which was left as a witness. What cannot be read is taken as not there: too
    /// many are counted then, never too few.
    pub(super) fn recount(&mut self) {
        let Some(db) = &self.db else { return };
        let seen = heads::last(&self.paths.heads, &self.author.log).ok().flatten();
        let left = heads::left(&db.conn).ok().flatten();
        let covered = |head: &Head| heads::covers(&db.conn, head).unwrap_or(false);
        let newest = seen.map(|seen| seen.head).into_iter().chain(left).filter(covered);
        self.status.unwitnessed = match newest.map(|head| head.size).max() {
            Some(newest) => heads::after(&db.conn, newest).unwrap_or(self.status.head.size),
            None => self.status.head.size,
        };
    }

    pub(super) fn stop(&mut self, why: String) {
        self.db = None;
        self.status.health = Health::Stopped { why };
    }
}
