//! Horizon, Reverb and the scheduler: long-lived processes that keep the code they were started with until they are restarted.

use regex::Regex;

use super::super::app::App;
use super::super::call::{Call, Stop};
use super::super::state::{self, Fields};
use super::{dotted, info};

/// Ends Horizon; its supervisor starts it again at once, with the code that is checked out.
pub fn terminate(call: &Call, app: &App) -> Result<(), Stop> {
    info(call, "Sending TERM signal to processes.")?;
    restart(call, app, "horizon")?;
    call.say(&dotted("Process: horizon", "DONE"))
}

/// Tells whether Horizon runs, and which code; exit code 2 if it does not run.
pub fn status(call: &Call, app: &App) -> Result<u8, Stop> {
    let Some(running) = Fields::read(&call.state("horizon"))? else {
        call.say("\n   ERROR  Horizon is inactive.\n")?;
        return Ok(2);
    };
    info(call, "Horizon is running.")?;
    let behind =
        if running.get("commit") == app.commit()? { "" } else { ", not the code that is checked out" };
    call.say(&dotted("Code", &format!("{}{behind}", running.get("version"))))?;
    Ok(0)
}

/// Restarts the WebSocket server.
pub fn reverb(call: &Call, app: &App) -> Result<(), Stop> {
    restart(call, app, "reverb")?;
    info(call, "Broadcasting Reverb restart signal.")
}

/// Lists the scheduled commands of `routes/console.php`.
pub fn schedule(call: &Call, app: &App) -> Result<(), Stop> {
    let text = app.disk("routes/console.php").unwrap_or_default();
    let Ok(line) = Regex::new(r"command\('([^']+)'\)->(\w+)\(") else { return Ok(()) };
    for (_, [command, when]) in line.captures_iter(&text).map(|found| found.extract()) {
        call.say(&dotted(&format!("php artisan {command}"), when))?;
    }
    Ok(())
}

fn restart(call: &Call, app: &App, name: &str) -> Result<(), Stop> {
    let version = app.disk("VERSION").unwrap_or_default();
    let fields = Fields::default().with("commit", &app.commit()?).with("version", version.trim());
    call.pause(200);
    state::write(&call.root, &call.state(name), &fields.text())
}
