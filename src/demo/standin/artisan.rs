//! `php artisan`: the application's own commands, and how they speak.

use super::app::App;
use super::call::{Call, Stop};

mod banner;
mod caches;
mod maintenance;
mod migrate;
mod workers;

pub use caches::CACHES;
pub use maintenance::FLAG;

/// Runs `php artisan` with `words` in the checkout `app`.
pub fn run(call: &Call, app: &App, words: &[&str]) -> Result<u8, Stop> {
    let Some((command, rest)) = words.split_first() else {
        return run(call, app, &["--version"]);
    };
    match *command {
        "--version" | "-V" => call.say("Laravel Framework 12.34.0 (stand-in of the gonogo demo)")?,
        "down" => maintenance::down(call, app)?,
        "up" => maintenance::up(call, app)?,
        "migrate" => return migrate::migrate(call, app),
        "migrate:status" => migrate::status(call, app)?,
        "config:cache" | "route:cache" | "view:cache" | "event:cache" => caches::cache(call, app, command)?,
        "config:clear" | "route:clear" | "view:clear" | "event:clear" => caches::clear(call, app, command)?,
        "storage:link" => caches::link(call, app)?,
        "horizon:terminate" => workers::terminate(call, app)?,
        "horizon:status" => return workers::status(call, app),
        "reverb:restart" => workers::reverb(call, app)?,
        "schedule:list" => workers::schedule(call, app)?,
        "banner:show" => return banner::show(call, app, rest),
        "banner:hide" => banner::hide(call, app)?,
        _ => return Err(Stop::new(1, format!("\n   ERROR  Command \"{command}\" is not defined.\n"))),
    }
    Ok(0)
}

/// Says `text` the way the framework says that something went well.
fn info(call: &Call, text: &str) -> Result<(), Stop> {
    call.say(&format!("\n   INFO  {text}\n"))
}

/// Returns one line of a two-column listing: `left`, dots, `right`.
fn dotted(left: &str, right: &str) -> String {
    let dots = 70_usize.saturating_sub(left.chars().count() + right.chars().count()).max(3);
    format!("  {left} {} {right}", ".".repeat(dots))
}
