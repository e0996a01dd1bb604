//! 10,000 inputs that are nearly runbooks: the fixtures, mutated line by line and byte by byte, from fixed seeds.
//!
//! No input may make anything panic, each check box must be exactly one box, and the model must not contradict itself.

use gonogo::diag::{Look, render};
use gonogo::runbook::{check, parse};

use super::properties::{consistent, markers, task_boxes};
use super::tell::COMMANDS;

/// Inputs of each of the four tests.
const INPUTS: u64 = 2_500;
/// Lines of a fixture that an input begins with.
const LINES: usize = 24;
/// What mutations insert.
const PIECES: [&str; 66] = [
    "- [ ] box",
    "  - [x] child",
    "1. [ ] numbered",
    "+ [X] plus",
    "- [ ]",
    "> - [ ] quoted",
    "[ ]",
    "- bullet",
    "3. three",
    "# H1",
    "## Pre",
    "### Section",
    "#### Step 2: go",
    "Label:",
    "**Bold**",
    "",
    "    ",
    "\t",
    "---",
    "===",
    "***",
    "```sh",
    "```",
    "~~~",
    "````",
    "```console",
    "```shel",
    "```sh on=web capture=V match='a(b)'",
    "```sh check once",
    "   ```sh",
    "> ```sh",
    "$ ls -l",
    "user@host:~$ pwd",
    "# a comment",
    "rm -rf /tmp/x # really",
    "cat <<EOF",
    "EOF",
    "echo 'open",
    "echo \"$A ${B:?c} $(d `e`)\"",
    "ssh h",
    "tail -f x",
    "read -p 'v: ' V",
    "<x> {UP} [a b] YOUR_X ...",
    "<details><summary>more</summary>",
    "<details>",
    "</details>",
    "<summary>",
    "<!--",
    "-->",
    "<!-- Paste it -->",
    "<!-- gonogo: id=a -->",
    "- [ ] x <!-- gonogo: value=V match=^v if=W -->",
    "## A <!-- gonogo: choose if=V -->",
    "<div>",
    "{% if x %}",
    "<%= y %>",
    "{{< z >}}",
    "| a | b |",
    "|---|---|",
    "[a]: b.md",
    "[a] [b](c.md) ![d](e)",
    "> [!CAUTION]",
    "!!! danger",
    "\u{feff}",
    "\u{202e}\u{200b}“é本\u{1f600}",
    "wait 30 minutes (optional)",
];
const FILES: [&str; 9] = [
    include_str!("../../fixtures/runbooks/release.md"),
    include_str!("../../fixtures/runbooks/candidate.md"),
    include_str!("../../fixtures/runbooks/issue-template.md"),
    include_str!("../../fixtures/runbooks/oddities.md"),
    include_str!("../../fixtures/runbooks/arabic.md"),
    include_str!("../../fixtures/runbooks/prompts.md"),
    include_str!("../../fixtures/runbooks/nested-numbers.md"),
    include_str!("../../fixtures/runbooks/vote.md"),
    include_str!("../../fixtures/runbooks/server-reference.md"),
];

/// A small generator of numbers, the same everywhere (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).expect("it fits")).expect("it fits")
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// Returns some lines of a fixture.
fn excerpt(numbers: &mut Numbers) -> Vec<String> {
    let lines: Vec<&str> = numbers.of(&FILES).lines().collect();
    let start = if numbers.below(4) == 0 { 0 } else { numbers.below(lines.len()) };
    lines.iter().skip(start).take(1 + numbers.below(LINES)).map(|l| (*l).to_owned()).collect()
}

fn mutate_line(lines: &mut Vec<String>, numbers: &mut Numbers) {
    let at = numbers.below(lines.len());
    match numbers.below(9) {
        0 | 1 => lines.insert(at, numbers.of(&PIECES).to_owned()),
        2 => drop(lines.remove(at)),
        3 => lines.insert(at, lines[at].clone()),
        4 => {
            let other = numbers.below(lines.len());
            lines.swap(at, other);
        }
        5 => lines[at].insert_str(0, numbers.of(&["  ", "    ", " ", "\t", "> ", "- ", "1. "])),
        6 => lines[at] = lines[at].trim_start().to_owned(),
        7 => lines[at].push_str(numbers.of(&PIECES)),
        _ => lines.splice(at..at, excerpt(numbers)).for_each(drop),
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
}

fn input(numbers: &mut Numbers) -> Vec<u8> {
    let mut lines = excerpt(numbers);
    for _ in 0..=numbers.below(12) {
        mutate_line(&mut lines, numbers);
    }
    let end = numbers.of(&["\n", "\n", "\n", "\n", "\r\n", "\r", ""]);
    // Every other input cannot begin with front matter, so that its boxes can be counted.
    let start = if numbers.below(2) == 0 { "x\n\n" } else { "" };
    let mut bytes = format!("{start}{}", lines.join(end)).into_bytes();
    if numbers.below(4) == 0 {
        for _ in 0..=numbers.below(6) {
            let at = numbers.below(bytes.len());
            match numbers.below(3) {
                0 if !bytes.is_empty() => bytes[at] = numbers.of(b"[]`<>!-#*_\\\n \t|&$'\"{}()\xff\xc3x0:="),
                1 => bytes.insert(at, numbers.of(b"[]`<>!-#*_\\\n \t|&$'\"{}()\x00\xe2\xf0")),
                _ => bytes.truncate(at.max(1)),
            }
        }
    }
    bytes
}

fn survives(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let found = match parse("f.md", bytes) {
        Ok((runbook, mut found)) => {
            if text.starts_with("x\n\n") {
                assert_eq!(task_boxes(&runbook), markers(&text), "each check box is one box");
            }
            consistent(&runbook).unwrap_or_else(|e| panic!("{e}"));
            found.extend(check(&runbook, &text, &[]));
            for (_, tell) in COMMANDS {
                let told = tell(&runbook, &text);
                assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "what is told is harmless");
            }
            found
        }
        Err(found) => {
            assert!(found.iter().any(|f| f.is_error()), "what is refused says why");
            found
        }
    };
    for place in found.iter().filter_map(|f| f.place.as_ref()) {
        assert!(place.bytes.end <= bytes.len() && place.line >= 1 && place.column >= 1);
    }
    if found.len() > 2 {
        let shown = render("f.md", &text, &found, Look::Plain);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "what is shown is harmless");
    }
}

fn inputs_are_survived(seed: u64) {
    for n in 0..INPUTS {
        let bytes = input(&mut Numbers(seed * INPUTS + n));
        if let Err(panic) = std::panic::catch_unwind(|| survives(&bytes)) {
            eprintln!("input {n} of seed {seed}:\n{}", String::from_utf8_lossy(&bytes));
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn mutated_runbooks_are_survived_first_quarter() {
    inputs_are_survived(1);
}

#[test]
fn mutated_runbooks_are_survived_second_quarter() {
    inputs_are_survived(2);
}

#[test]
fn mutated_runbooks_are_survived_third_quarter() {
    inputs_are_survived(3);
}

#[test]
fn mutated_runbooks_are_survived_fourth_quarter() {
    inputs_are_survived(4);
}
