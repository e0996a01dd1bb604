//! `php artisan migrate`: runs the `.sql` files of `database/migrations`, each in a transaction, and records them as one batch.
//!
//! SQLite takes a failed file back whole; MySQL commits every DDL statement at once and would keep the part that ran.

use std::fs;
use std::path::PathBuf;

use super::super::app::App;
use super::super::call::{Call, Stop};
use super::super::database::Database;
use super::super::state::Fields;
use super::{dotted, info};

/// Runs what is pending, oldest first, and stops at the first that fails.
pub fn migrate(call: &Call, app: &App) -> Result<u8, Stop> {
    let production = Fields::parse(&app.disk(".env").unwrap_or_default()).get("APP_ENV") == "production";
    if production && !call.has("--force") && !call.has("--pretend") {
        call.say("\n   WARN  Application In Production.\n\n  Command cancelled: --force is needed where nobody can be asked.\n")?;
        return Ok(1);
    }
    let database = Database::open(&call.root, &app.database())?;
    database.found()?;
    let ran = database.migrations()?;
    let pending: Vec<_> =
        files(app)?.into_iter().filter(|(name, _)| !ran.iter().any(|(r, _)| r == name)).collect();
    if pending.is_empty() {
        info(call, "Nothing to migrate.")?;
        return Ok(0);
    }
    let batch = ran.iter().map(|(_, batch)| *batch).max().unwrap_or(0) + 1;
    info(call, "Running migrations.")?;
    for (name, path) in pending {
        let sql = fs::read_to_string(path)?;
        if call.has("--pretend") {
            call.say(&format!("  {name}\n    {}", sql.trim_end().replace('\n', "\n    ")))?;
            continue;
        }
        call.pause(600);
        match apply(&database, &name, batch, &sql) {
            Ok(()) => call.say(&dotted(&name, "DONE"))?,
            Err(error) => {
                call.say(&dotted(&name, "FAIL"))?;
                call.note("\n   Illuminate\\Database\\QueryException\n")?;
                let sql = sql.trim().replace('\n', " ");
                return Err(Stop::new(
                    1,
                    format!("  SQLSTATE[23000]: {error} (Connection: ispeaker, SQL: {sql})\n"),
                ));
            }
        }
    }
    call.say("")?;
    Ok(0)
}

/// Lists every migration file as run, with its batch, or pending; with `--pending` only the latter.
pub fn status(call: &Call, app: &App) -> Result<(), Stop> {
    let ran = Database::read(&call.root, &app.database())?.migrations()?;
    call.say(&format!("\n{}", dotted("Migration name", "Batch / Status")))?;
    for (name, _) in files(app)? {
        match ran.iter().find(|(recorded, _)| *recorded == name) {
            Some(_) if call.has("--pending") => {}
            Some((_, batch)) => call.say(&dotted(&name, &format!("[{batch}] Ran")))?,
            None => call.say(&dotted(&name, "Pending"))?,
        }
    }
    call.say("")
}

fn apply(database: &Database, name: &str, batch: i64, sql: &str) -> Result<(), rusqlite::Error> {
    let transaction = database.connection.unchecked_transaction()?;
    transaction.execute_batch(sql)?;
    transaction.execute("INSERT INTO migrations (migration, batch) VALUES (?1, ?2)", (name, batch))?;
    transaction.commit()
}

/// Returns the migration files of the checkout by name without `.sql`, in the order of their names.
fn files(app: &App) -> Result<Vec<(String, PathBuf)>, Stop> {
    let mut found = Vec::new();
    for entry in fs::read_dir(app.path("database/migrations"))? {
        let path = entry?.path();
        if let (Some(name), Some("sql")) = (path.file_stem(), path.extension().and_then(|e| e.to_str())) {
            found.push((name.to_string_lossy().into_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}
