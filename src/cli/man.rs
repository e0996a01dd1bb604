//! `gonogo man`: manual pages, made of the same list of commands that the program reads.

use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::cli::args::{Cli, Man as Args};
use crate::cli::exit::Exit;
use crate::cli::{print, say};
use crate::runtime::{Fail, record};

/// Runs `gonogo man`.
pub fn man(args: &Args) -> Result<Exit, Fail> {
    let mut cli = Cli::command();
    cli.build();
    let Some(dir) = &args.dir else {
        print(&page(&cli)?)?;
        return Ok(Exit::Done);
    };
    let failed =
        |path: &Path, e: std::io::Error| Fail::System(format!("{} cannot be written: {e}", path.display()));
    std::fs::create_dir_all(dir).map_err(|e| failed(dir, e))?;
    let mut commands = vec![&cli];
    let mut next = 0;
    while let Some(command) = commands.get(next).copied() {
        commands.extend(command.get_subcommands().filter(|c| !c.is_hide_set()));
        next += 1;
    }
    for command in &commands {
        let path = dir.join(format!("{}.1", name(command)));
        record::replace(&path, &page(command)?).map_err(|e| failed(&path, e))?;
    }
    say::err(&format!("{} pages written to {}", commands.len(), dir.display()));
    Ok(Exit::Done)
}

/// Returns the name of a page: `gonogo`, `gonogo-run`.
fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn page(command: &Command) -> Result<String, Fail> {
    let mut text = Vec::new();
    let page = Man::new(command.clone()).title(name(command)).manual("gonogo manual");
    page.render(&mut text).map_err(|e| Fail::System(format!("the page cannot be made: {e}")))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
