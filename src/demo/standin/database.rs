//! The managed database of the demo: one real SQLite file that all hosts share, standing where MySQL would.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::call::Stop;

/// An open connection to the database of a demo.
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
    /// Returns where the database of the demo in `root` lies.
    pub fn path(root: &Path) -> PathBuf {
        root.join("db/ispeaker.sqlite")
    }

    /// Opens the existing database for reading and writing.
    ///
    /// # Errors
    /// It does not exist or is no database.
    pub fn open(root: &Path) -> Result<Self, Stop> {
        Self::with(root, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens the existing database for reading.
    ///
    /// # Errors
    /// It does not exist or is no database.
    pub fn read(root: &Path) -> Result<Self, Stop> {
        Self::with(root, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// Makes the database, empty but for the table in which migrations are recorded.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn create(root: &Path) -> Result<Self, Stop> {
        let database = Self::with(root, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        database.connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS migrations (id INTEGER PRIMARY KEY, migration TEXT NOT NULL, batch INTEGER NOT NULL)",
        )?;
        Ok(database)
    }

    fn with(root: &Path, flags: OpenFlags) -> Result<Self, Stop> {
        let connection =
            Connection::open_with_flags(Self::path(root), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        Ok(Self { connection })
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

/// Returns `value` as the command-line client of a database prints it.
pub fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
