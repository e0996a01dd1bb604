//! `gonogo help`: the manual's pages.

use crate::cli::args::{Cli, Help as Args};
use crate::cli::exit::Exit;
use crate::cli::print;
use crate::runtime::Fail;

const PAGES: [(&str, &str); 2] = [
    ("log", include_str!("../../assets/manual/log.md")),
    ("exit-codes", include_str!("../../assets/manual/exit-codes.md")),
];

/// Runs `gonogo help`.
pub fn help(args: &Args) -> Result<Exit, Fail> {
    use clap::CommandFactory as _;
    let Some(topic) = &args.topic else {
        print(&Cli::command().render_help().to_string())?;
        print(&format!("\nPages of the manual, each by gonogo help PAGE: {}\n", names()))?;
        return Ok(Exit::Done);
    };
    if let Some((_, text)) = PAGES.iter().find(|(name, _)| name == topic) {
        print(text)?;
        return Ok(Exit::Done);
    }
    let mut cli = Cli::command();
    match cli.find_subcommand_mut(topic) {
        Some(command) => {
            print(&command.render_long_help().to_string())?;
            Ok(Exit::Done)
        }
        None => Err(Fail::Usage(format!("there is no page {topic}; there are: {}", names()))),
    }
}

fn names() -> String {
    PAGES.map(|(name, _)| name).join(", ")
}
