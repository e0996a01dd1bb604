//! The README shows the screen as it really looks.

use std::fs;

use super::scenes;

const START: &str = "a test keeps it true. -->\n```text\n";

/// The frame in the README is the one that the program draws; `GONOGO_UPDATE=1` writes it anew.
#[test]
fn the_frame_in_the_readme_is_the_screen() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = fs::read_to_string(path).expect("the README");
    let (before, rest) = readme.split_once(START).expect("the frame's place");
    let (frame, after) = rest.split_once("```\n").expect("the frame's end");
    let drawn = format!("{}\n", scenes::running().text().trim_end());
    if std::env::var_os("GONOGO_UPDATE").is_some() {
        fs::write(path, format!("{before}{START}{drawn}```\n{after}")).expect("the README can be written");
    } else {
        assert!(frame == drawn, "the README shows another screen; GONOGO_UPDATE=1 renews it\n{drawn}");
    }
}

/// Every command that the README names is one that the program knows.
#[test]
fn the_commands_in_the_readme_exist() {
    use clap::CommandFactory as _;
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("the README");
    let cli = gonogo::cli::args::Cli::command();
    let mut seen = 0;
    for line in readme.lines().filter_map(|l| l.trim_start_matches('`').strip_prefix("gonogo ")) {
        let name = line.split_whitespace().next().unwrap_or_default();
        if name.chars().all(|c| c.is_ascii_lowercase()) && cli.get_subcommands().any(|c| c.get_name() == name)
        {
            seen += 1;
        } else {
            assert!(line.starts_with("runs a team"), "the README names no command of ours: {line}");
        }
    }
    assert!(seen >= 6, "{seen}");
}
