//! `gonogo help`: the manual's pages.

use crate::cli::args::{Cli, Help as Args};
use crate::cli::exit::Exit;
use crate::cli::print;
use crate::diag::codes::{About, CODES, Weight};
use crate::runtime::Fail;
use crate::tui::keymap::{Group, TABLE};

const PAGES: [(&str, &str); 3] = [
    ("format", include_str!("../../assets/manual/format.md")),
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
    if topic == "keys" {
        print(&keys())?;
        return Ok(Exit::Done);
    }
    if topic == "checks" {
        print(&checks())?;
        return Ok(Exit::Done);
    }
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
    format!("{}, checks, keys", PAGES.map(|(name, _)| name).join(", "))
}

/// Returns the page of keys, made from the table that the screen works by.
fn keys() -> String {
    let mut text = String::from(
        "# Keys\n\nWhat works at the moment stands in the last line of the screen; `?` shows all.\n",
    );
    let mut group = None;
    for entry in TABLE {
        if group != Some(entry.group) {
            group = Some(entry.group);
            text.push_str(&format!("\n## {}\n\n", title(entry.group)));
        }
        text.push_str(&format!("    {:<12} {}\n", entry.show, entry.help));
    }
    text
}

/// Returns the page of everything that `gonogo check` can say, made from the table of codes.
fn checks() -> String {
    let mut text = String::from(
        "# What gonogo check says\n\nAn error makes a file unusable: the exit code is 3. A warning wants somebody to look; with --strict it fails the check too.\n",
    );
    for (about, title) in
        [(About::Runbook, "Runbooks"), (About::Other, "Environment, answers and settings files")]
    {
        text.push_str(&format!("\n## {title}\n\n"));
        for code in CODES.iter().filter(|code| code.about == about) {
            let weight = match code.weight {
                Weight::Error => "error",
                Weight::Warning => "warning",
                Weight::Either => "either",
            };
            text.push_str(&format!("    {:<22} {weight:<8} {}\n", code.code, code.meaning));
        }
    }
    text
}

const fn title(group: Group) -> &'static str {
    match group {
        Group::Do => "Do",
        Group::Move => "Move",
        Group::See => "See",
        Group::Take => "Take away",
    }
}
