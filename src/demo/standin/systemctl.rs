//! `systemctl`: PHP-FPM and nginx. A reload of PHP-FPM loads the code and the caches that lie on disk; until then it serves what it loaded
//! last, as PHP does in production with `opcache.validate_timestamps=0`.

use std::fs;

use super::app::App;
use super::artisan::CACHES;
use super::call::{Call, Stop};
use super::state::{self, Fields};

/// The state file of PHP-FPM: what it loaded.
pub const FPM: &str = "php8.3-fpm";
/// Its configuration below the host's directory.
pub const FPM_CONFIGURATION: &str = "etc/php/8.3/fpm/pool.d/www.conf";

/// Runs `systemctl`.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let words: Vec<&str> = call.words().into_iter().filter(|word| !word.starts_with('-')).collect();
    let (action, unit) = match words.as_slice() {
        [action, unit] => (*action, unit.strip_suffix(".service").unwrap_or(unit)),
        _ => return Err(Stop::new(1, "systemctl wants one action and one unit")),
    };
    let known =
        (call.host.starts_with("api") || call.host == "staging-1") && matches!(unit, "php8.3-fpm" | "nginx");
    let quiet = call.has("--quiet") || call.has("-q");
    match action {
        "is-active" => {
            let active = known && (unit == "nginx" || call.state(FPM).exists());
            if !quiet {
                call.say(if active { "active" } else { "inactive" })?;
            }
            Ok(if active { 0 } else { 3 })
        }
        "reload" | "restart" if !known => {
            Err(Stop::new(5, format!("Failed to {action} {unit}.service: Unit {unit}.service not found.")))
        }
        "reload" | "restart" if !call.sudo => Err(Stop::new(
            1,
            format!("Failed to {action} {unit}.service: Interactive authentication required."),
        )),
        "reload" | "restart" => {
            call.pause(300);
            if unit == "php8.3-fpm" { load(call).map(|()| 0) } else { Ok(0) }
        }
        _ => Err(Stop::new(1, format!("Unknown command verb '{action}'."))),
    }
}

fn load(call: &Call) -> Result<(), Stop> {
    let configuration = call.root.join("hosts").join(&call.host).join(FPM_CONFIGURATION);
    let text = fs::read_to_string(configuration)?;
    let fine = |line: &str| line.is_empty() || line.starts_with([';', '[']) || line.contains(" = ");
    if !text.lines().all(fine) {
        return Err(Stop::new(
            1,
            "Job for php8.3-fpm.service failed because the control process exited with error code.\n\
             See \"systemctl status php8.3-fpm.service\" for details.",
        ));
    }
    let app = App::on(&call.root, &call.host, "ispeaker-api");
    let mut loaded = Fields::default().with("commit", &app.commit()?);
    for (word, file, _) in CACHES {
        if let Some(cache) = Fields::read(&app.path(file))? {
            loaded = loaded.with(word, cache.get("commit"));
            if word == "config" {
                for name in ["db_password", "db_database", "set"] {
                    loaded = loaded.with(name, cache.get(name));
                }
            }
        }
    }
    state::write(&call.root, &call.state(FPM), &loaded.text())
}
