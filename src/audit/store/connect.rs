//! Connections to a log, with the settings that the promises rest on, each read back.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::inode::{Claim, Inode};
use super::refuse::{OpenError, Refusal};
use super::side;
use crate::audit::{modes, schema};

/// A connection, and the note that this process has the file open.
#[derive(Debug)]
pub(in crate::audit) struct Db {
    // Declared first, so that it is closed before the note is taken back.
    pub(in crate::audit) conn: Connection,
    pub(in crate::audit) inode: Inode,
    _claim: Claim,
}

/// How long SQLite itself waits for another connection.
pub(in crate::audit) const BUSY: Duration = Duration::from_secs(5);

impl Db {
    fn open(path: &Path, target: &str, flags: OpenFlags) -> Result<Self, OpenError> {
        let meta = fs::metadata(path).map_err(OpenError::io(path, "look at the log"))?;
        let inode = Inode::from(&meta);
        let claim = Claim::new(inode);
        let flags = flags | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(target, flags)
            .and_then(|conn| guard(&conn).map(|()| conn))
            .map_err(OpenError::sqlite(path, "open the log"))?;
        Ok(Self { conn, inode, _claim: claim })
    }

    /// Opens the log so that it can only be read.
    pub(in crate::audit) fn read_only(path: &Path) -> Result<Self, OpenError> {
        Self::open(path, &uri(path, ""), OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// Opens the log as a file that nobody writes: no lock is taken and no file made beside it. Only where nobody
    /// can write it, because closing it drops the locks that this process has on the file.
    pub(in crate::audit) fn immutable(path: &Path) -> Result<Self, OpenError> {
        Self::open(path, &uri(path, "?immutable=1"), OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// Opens the log to append. `path` holds no symbolic link.
    pub(in crate::audit) fn read_write(path: &Path) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let db = Self::open(path, &uri(path, ""), flags)?;
        durable(&db.conn, path)?;
        Ok(db)
    }

    /// Makes a file that does not exist, for whom its directory is for, and opens it to append.
    pub(in crate::audit) fn create(path: &Path) -> Result<Self, OpenError> {
        use std::os::unix::fs::OpenOptionsExt;
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|file| modes::give(&file, path))
            .map_err(OpenError::io(path, "make the log"))?;
        Self::open(path, &uri(path, ""), OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW)
    }
}

/// Returns the path as SQLite's URI (<https://www.sqlite.org/uri.html>): any byte that could mean something is
/// escaped.
fn uri(path: &Path, query: &str) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut out = String::from("file:");
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => out.push(char::from(byte)),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out + query
}

/// Settings of every connection: nothing of the file is trusted (<https://www.sqlite.org/security.html>).
fn guard(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(BUSY)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // A plan that depends on a bound value is made anew with each value: here for each event's run.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "mmap_size", 0)
}

/// Sets what makes an append durable, and reads it back.
pub(in crate::audit) fn durable(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let sqlite = |error| OpenError::sqlite(path, "set the log's settings")(error);
    let mode: String = conn
        .query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))
        .map_err(|error| damaged(path, error))?;
    conn.pragma_update(None, "synchronous", "FULL").map_err(sqlite)?;
    let mut wanted = vec![("synchronous", 2), ("recursive_triggers", 1), ("foreign_keys", 1)];
    if cfg!(target_os = "macos") {
        wanted.extend([("fullfsync", 1), ("checkpoint_fullfsync", 1)]);
    }
    for (name, value) in wanted {
        conn.pragma_update(None, name, value).map_err(sqlite)?;
        let got: i64 = conn.pragma_query_value(None, name, |row| row.get(0)).map_err(sqlite)?;
        if got != value {
            return Err(OpenError::refused(path, None, Refusal::Setting(name)));
        }
    }
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(OpenError::refused(path, None, Refusal::Setting("journal_mode=WAL")));
    }
    Ok(())
}

/// Returns `error` as a refusal when it says that the file is damaged.
pub(in crate::audit) fn damaged(path: &Path, error: rusqlite::Error) -> OpenError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => {
            let meta = fs::symlink_metadata(path).ok();
            OpenError::refused(path, meta.as_ref(), Refusal::Damaged(error.to_string()))
        }
        _ => OpenError::sqlite(path, "read the log")(error),
    }
}

/// Checks identity and tables without SQLite's locks and without making a file beside the log. Only while no
/// connection of this process is open on it, nor can become so.
pub(in crate::audit) fn identify_closed(path: &Path) -> Result<(), OpenError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(uri(path, "?immutable=1"), flags)
        .and_then(|conn| guard(&conn).map(|()| conn))
        .map_err(OpenError::sqlite(path, "open the log"))?;
    identify(&conn, path)?;
    side::of_its_group(&conn, path)
}

/// Checks identity and tables over `conn`, which need not be able to write.
pub(in crate::audit) fn identify(conn: &Connection, path: &Path) -> Result<(), OpenError> {
    let refuse = |why| Err(OpenError::refused(path, fs::symlink_metadata(path).ok().as_ref(), why));
    let number = |name: &str| -> Result<i64, OpenError> {
        conn.pragma_query_value(None, name, |row| row.get(0)).map_err(|error| damaged(path, error))
    };
    match u32::try_from(number("application_id")?) {
        Ok(schema::APPLICATION_ID) => {}
        other => return refuse(Refusal::Foreign(other.unwrap_or(0))),
    }
    match u32::try_from(number("user_version")?) {
        Ok(schema::VERSION) => {}
        other => return refuse(Refusal::Version(other.unwrap_or(u32::MAX))),
    }
    let differences = schema_differences(conn).map_err(|error| damaged(path, error))?;
    match differences.into_iter().next() {
        Some(first) => refuse(Refusal::Schema(first)),
        None => Ok(()),
    }
}

/// Returns what differs between the file's schema and v1, one sentence each; nothing of it is executed.
pub(in crate::audit) fn schema_differences(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY rowid LIMIT 100")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
    })?;
    let mut missing: Vec<_> = schema::OBJECTS.to_vec();
    let mut out = Vec::new();
    for row in rows {
        let (kind, name, sql) = row?;
        let Some(at) = missing.iter().position(|(k, n, _)| *k == kind && *n == name) else {
            out.push(format!("there is a {} {} that does not belong there", plain(&kind), plain(&name)));
            continue;
        };
        let (_, _, expected) = missing.remove(at);
        if sql.as_deref() != Some(expected) {
            out.push(format!("the text of the {kind} {name} is not that of version 1"));
        }
    }
    out.extend(missing.iter().map(|(kind, name, _)| format!("the {kind} {name} is missing")));
    Ok(out)
}

/// Returns text of a file that nobody vouches for so that a terminal can show it.
pub(in crate::audit) fn plain(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars().take(200) {
        // Letters of any script may stand; what moves the cursor, hides or reorders may not.
        if character.is_alphanumeric() || matches!(character, ' '..='~') {
            out.push(character);
        } else {
            out.extend(character.escape_default());
        }
    }
    out
}
