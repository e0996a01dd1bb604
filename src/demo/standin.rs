//! Honest stand-ins for the programs of a server: `gonogo __stand-in NAME ARGS…`, called by three-line scripts of the demo's bin directory.
//!
//! Nothing here is scripted: every program reads and changes real state (a git checkout, an SQLite file, small state files written by
//! rename) and every answer of the application is computed from that state. Invariant: without `DEMO_ROOT` nothing runs, and nothing
//! outside that directory is ever written. May import nothing of the crate; outside crates: rusqlite, regex, rustix, thiserror.

use std::process::ExitCode;

mod app;
mod artisan;
mod call;
mod composer;
mod curl;
mod database;
mod mysql;
mod mysqldump;
mod npm;
mod packages;
mod php;
mod pm2;
mod rclone;
mod site;
mod snapshot;
mod state;
mod sudo;
mod systemctl;

pub(super) use app::git;
pub(super) use call::{Call, Stop};
pub(super) use database::{Database, LIVE};
pub(super) use mysqldump::dump;
pub(super) use packages::Packages;
pub(super) use rclone::date;
pub(super) use snapshot::take;
pub(super) use state::{now, write};
pub(super) use systemctl::FPM_CONFIGURATION;

/// A stand-in: what it does with a call, and the exit code that comes of it.
type Program = fn(&Call) -> Result<u8, Stop>;

/// Every stand-in by the name of the program it stands for.
const PROGRAMS: &[(&str, Program)] = &[
    ("composer", composer::run),
    ("curl", curl::run),
    ("db-snapshot", snapshot::run),
    ("mysql", mysql::run),
    ("mysqldump", mysqldump::run),
    ("npm", npm::run),
    ("php", php::run),
    ("pm2", pm2::run),
    ("rclone", rclone::run),
    ("sudo", sudo::run),
    ("systemctl", systemctl::run),
];

/// Returns the names of all stand-ins, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, _)| *name)
}

/// Runs the stand-in named by the first of `args` with the rest as its arguments, and returns its exit code.
///
/// Exit code 127 means that there is no such stand-in, or that the call does not come from a demo (`DEMO_ROOT` is unset).
pub fn main(args: &[String]) -> ExitCode {
    let code = match Call::from_environment(args) {
        Ok(call) => run(&call),
        Err(stop) => {
            eprintln!("gonogo: {}", stop.text());
            127
        }
    };
    ExitCode::from(code)
}

/// Runs `call` and returns the exit code, after writing what stopped it to its error stream.
fn run(call: &Call) -> u8 {
    match program(call) {
        Ok(code) => code,
        Err(stop) => {
            if !stop.text().is_empty() {
                call.complain(stop.text());
            }
            stop.code()
        }
    }
}

/// Runs `call`, for which any exit code but 0 is an error.
pub(super) fn attempt(call: &Call) -> Result<(), Stop> {
    match program(call)? {
        0 => Ok(()),
        code => Err(Stop::new(code, "")),
    }
}

fn program(call: &Call) -> Result<u8, Stop> {
    let Some((_, program)) = PROGRAMS.iter().find(|(name, _)| *name == call.name) else {
        return Err(Stop::new(127, format!("gonogo: no stand-in is called {}", call.name)));
    };
    program(call)
}
