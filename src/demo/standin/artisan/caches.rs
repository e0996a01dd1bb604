//! The framework's caches: each remembers the commit it was made from, so that a stale one can be told, and the configuration its `.env`.

use std::os::unix::fs::symlink;

use super::super::app::App;
use super::super::call::{Call, Stop};
use super::super::state::{self, Fields};
use super::info;

/// The caches: the word of the command, the file, and what is said.
pub const CACHES: [(&str, &str, &str); 4] = [
    ("config", "bootstrap/cache/config.php", "Configuration"),
    ("route", "bootstrap/cache/routes-v7.php", "Routes"),
    ("view", "storage/framework/views/index.php", "Blade templates"),
    ("event", "bootstrap/cache/events.php", "Events"),
];

/// Makes the cache that `command` names from the commit that is checked out.
pub fn cache(call: &Call, app: &App, command: &str) -> Result<(), Stop> {
    let mut fields = Fields::default().with("commit", &app.commit()?);
    let (word, file, what) = find(command)?;
    if word == "config" {
        let environment = Fields::parse(&app.disk(".env").unwrap_or_default());
        fields = fields
            .with("db_password", environment.get("DB_PASSWORD"))
            .with("db_database", environment.get("DB_DATABASE"))
            .with("set", &environment.names());
    }
    call.pause(120);
    state::write(&call.root, &app.path(file), &fields.text())?;
    info(call, &format!("{what} cached successfully."))
}

/// Removes the cache that `command` names.
pub fn clear(call: &Call, app: &App, command: &str) -> Result<(), Stop> {
    let (_, file, what) = find(command)?;
    state::remove(&call.root, &app.path(file))?;
    info(call, &format!("{what} cache cleared successfully."))
}

/// Links `public/storage` to the files that users uploaded; a link that is there already is no failure, as in the framework.
pub fn link(call: &Call, app: &App) -> Result<(), Stop> {
    let (link, target) = (app.path("public/storage"), app.path("storage/app/public"));
    if link.symlink_metadata().is_ok() {
        return call.say("\n   ERROR  The [public/storage] link already exists.\n");
    }
    state::write(&call.root, &target.join(".gitignore"), "*\n")?;
    symlink("../storage/app/public", link)?;
    info(call, "The [public/storage] link has been connected to [storage/app/public].")
}

fn find(command: &str) -> Result<(&'static str, &'static str, &'static str), Stop> {
    let word = command.split(':').next().unwrap_or_default();
    CACHES
        .into_iter()
        .find(|(name, _, _)| *name == word)
        .ok_or_else(|| Stop::new(1, format!("no cache is called {word}")))
}
