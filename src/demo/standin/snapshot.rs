//! `db-snapshot create | list [--long] | restore ID [--into DATABASE]`: whole copies of the production database, as a provider's
//! snapshots are. A snapshot is as old as its file.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, OpenFlags};

use super::call::{Call, Stop};
use super::database::{Database, LIVE};

const USAGE: &str = "usage: db-snapshot create | list [--long] | restore ID [--into DATABASE]";

/// Runs `db-snapshot`.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let words = call.words();
    match words.as_slice() {
        ["create"] => create(call),
        ["list"] => list(call, false),
        ["list", "--long"] => list(call, true),
        ["restore", id] => restore(call, id, LIVE),
        ["restore", id, "--into", name] => {
            // Only what is there and empty is filled: a snapshot never lands on somebody's rows by a slip of the name.
            let tables = Database::read(&call.root, name)?.tables()?;
            if !tables.is_empty() {
                let text = format!(
                    "Error: database {name} is not empty ({} tables); nothing was changed",
                    tables.len()
                );
                return Err(Stop::new(1, text));
            }
            restore(call, id, name)
        }
        _ => Err(Stop::new(2, USAGE)),
    }
}

/// Prints the id of the new snapshot, alone on standard output.
fn create(call: &Call) -> Result<u8, Stop> {
    let number = all(&call.root)?
        .iter()
        .filter_map(|(id, _)| id.strip_prefix("snap-")?.parse::<u32>().ok())
        .max()
        .unwrap_or(1000);
    let id = format!("snap-{}", number + 1);
    call.note("Taking a snapshot of database ispeaker ...")?;
    call.pause(1200);
    take(&call.root, &id)?;
    call.note("Snapshot is complete.")?;
    call.say(&id)?;
    Ok(0)
}

/// Copies the production database of the demo in `root` into the snapshot `id`.
///
/// # Errors
/// SQLite or the file system refuses.
pub fn take(root: &Path, id: &str) -> Result<(), Stop> {
    let folder = root.join("db/snapshots");
    let temporary = folder.join(format!("{id}.part"));
    let database = Database::read(root, LIVE)?;
    database.connection.execute("VACUUM INTO ?1", [temporary.to_string_lossy()])?;
    Ok(fs::rename(&temporary, folder.join(id))?)
}

/// Lists the snapshots, oldest first; long: the id, the Unix time at which it was taken, the same for people, the database.
fn list(call: &Call, long: bool) -> Result<u8, Stop> {
    for (id, taken) in all(&call.root)? {
        let at = DateTime::<Utc>::from(taken);
        let shown = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        call.say(&if long { format!("{id}\t{}\t{shown}\t{LIVE}", at.timestamp()) } else { id })?;
    }
    Ok(0)
}

/// Puts the snapshot in the place of the database `name`, as a whole, after looking whether it is one.
fn restore(call: &Call, id: &str, name: &str) -> Result<u8, Stop> {
    if !all(&call.root)?.iter().any(|(known, _)| known == id) {
        return Err(Stop::new(1, format!("Error: there is no snapshot {id}; `db-snapshot list` lists them")));
    }
    call.note(&format!("Restoring database {name} from {id} ..."))?;
    call.pause(1500);
    let source = call.root.join("db/snapshots").join(id);
    whole(&source).map_err(|why| {
        Stop::new(1, format!("Error: snapshot {id} is damaged ({why}); database {name} was left as it was"))
    })?;
    let temporary = call.root.join("db/restoring");
    fs::copy(source, &temporary)?;
    fs::rename(temporary, Database::path(&call.root, name))?;
    call.say(&format!("Database {name} is as {LIVE} was in {id}."))?;
    Ok(0)
}

/// Checks that the file is a database in which every page fits.
fn whole(path: &Path) -> Result<(), String> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let connection = connection.map_err(|e| e.to_string())?;
    let said: Result<String, _> = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match said {
        Ok(said) if said == "ok" => Ok(()),
        Ok(said) => Err(said),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns the snapshots with when they were taken, oldest first.
fn all(root: &Path) -> Result<Vec<(String, SystemTime)>, Stop> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join("db/snapshots"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".part") {
            found.push((name, entry.metadata()?.modified()?));
        }
    }
    found.sort_by(|(a, one), (b, two)| (one, a).cmp(&(two, b)));
    Ok(found)
}
