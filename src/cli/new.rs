//! `gonogo new`: starters. Never overwrites a file.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::cli::args::{New as Args, Starter};
use crate::cli::exit::Exit;
use crate::cli::{print, say};
use crate::runbook::shipped;
use crate::runtime::Fail;

/// Runs `gonogo new`.
pub fn new(args: &Args) -> Result<Exit, Fail> {
    let name = match args.starter {
        Starter::Release => "release",
        Starter::Rollback => "rollback",
        Starter::RestoreDrill => "restore-drill",
        Starter::Change => "change",
        Starter::Blank => "blank",
    };
    let missing = || Fail::System(format!("the starter {name} is missing from this program"));
    let text = shipped::get(&format!("starters/{name}.md")).ok_or_else(missing)?;
    let Some(path) = &args.output else {
        print(text)?;
        say::err(&format!("next: write it to a file: gonogo new {name} -o {}.md", name.to_uppercase()));
        return Ok(Exit::Done);
    };
    write(path, text)?;
    let shown = crate::text::sanitize(&path.to_string_lossy()).into_owned();
    say::out(&format!("written to {shown}"));
    say::out(&format!("next: put your own boxes, commands and hosts in it, then: gonogo check {shown}"));
    say::out(&format!("then: gonogo run {shown}"));
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<(), Fail> {
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::AlreadyExists => {
            Fail::Usage(format!("{} exists; it is not overwritten: choose another name", path.display()))
        }
        _ => Fail::System(format!("{} cannot be written: {e}", path.display())),
    };
    let mut file = std::fs::File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
