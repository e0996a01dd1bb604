//! `composer install`: makes `vendor` what `composer.lock` says, package by package, from the demo's registry.

use super::app::App;
use super::call::{Call, Stop};
use super::packages::{Packages, offered};
use super::state;

/// The record of what is installed, where composer has it.
const INSTALLED: &str = "vendor/composer/installed.json";

/// Runs `composer`; progress goes to standard error, as composer's does.
pub fn run(call: &Call) -> Result<u8, Stop> {
    match call.args.first().map(String::as_str) {
        Some("install") => install(call),
        Some("--version" | "-V") => {
            call.say("Composer 2.9 (stand-in of the gonogo demo)")?;
            Ok(0)
        }
        other => Err(Stop::new(1, format!("Command \"{}\" is not defined.", other.unwrap_or_default()))),
    }
}

fn install(call: &Call) -> Result<u8, Stop> {
    let app = App::here(call)?;
    let Some(text) = app.disk("composer.lock") else {
        return Err(Stop::new(
            1,
            format!("Composer could not find a composer.lock file in {}", call.cwd.display()),
        ));
    };
    let lock = Packages::composer(&text);
    let installed = Packages::composer(&app.disk(INSTALLED).unwrap_or_default());
    let wanted: Vec<_> = lock.not_in(&installed).collect();
    let gone = installed.iter().filter(|(name, _)| !lock.iter().any(|(other, _)| other == *name)).count();
    call.note("Installing dependencies from lock file\nVerifying lock file contents can be installed on current platform.")?;
    if wanted.is_empty() && gone == 0 {
        call.note("Nothing to install, update or remove")?;
    } else {
        call.note(&format!("Package operations: {} installs, {gone} removals", wanted.len()))?;
        for (name, version) in wanted {
            call.note(&format!("  - Downloading {name} ({version})"))?;
            if !offered(&call.root, name, version)? {
                return Err(Stop::new(
                    100,
                    format!(
                        "\n  Failed to download {name} from dist: the file could not be downloaded (HTTP/2 404)\n"
                    ),
                ));
            }
            call.pause(350);
            call.note(&format!("  - Installing {name} ({version}): Extracting archive"))?;
        }
    }
    state::write(&call.root, &app.path("vendor/autoload.php"), "<?php\n")?;
    state::write(&call.root, &app.path(INSTALLED), &text)?;
    let optimised = call.has("--optimize-autoloader") || call.has("-o");
    call.note(if optimised { "Generating optimized autoload files" } else { "Generating autoload files" })?;
    Ok(0)
}
