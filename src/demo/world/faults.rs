//! Faults for `--fail STEP`: each changes *data* of the world so that the step of that name fails for a reason that really happens.
//!
//! Every fault lies in what the release brings or finds, so the rollback leads back to v1.0.6 after each of them.

use std::{fs, io};

use super::{World, WorldError, at};
use crate::demo::standin::{Database, LIVE};

/// One fault.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The step of the release runbook that will fail.
    pub step: &'static str,
    /// What is prepared, in one line.
    pub about: &'static str,
    prepare: fn(&World) -> Result<(), WorldError>,
}

const FAULTS: [Fault; 6] = [
    Fault {
        step: "api-code",
        about: "somebody edited a file on api-2 that the release changes too",
        prepare: edited,
    },
    Fault {
        step: "api-packages",
        about: "a package of composer.lock is gone from the registry",
        prepare: |world| unpublish(world, "spatie/laravel-data"),
    },
    Fault {
        step: "migrate",
        about: "two users share an e-mail address that a migration makes unique",
        prepare: duplicate,
    },
    Fault {
        step: "api-health",
        about: "the .env of api-2 lacks a setting that the release needs",
        prepare: |world| unset(world, "hosts/api-2/ispeaker-api/.env", "WAITLIST_LIMIT"),
    },
    Fault {
        step: "web-packages",
        about: "a package of package-lock.json is gone from the registry",
        prepare: |world| unpublish(world, "swr"),
    },
    Fault {
        step: "web-build",
        about: "the .env.production of web-1 lacks a setting that the release needs",
        prepare: |world| unset(world, "hosts/web-1/ispeaker-web/.env.production", "NEXT_PUBLIC_WAITLIST_URL"),
    },
];

/// Returns every fault that `--fail` knows, in the order of the runbook.
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
