//! `php artisan down` and `up`: while the flag file lies there, every request is answered 503.

use super::super::app::App;
use super::super::call::{Call, Stop};
use super::super::state;
use super::info;

/// The flag file, where the framework has it.
pub const FLAG: &str = "storage/framework/down";

/// Sets the flag.
pub fn down(call: &Call, app: &App) -> Result<(), Stop> {
    if app.disk(FLAG).is_some() {
        return info(call, "Application is already down.");
    }
    state::write(&call.root, &app.path(FLAG), "down\n")?;
    info(call, "Application is now in maintenance mode.")
}

/// Takes the flag away.
pub fn up(call: &Call, app: &App) -> Result<(), Stop> {
    if app.disk(FLAG).is_none() {
        return info(call, "Application is already up.");
    }
    state::remove(&call.root, &app.path(FLAG))?;
    info(call, "Application is now live.")
}
