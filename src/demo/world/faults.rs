//! Faults for `--fail STEP`: each changes *data* of the world so that the step of that name fails for a reason that really happens.
//!
//! Every fault of the release lies in what it brings or finds, so the rollback leads back to v1.0.6 after each of them. Those of the
//! restore drill lie in the backups, where a drill is to find them.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{fs, io};

use super::{World, WorldError, at};
use crate::demo::standin::{self, Database, LIVE};

/// One fault.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The shipped runbook, by the name of its file without the ending.
    pub runbook: &'static str,
    /// The step of it that will fail.
    pub step: &'static str,
    /// What is prepared, in one line.
    pub about: &'static str,
    prepare: fn(&World) -> Result<(), WorldError>,
}

const RELEASE: &str = "release";
const RESTORE_DRILL: &str = "restore-drill";
const DUMPS: &str = "spaces/ispeaker-backups/mysql";

const FAULTS: [Fault; 10] = [
    Fault {
        runbook: RELEASE,
        step: "api-code",
        about: "somebody edited a file on api-2 that the release changes too",
        prepare: edited,
    },
    Fault {
        runbook: RELEASE,
        step: "api-packages",
        about: "a package of composer.lock is gone from the registry",
        prepare: |world| unpublish(world, "spatie/laravel-data"),
    },
    Fault {
        runbook: RELEASE,
        step: "migrate",
        about: "two users share an e-mail address that a migration makes unique",
        prepare: duplicate,
    },
    Fault {
        runbook: RELEASE,
        step: "api-health",
        about: "the .env of api-2 lacks a setting that the release needs",
        prepare: |world| unset(world, "hosts/api-2/ispeaker-api/.env", "WAITLIST_LIMIT"),
    },
    Fault {
        runbook: RELEASE,
        step: "web-packages",
        about: "a package of package-lock.json is gone from the registry",
        prepare: |world| unpublish(world, "swr"),
    },
    Fault {
        runbook: RELEASE,
        step: "web-build",
        about: "the .env.production of web-1 lacks a setting that the release needs",
        prepare: |world| unset(world, "hosts/web-1/ispeaker-web/.env.production", "NEXT_PUBLIC_WAITLIST_URL"),
    },
    Fault {
        runbook: RESTORE_DRILL,
        step: "list-snapshots",
        about: "the nightly snapshots stopped three days ago",
        prepare: stopped,
    },
    Fault {
        runbook: RESTORE_DRILL,
        step: "restore",
        about: "the newest snapshot is damaged",
        prepare: |world| newest(world, "db/snapshots", |bytes| damage(bytes)),
    },
    Fault {
        runbook: RESTORE_DRILL,
        step: "dump-whole",
        about: "the newest weekly dump was cut off while it was uploaded",
        prepare: |world| newest(world, DUMPS, |bytes| bytes.truncate(bytes.len() / 2)),
    },
    Fault {
        runbook: RESTORE_DRILL,
        step: "dump-restore",
        about: "a few bytes in the middle of the newest weekly dump are wrong",
        prepare: |world| newest(world, DUMPS, |bytes| damage(bytes)),
    },
];

/// Returns every fault that `--fail` knows, runbook by runbook, in their order.
pub fn faults() -> impl Iterator<Item = Fault> {
    FAULTS.into_iter()
}

/// Returns the fault of `step`.
///
/// # Errors
/// When there is none; the error names those that there are.
pub fn fault(step: &str) -> Result<Fault, WorldError> {
    faults().find(|fault| fault.step == step).ok_or_else(|| WorldError::UnknownFault {
        name: step.to_owned(),
        known: faults().map(|fault| fault.step).collect::<Vec<_>>().join(", "),
    })
}

/// Prepares the fault of `step`.
pub fn prepare(world: &World, step: &str) -> Result<(), WorldError> {
    (fault(step)?.prepare)(world)
}

fn edited(world: &World) -> Result<(), WorldError> {
    edit(world, "hosts/api-2/ispeaker-api/routes/api/health.sql", |text| text.replace("'ok'", "'fine'"))
}

fn unpublish(world: &World, package: &str) -> Result<(), WorldError> {
    unset(world, "registry/packages.txt", package)
}

fn duplicate(world: &World) -> Result<(), WorldError> {
    let sql = "INSERT INTO users (name, email) VALUES ('Layla', 'layla@example.org')";
    let database = Database::open(world.root(), LIVE);
    let done = database.and_then(|database| Ok(database.connection.execute_batch(sql)?));
    done.map_err(|stop| at(&Database::path(world.root(), LIVE))(io::Error::other(stop.text().to_owned())))
}

/// Makes every snapshot three days older.
fn stopped(world: &World) -> Result<(), WorldError> {
    for (path, taken) in by_age(world, "db/snapshots")? {
        age(&path, taken - Duration::from_secs(3 * 86_400))?;
    }
    Ok(())
}

/// Changes the bytes of the newest file of `folder`, which keeps its age.
fn newest(world: &World, folder: &str, change: fn(&mut Vec<u8>)) -> Result<(), WorldError> {
    let Some((path, taken)) = by_age(world, folder)?.pop() else { return Ok(()) };
    let mut bytes = fs::read(&path).map_err(at(&path))?;
    change(&mut bytes);
    fs::write(&path, bytes).map_err(at(&path))?;
    age(&path, taken)
}

/// Overwrites what stands in the middle.
fn damage(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes.iter_mut().skip(middle).take(64).for_each(|byte| *byte = b'#');
}

fn age(path: &Path, taken: SystemTime) -> Result<(), WorldError> {
    standin::date(path, taken).map_err(|stop| at(path)(io::Error::other(stop.text().to_owned())))
}

/// Returns the files of `folder` with their ages, oldest first.
fn by_age(world: &World, folder: &str) -> Result<Vec<(PathBuf, SystemTime)>, WorldError> {
    let folder = world.root().join(folder);
    let read = || -> io::Result<Vec<(PathBuf, SystemTime)>> {
        let entries = fs::read_dir(&folder)?;
        entries.map(|entry| entry.and_then(|e| Ok((e.path(), e.metadata()?.modified()?)))).collect()
    };
    let mut found = read().map_err(at(&folder))?;
    found.sort_by_key(|(_, taken)| *taken);
    Ok(found)
}

/// Takes the lines that begin with `name` out of `file`.
fn unset(world: &World, file: &str, name: &str) -> Result<(), WorldError> {
    edit(world, file, |text| {
        text.lines().filter(|line| !line.starts_with(name)).map(|line| format!("{line}\n")).collect()
    })
}

fn edit(world: &World, name: &str, change: impl FnOnce(&str) -> String) -> Result<(), WorldError> {
    let path = world.root().join(name);
    let text = fs::read_to_string(&path).map_err(at(&path))?;
    world.put(&path, &change(&text))
}
