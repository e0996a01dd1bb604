//! `mysqldump`: the whole database as SQL text; the last line says that it is whole.

use rusqlite::types::ValueRef;

use super::call::{Call, Stop};
use super::database::Database;
use super::mysql::connect;

/// Runs `mysqldump`; exit code 2 if the connection is refused.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let database = connect(call)
        .map_err(|stop| Stop::new(2, stop.text().replace("ERROR ", "mysqldump: Got error: ")))?;
    call.put(&dump(&database)?)?;
    Ok(0)
}

/// Returns the whole of `database` as SQL text.
///
/// # Errors
/// SQLite refuses.
pub fn dump(database: &Database) -> Result<String, Stop> {
    let connection = &database.connection;
    let mut text = "-- MySQL dump (stand-in of the gonogo demo)\n\n".to_owned();
    let mut objects = connection
        .prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")?;
    let mut objects = objects.raw_query();
    while let Some(row) = objects.next()? {
        let (kind, name, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if kind == "table" {
            text.push_str(&format!("DROP TABLE IF EXISTS \"{name}\";\n"));
        }
        text.push_str(&format!("{sql};\n"));
        if kind == "table" {
            let mut rows = connection.prepare(&format!("SELECT * FROM \"{name}\""))?;
            let width = rows.column_count();
            let mut rows = rows.raw_query();
            while let Some(row) = rows.next()? {
                let cells: Result<Vec<String>, _> =
                    (0..width).map(|at| row.get_ref(at).map(literal)).collect();
                text.push_str(&format!("INSERT INTO \"{name}\" VALUES ({});\n", cells?.join(",")));
            }
        }
    }
    text.push_str("\n-- Dump completed\n");
    Ok(text)
}

/// Returns `value` as an SQL literal.
fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(_) => format!("'{}'", super::database::shown(value).replace('\'', "''")),
        ValueRef::Blob(bytes) => {
            format!("x'{}'", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
        }
        other => super::database::shown(other),
    }
}
