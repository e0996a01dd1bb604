//! `db-snapshot create | list | restore ID`: whole copies of the database, as a provider's snapshots are.

use std::fs;

use super::call::{Call, Stop};
use super::database::Database;

/// Runs `db-snapshot`.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let words = call.words();
    match words.as_slice() {
        ["create"] => create(call),
        ["list"] => {
            for id in all(call)? {
                call.say(&id)?;
            }
            Ok(0)
        }
        ["restore", id] => restore(call, id),
        _ => Err(Stop::new(2, "usage: db-snapshot create | list | restore ID")),
    }
}

/// Prints the id of the new snapshot, alone on standard output.
fn create(call: &Call) -> Result<u8, Stop> {
    let number = all(call)?
        .iter()
        .filter_map(|id| id.strip_prefix("snap-")?.parse::<u32>().ok())
        .max()
        .unwrap_or(1000);
    let id = format!("snap-{}", number + 1);
    let folder = call.root.join("db/snapshots");
    let temporary = folder.join(format!("{id}.part"));
    call.note("Taking a snapshot of database ispeaker ...")?;
    call.pause(1200);
    let database = Database::read(&call.root)?;
    database.connection.execute("VACUUM INTO ?1", [temporary.to_string_lossy()])?;
    fs::rename(&temporary, folder.join(&id))?;
    call.note("Snapshot is complete.")?;
    call.say(&id)?;
    Ok(0)
}

/// Puts the snapshot in the place of the database, as a whole.
fn restore(call: &Call, id: &str) -> Result<u8, Stop> {
    if !all(call)?.iter().any(|known| known == id) {
        return Err(Stop::new(1, format!("Error: there is no snapshot {id}; `db-snapshot list` lists them")));
    }
    call.note(&format!("Restoring database ispeaker from {id} ..."))?;
    call.pause(1500);
    let temporary = call.root.join("db/restoring");
    fs::copy(call.root.join("db/snapshots").join(id), &temporary)?;
    fs::rename(temporary, Database::path(&call.root))?;
    call.say(&format!("Database ispeaker is as it was in {id}."))?;
    Ok(0)
}

fn all(call: &Call) -> Result<Vec<String>, Stop> {
    let mut ids = Vec::new();
    for entry in fs::read_dir(call.root.join("db/snapshots"))? {
        ids.push(entry?.file_name().to_string_lossy().into_owned());
    }
    ids.retain(|id| !id.ends_with(".part"));
    ids.sort();
    Ok(ids)
}
