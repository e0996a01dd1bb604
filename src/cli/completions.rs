//! `gonogo completions`: made of the same list of commands that the program reads.

use clap::CommandFactory as _;

use crate::cli::args::{Cli, Completions as Args};
use crate::cli::exit::Exit;
use crate::cli::print;
use crate::runtime::Fail;

/// Runs `gonogo completions`.
pub fn completions(args: &Args) -> Result<Exit, Fail> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "gonogo", &mut text);
    print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
