//! `php`: the version, and `php artisan …` in a checkout that has its packages.

use super::app::App;
use super::artisan;
use super::call::{Call, Stop};
use super::packages::Packages;

/// Runs `php`.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let words = call.words();
    match words.as_slice() {
        ["-v" | "--version", ..] => {
            call.say("PHP 8.3 (stand-in of the gonogo demo)")?;
            Ok(0)
        }
        ["artisan", rest @ ..] => {
            let app = App::here(call)?;
            if app.disk("artisan").is_none() {
                call.say("Could not open input file: artisan")?;
                return Ok(1);
            }
            boot(&app)?;
            artisan::run(call, &app, rest)
        }
        [file, ..] => {
            call.say(&format!("Could not open input file: {file}"))?;
            Ok(1)
        }
        [] => Err(Stop::new(2, "the php of the demo wants a file to run")),
    }
}

/// Starts the application as every artisan command does: it needs each package of the lock file that is checked out.
fn boot(app: &App) -> Result<(), Stop> {
    let Some(installed) = app.disk("vendor/composer/installed.json") else {
        return Err(Stop::new(255, "PHP Fatal error:  Failed opening required 'vendor/autoload.php'"));
    };
    let lock = Packages::composer(&app.disk("composer.lock").unwrap_or_default());
    match lock.not_in(&Packages::composer(&installed)).next() {
        Some((name, version)) => Err(Stop::new(
            255,
            format!("PHP Fatal error:  Uncaught Error: Class not found: {name} {version} is not installed"),
        )),
        None => Ok(()),
    }
}
