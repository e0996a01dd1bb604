//! `pm2`: keeps the web application's process; a reload loads the build that lies on disk.

use super::app::App;
use super::call::{Call, Stop};
use super::npm::{BUILD, INSTALLED};
use super::packages::Packages;
use super::state::{self, Fields};

/// The one process that pm2 keeps.
const PROCESS: &str = "ispeaker-web";

/// Runs `pm2`.
pub fn run(call: &Call) -> Result<u8, Stop> {
    let words = call.words();
    match words.as_slice() {
        ["reload" | "restart" | "gracefulReload", name, ..] => reload(call, name),
        ["status" | "ls" | "list", ..] => status(call),
        ["--version", ..] => call.say("pm2 (stand-in of the gonogo demo)").map(|()| 0),
        other => Err(Stop::new(1, format!("[PM2][ERROR] Unknown command {}", other.join(" ")))),
    }
}

/// Starts the build on disk; the old process goes on if that cannot start.
fn reload(call: &Call, name: &str) -> Result<u8, Stop> {
    let app = App::on(&call.root, &call.host, PROCESS);
    if name != PROCESS || app.disk("package.json").is_none() {
        return Err(Stop::new(1, format!("[PM2][ERROR] Process or Namespace {name} not found")));
    }
    call.say(&format!("[PM2] Applying action reloadProcessId on app [{name}](ids: [ 0 ])"))?;
    let build = Fields::read(&app.path(BUILD))?;
    let build = build.ok_or_else(|| {
        Stop::new(1, "[PM2][ERROR] Could not find a production build in the '.next' directory")
    })?;
    let lock = app.at_commit(build.get("commit"), "package-lock.json")?.unwrap_or_default();
    let installed = Packages::npm(&app.disk(INSTALLED).unwrap_or_default());
    if let Some((missing, _)) = Packages::npm(&lock).not_in(&installed).next() {
        return Err(Stop::new(1, format!("[PM2][ERROR] Error: Cannot find module '{missing}'")));
    }
    call.pause(500);
    state::write(&call.root, &call.state("pm2-ispeaker-web"), &build.text())?;
    call.say(&format!("[PM2] [{name}](0) ✓"))?;
    Ok(0)
}

fn status(call: &Call) -> Result<u8, Stop> {
    let running = Fields::read(&call.state("pm2-ispeaker-web"))?;
    call.say("id  name          mode     status   version")?;
    if let Some(running) = running {
        call.say(&format!("0   {PROCESS}  cluster  online   {}", running.get("version")))?;
    }
    Ok(0)
}
