//! `npm ci` and `npm run build`: installs what `package-lock.json` says, and builds the commit that is checked out.

use std::fs;
use std::io::ErrorKind;

use super::app::App;
use super::call::{Call, Stop};
use super::packages::{Packages, offered};
use super::state::{self, Fields};

/// What is installed, where npm records it.
pub const INSTALLED: &str = "node_modules/.package-lock.json";
/// The build, where Next records its id; ours also holds what was built in.
pub const BUILD: &str = ".next/BUILD_ID";

/// Runs `npm`.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let app = App::here(call)?;
    let words = call.words();
    if app.disk("package.json").is_none() {
        return Err(Stop::new(
            254,
            format!("npm error enoent Could not read package.json in {}", call.cwd.display()),
        ));
    }
    match words.as_slice() {
        ["ci" | "clean-install", ..] => install(call, &app),
        ["run" | "run-script", "build", ..] => build(call, &app),
        ["run" | "run-script", script, ..] => {
            Err(Stop::new(1, format!("npm error Missing script: \"{script}\"")))
        }
        other => Err(Stop::new(1, format!("Unknown command: \"{}\"", other.join(" ")))),
    }
}

fn install(call: &Call, app: &App) -> Result<u8, Stop> {
    let lock_text = app.disk("package-lock.json").ok_or_else(|| {
        Stop::new(1, "npm error code EUSAGE\nnpm error The `npm ci` command can only install with an existing package-lock.json")
    })?;
    let lock = Packages::npm(&lock_text);
    if let Some((name, version)) =
        Packages::wanted(&app.disk("package.json").unwrap_or_default()).not_in(&lock).next()
    {
        let text = "npm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.";
        return Err(Stop::new(1, format!("{text}\nnpm error Missing: {name}@{version} from lock file")));
    }
    match fs::remove_dir_all(clean(call, app)?) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    for (name, version) in lock.iter() {
        if !offered(&call.root, name, version)? {
            let text = format!(
                "npm error code E404\nnpm error 404 Not Found - '{name}@{version}' is not in this registry."
            );
            return Err(Stop::new(1, text));
        }
        call.pause(250);
    }
    state::write(&call.root, &app.path(INSTALLED), &lock_text)?;
    call.say(&format!(
        "\nadded {} packages, and audited {} packages\n\nfound 0 vulnerabilities",
        lock.len(),
        lock.len() + 1
    ))?;
    Ok(0)
}

/// Returns `node_modules`, which `npm ci` removes first, once it is sure to lie inside the demo.
fn clean(call: &Call, app: &App) -> Result<std::path::PathBuf, Stop> {
    let modules = app.path("node_modules");
    if modules.starts_with(&call.root) && !modules.is_symlink() {
        return Ok(modules);
    }
    Err(Stop::new(
        126,
        format!("{}: outside the demo's directory, so a stand-in does not touch it", modules.display()),
    ))
}

fn build(call: &Call, app: &App) -> Result<u8, Stop> {
    let commit = app.commit()?;
    let version = app.disk("VERSION").unwrap_or_default();
    call.say(&format!("\n> ispeaker-web@{} build\n> next build\n", version.trim().trim_start_matches('v')))?;
    let Some(installed) = app.disk(INSTALLED) else {
        return Err(Stop::new(127, "sh: 1: next: not found"));
    };
    if let Some((name, _)) = Packages::npm(&app.disk("package-lock.json").unwrap_or_default())
        .not_in(&Packages::npm(&installed))
        .next()
    {
        return Err(Stop::new(1, format!("Failed to compile.\n\nModule not found: Can't resolve '{name}'")));
    }
    let environment = Fields::parse(&app.disk(".env.production").unwrap_or_default());
    let needed = Fields::parse(&app.disk(".env.example").unwrap_or_default());
    if let Some(name) = needed.not_among(&environment.names()) {
        return Err(Stop::new(1, format!("Failed to compile.\n\n{name} is not set in .env.production")));
    }
    let api = environment.get("NEXT_PUBLIC_API_URL");
    call.say("   Creating an optimized production build ...")?;
    call.pause(1500);
    let fields = Fields::default().with("commit", &commit).with("api", api).with("version", version.trim());
    state::write(&call.root, &app.path(BUILD), &fields.text())?;
    call.say(" ✓ Compiled successfully\n ✓ Generating static pages (4/4)\n")?;
    call.say("Route (app)\n┌ ○ /ar\n├ ○ /en\n├ ƒ /ar/courses/[slug]\n└ ƒ /en/courses/[slug]")?;
    Ok(0)
}
