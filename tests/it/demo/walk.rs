//! A walk through a shipped runbook by a few lines of test code: its fences in order, and nothing of the product in between.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gonogo::demo::world::World;
use regex::Regex;

use super::place::Ended;

const DEMO: &str = include_str!("../../../runbooks/ispeaker/demo.yaml");

pub type Values = BTreeMap<String, String>;

/// A fence: the annotations of its box's condition and its own, and the script.
struct Fence {
    notes: BTreeMap<String, String>,
    boxed_if: Option<String>,
    script: String,
}

impl Fence {
    fn note(&self, key: &str) -> Option<&str> {
        self.notes.get(key).map(String::as_str)
    }

    fn name(&self) -> &str {
        self.note("name").expect("every fence has a name")
    }
}

fn notes(text: &str) -> BTreeMap<String, String> {
    text.split_whitespace()
        .map(|word| word.split_once('=').unwrap_or((word, "")))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
}

fn fences(text: &str) -> Vec<Fence> {
    let fence = Regex::new(r"^ *```sh (.*)$").expect("a pattern");
    let comment = Regex::new(r"^ *- \[ \].*<!-- gonogo: (.*) -->$").expect("a pattern");
    let (mut found, mut boxed_if, mut open): (Vec<Fence>, _, bool) = (Vec::new(), None, false);
    for line in text.lines() {
        if let Some(head) = comment.captures(line) {
            boxed_if = notes(head.get(1).map_or("", |m| m.as_str())).remove("if");
        } else if let Some(head) = fence.captures(line) {
            found.push(Fence {
                notes: notes(head.get(1).map_or("", |m| m.as_str())),
                boxed_if: boxed_if.clone(),
                script: String::new(),
            });
            open = true;
        } else if line.trim() == "```" {
            open = false;
        } else if open {
            let last = found.last_mut().expect("an open fence");
            last.script.push_str(line.trim_start());
            last.script.push('\n');
        }
    }
    found
}

/// The variables of the demo's environment file.
pub fn environment() -> Values {
    let line = Regex::new(r"(?m)^    ([A-Z_]+): '?([^'\n]+)'?$").expect("a pattern");
    line.captures_iter(DEMO).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// Runs the fences in order, carrying the directory of each host and what is captured; stops at the first that fails.
///
/// `start` runs a script with `sh -e` on a host, in a directory, with variables.
pub fn walk(
    world: &World,
    text: &str,
    values: &mut Values,
    mut start: impl FnMut(&str, &Path, &[(&str, &str)], &str) -> Ended,
) -> Result<(), (String, Ended)> {
    let mut directories: BTreeMap<&str, PathBuf> = BTreeMap::new();
    for fence in fences(text) {
        let conditions = fence.boxed_if.iter().map(String::as_str).chain(fence.note("if"));
        if conditions
            .map(|name| values.get(name).unwrap_or_else(|| panic!("{name} has no value")))
            .any(|v| v == "no")
        {
            continue;
        }
        let hosts: &[&str] = match fence.note("on").expect("every fence names a role") {
            "api" if fence.note("once").is_some() => &["api-1"],
            "api" => &["api-1", "api-2"],
            "web" => &["web-1"],
            "db" => &["db-1"],
            other => panic!("no role {other}"),
        };
        for host in hosts {
            let home = world.home(host);
            let cwd = directories.get(host).unwrap_or(&home).clone();
            let vars: Vec<(&str, &str)> = values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let script = format!("{}pwd -P > \"$HOME/cwd\"\n", fence.script);
            let ended = start(host, &cwd, &vars, &script);
            let expected =
                fence.note("expect").is_none_or(|re| Regex::new(re).expect("a pattern").is_match(&ended.out));
            if ended.code != 0 || !expected {
                return Err((fence.name().to_owned(), ended));
            }
            if fence.note("check").is_none() {
                directories
                    .insert(host, fs::read_to_string(home.join("cwd")).expect("a directory").trim().into());
            }
            if let Some(name) = fence.note("capture") {
                let re = Regex::new(fence.note("match").unwrap_or(".+")).expect("a pattern");
                let value =
                    re.find(&ended.out).unwrap_or_else(|| panic!("{name}: {ended:?}")).as_str().to_owned();
                assert!(
                    values.get(name).is_none_or(|other| *other == value || *host == hosts[0]),
                    "hosts disagree on {name}"
                );
                values.insert(name.to_owned(), value);
            }
        }
    }
    Ok(())
}
