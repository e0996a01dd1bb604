//! The managed database server of the demo: a real SQLite file a database, shared by all hosts, standing where MySQL would.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::call::Stop;

/// The database of the production application.
pub const LIVE: &str = "ispeaker";

/// An open connection to a database of a demo.
#[derive(Debug)]
pub struct Database {
    /// The connection.
    pub connection: Connection,
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(1, format!("SQLSTATE[HY000]: General error: {error}"))
    }
}

impl Database {
    /// Returns where the database `name` of the demo in `root` lies.
    pub fn path(root: &Path, name: &str) -> PathBuf {
        root.join("db").join(format!("{name}.sqlite"))
    }

    /// Opens the existing database `name` for reading and writing.
    ///
    /// # Errors
    /// 1049 if there is none of that name; also if it is no database.
    pub fn open(root: &Path, name: &str) -> Result<Self, Stop> {
        Self::with(root, name, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens the existing database `name` for reading.
    ///
    /// # Errors
    /// 1049 if there is none of that name; also if it is no database.
    pub fn read(root: &Path, name: &str) -> Result<Self, Stop> {
        Self::with(root, name, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// Makes the database `name`, empty.
    ///
    /// # Errors
    /// 1007 if there is one of that name, 1102 for a name that no database can have; also if the file system refuses.
    pub fn create(root: &Path, name: &str) -> Result<Self, Stop> {
        if !plain(name) {
            return Err(Stop::new(1, format!("ERROR 1102 (42000): Incorrect database name '{name}'")));
        }
        let path = Self::path(root, name);
        if path.exists() {
            let text = format!("ERROR 1007 (HY000): Can't create database '{name}'; database exists");
            return Err(Stop::new(1, text));
        }
        Self::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Removes the database `name` with all that is in it.
    ///
    /// # Errors
    /// 1008 if there is none of that name; also if the file system refuses.
    pub fn remove(root: &Path, name: &str) -> Result<(), Stop> {
        if !Self::names(root)?.iter().any(|known| known == name) {
            let text = format!("ERROR 1008 (HY000): Can't drop database '{name}'; database doesn't exist");
            return Err(Stop::new(1, text));
        }
        Ok(fs::remove_file(Self::path(root, name))?)
    }

    /// Returns the names of all databases, sorted.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn names(root: &Path) -> Result<Vec<String>, Stop> {
        let mut found = Vec::new();
        for entry in fs::read_dir(root.join("db"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            found.extend(name.strip_suffix(".sqlite").map(str::to_owned));
        }
        found.sort();
        Ok(found)
    }

    fn with(root: &Path, name: &str, flags: OpenFlags) -> Result<Self, Stop> {
        let path = Self::path(root, name);
        if !plain(name) || !path.exists() {
            return Err(Stop::new(1, format!("ERROR 1049 (42000): Unknown database '{name}'")));
        }
        Self::connect(&path, flags)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, Stop> {
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        Ok(Self { connection })
    }

    /// Makes the table in which migrations are recorded, unless it is there.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn found(&self) -> Result<(), Stop> {
        let sql = "CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, migration TEXT NOT NULL, batch INTEGER NOT NULL)";
        Ok(self.connection.execute_batch(sql)?)
    }

    /// Returns the names of the tables in the order in which they were made.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn tables(&self) -> Result<Vec<String>, Stop> {
        let mut query =
            self.connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")?;
        let rows = query.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the recorded migrations with their batches, oldest first.
    ///
    /// # Errors
    /// The table is missing.
    pub fn migrations(&self) -> Result<Vec<(String, i64)>, Stop> {
        let mut query = self.connection.prepare("SELECT migration, batch FROM migrations ORDER BY id")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Runs `sql`, a query of one text value, with those of `values` (`:name`, value) that it mentions.
    ///
    /// # Errors
    /// SQLite refuses the query.
    pub fn text(&self, sql: &str, values: &[(&str, &str)]) -> Result<Option<String>, rusqlite::Error> {
        let mut query = self.connection.prepare(sql)?;
        for (name, value) in values {
            if let Some(index) = query.parameter_index(name)? {
                query.raw_bind_parameter(index, value)?;
            }
        }
        query.raw_query().next()?.map(|row| row.get(0)).transpose()
    }

    /// Sets the application's setting `name`, or removes it.
    ///
    /// # Errors
    /// SQLite refuses.
    pub fn set(&self, name: &str, value: Option<&str>) -> Result<(), Stop> {
        match value {
            Some(value) => self.connection.execute("REPLACE INTO settings VALUES (?1, ?2)", [name, value])?,
            None => self.connection.execute("DELETE FROM settings WHERE name = ?1", [name])?,
        };
        Ok(())
    }
}

/// Returns whether `name` is a plain one: lower-case letters, digits and underscores, so that it is no path.
fn plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Returns `value` as the command-line client of a database prints it.
pub fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
