//! `gonogo new`, `completions` and `man`: made of what the program knows, and they never overwrite work.

use std::fs;
use std::process::Command;

use clap::CommandFactory as _;
use gonogo::cli::args::Cli;

use crate::support::binary::Sandbox;

const STARTERS: [&str; 5] = ["release", "rollback", "restore-drill", "change", "blank"];

/// Returns the names of the commands that people see.
fn commands() -> Vec<String> {
    let cli = Cli::command();
    cli.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect()
}

#[test]
fn a_starter_is_written_once_and_the_next_step_named() {
    let sandbox = Sandbox::new("new");
    for name in STARTERS {
        let file = format!("{name}.md");
        let shown = sandbox.run(["new", name, "-o", &file]);
        shown.exits(0).tells(&format!("gonogo check {file}")).tells(&format!("gonogo run {file}"));
        let text = fs::read_to_string(sandbox.path(&file)).expect("written");
        assert_eq!(sandbox.run(["new", name]).exits(0).out, text);
        fs::write(sandbox.path(&file), "mine").expect("written");
        sandbox.run(["new", name, "-o", &file]).exits(2).only_says("is not overwritten");
        assert_eq!(fs::read_to_string(sandbox.path(&file)).expect("read"), "mine");
    }
    sandbox.run(["new", "something"]).exits(2);
}

#[test]
fn every_starter_is_clean_and_has_its_phases() {
    let sandbox = Sandbox::new("new");
    for name in STARTERS {
        let file = format!("{name}.md");
        sandbox.run(["new", name, "-o", &file]).exits(0);
        sandbox.run(["check", &file]).exits(0).tells("nothing to say");
        sandbox.run(["check", "--strict", &file]).exits(0).tells("nothing to say");
        let shown = sandbox.run(["outline", &file, "--json"]);
        let json: serde_json::Value = serde_json::from_str(&shown.exits(0).out).expect("JSON");
        let walked: Vec<&serde_json::Value> =
            json["phases"].as_array().expect("phases").iter().filter(|p| p["boxes"][0].is_object()).collect();
        let stages: Vec<&str> = walked.iter().filter_map(|p| p["stage"].as_str()).collect();
        assert_eq!(stages, ["pre", "during", "post", "other"], "{name}");
        assert_eq!(walked[3]["rollback"], true, "{name}");
        let text = fs::read_to_string(sandbox.path(&file)).expect("read");
        assert_eq!(text.matches("About ").count(), 4, "{name}: minutes for each phase");
        let lower = text.to_lowercase();
        assert!(["share of failed", "metric"].iter().any(|words| lower.contains(words)), "{name}");
        sandbox.run(["plan", &file]).exits(0).tells("If it is rolled back:");
    }
}

#[test]
fn completions_know_every_command_and_are_scripts() {
    let sandbox = Sandbox::new("completions");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let shown = sandbox.run(["completions", shell]);
        for name in commands() {
            shown.exits(0).tells(&name);
        }
    }
    for shell in ["bash", "zsh"] {
        let script = sandbox.write("script", sandbox.run(["completions", shell]).out);
        if let Ok(read) = Command::new(shell).arg("-n").arg(&script).output() {
            assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        }
    }
}

/// What stands in a page: a title, the sections that every page has, each option, and only requests that roff knows.
fn page(text: &str) {
    assert!(text.contains("\n.TH ") || text.starts_with(".TH "), "{text}");
    for section in [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION"] {
        assert!(text.contains(section), "{section} is missing:\n{text}");
    }
    let known =
        [".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".RS", ".RE", ".br", ".IP", ".PP", ".nf", ".fi", ".sp"];
    for line in text.lines().filter(|l| l.starts_with('.')) {
        let request = line.split_whitespace().next().unwrap_or_default();
        assert!(known.contains(&request), "{line}");
    }
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let sandbox = Sandbox::new("man");
    let shown = sandbox.run(["man"]);
    page(&shown.exits(0).out);
    sandbox.run(["man", "--dir", "pages"]).exits(0).says("pages written to pages");
    let mut files: Vec<String> = fs::read_dir(sandbox.path("pages"))
        .expect("pages")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut wanted: Vec<String> = commands().iter().map(|name| format!("gonogo-{name}.1")).collect();
    wanted.push("gonogo.1".to_owned());
    let below = ["backup", "info", "init", "move", "rotate"];
    wanted.extend(below.map(|name| format!("gonogo-log-{name}.1")));
    wanted.sort();
    assert_eq!(files, wanted);
    for file in files {
        let path = sandbox.path("pages").join(&file);
        page(&fs::read_to_string(&path).expect("read"));
        // Where groff is there, it has nothing to say.
        let read = Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).arg(&path).output();
        if let Ok(read) = read {
            assert!(
                read.status.success() && read.stderr.is_empty(),
                "{}",
                String::from_utf8_lossy(&read.stderr)
            );
        }
    }
}

#[test]
fn every_new_command_has_an_example() {
    let sandbox = Sandbox::new("help");
    for name in ["plan", "hosts", "outline", "print", "new", "completions", "man"] {
        sandbox.run([name, "--help"]).exits(0).tells("Example: gonogo ");
    }
    for name in ["backup", "info", "init", "move", "rotate"] {
        sandbox.run(["log", name, "--help"]).exits(0).tells("Example: gonogo ");
    }
}
