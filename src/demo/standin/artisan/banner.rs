//! `php artisan banner:show TEXT` and `banner:hide`: the application's own commands for the notice on its pages.

use super::super::app::App;
use super::super::call::{Call, Stop};
use super::super::database::Database;
use super::info;

/// Shows `words` as the notice on every page.
pub fn show(call: &Call, app: &App, words: &[&str]) -> Result<u8, Stop> {
    let text = words.join(" ");
    if text.is_empty() {
        call.note("\n   Not enough arguments (missing: \"text\").\n")?;
        return Ok(1);
    }
    Database::open(&call.root, &app.database())?.set("banner", Some(&text))?;
    info(call, &format!("Banner is shown: {text}"))?;
    Ok(0)
}

/// Takes the notice away.
pub fn hide(call: &Call, app: &App) -> Result<(), Stop> {
    Database::open(&call.root, &app.database())?.set("banner", None)?;
    info(call, "Banner is hidden.")
}
