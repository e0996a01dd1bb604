//! Every key of an annotation changes what a run does: for each there is a scenario that plays otherwise without it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use gonogo::runbook::keys;

use super::scenarios::{folder, play};

/// Keys that the reader of the file enforces, before there is a run; their tests stand below `tests/it/runbook`.
const READ: [(&str, &str); 7] = [
    ("a code block", "name"),
    ("a code block", "ignore"),
    ("a box", "id"),
    ("a heading", "id"),
    ("a heading", "optional"),
    ("a heading", "required"),
    ("a heading", "irreversible"),
];

/// Returns the kinds of lines that stand for `place` in a scenario.
fn lines_of(place: &str) -> &'static [&'static str] {
    match place {
        "a code block" => &["step ", "inline "],
        "a box" => &["box "],
        "a heading" => &["phase ", "section "],
        _ => &[],
    }
}

/// Returns `setting` without `key` in the lines of its `place`, each time in one of them.
fn without<'a>(setting: &'a str, place: &'a str, key: &'a str) -> impl Iterator<Item = String> + 'a {
    let lines: Vec<&str> = setting.lines().collect();
    // In a scenario the link stands where the file has it in the text of the box.
    let key = if key == "runbook" { "link" } else { key };
    let is_key = move |word: &str| word == key || word.strip_prefix(key).is_some_and(|w| w.starts_with('='));
    (0..lines.len()).filter_map(move |at| {
        let line = lines[at].trim_start();
        if !lines_of(place).iter().any(|kind| line.starts_with(kind)) {
            return None;
        }
        // Quotes keep the words of a value together.
        let mut quoted = false;
        let words: Vec<&str> = line
            .split(|c| {
                quoted ^= c == '"';
                c == ' ' && !quoted
            })
            .collect();
        let kept: Vec<&str> = words.iter().copied().filter(|word| !is_key(word)).collect();
        (kept.len() < words.len()).then(|| {
            let mut all = lines.clone();
            let line = kept.join(" ");
            all[at] = &line;
            all.join("\n")
        })
    })
}

#[test]
fn every_key_is_enforced_by_the_core() {
    let scenarios: Vec<String> = fs::read_dir(folder())
        .expect("the scenarios")
        .map(|entry| fs::read_to_string(entry.expect("a file").path()).expect("a scenario"))
        .collect();
    let mut idle = Vec::new();
    for (place, keys) in keys() {
        for key in keys.into_iter().filter(|_| !lines_of(place).is_empty()) {
            let counts = scenarios.iter().any(|written| {
                let (setting, script) = written.split_once("\nplay\n").expect("a line `play`");
                without(setting, place, key).any(|setting| {
                    // A play that names what the key made is no play without it.
                    let played =
                        catch_unwind(AssertUnwindSafe(|| play(&format!("{setting}\nplay\n{script}"))));
                    played.is_ok_and(|played| played.split_once("\nplay\n").is_some_and(|(_, p)| p != script))
                })
            });
            if counts == READ.contains(&(place, key)) {
                idle.push(format!("`{key}` of {place}"));
            }
        }
    }
    assert!(idle.is_empty(), "no scenario plays otherwise without {}", idle.join(", "));
}
