//! An unannotated block taken apart at its top-level comments (point 6 of the format); pure, work linear.
//!
//! Such blocks hold alternatives: deploy, and deploy with `--fresh`; back up, and restore. A comment on a line of its
//! own begins a step that lasts to the next one. A comment behind a command labels that command alone, so what follows
//! it begins another step. A command that does not end by itself always stands alone.

use std::ops::Range;

use super::judge::{Verdict, judge};
use super::scan::{Command, Scan, Span, index, small};

/// One step of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its lines of the script, its own comment included.
    pub lines: Range<usize>,
    /// What its comment says.
    pub label: Option<String>,
    /// Its first command.
    pub command: String,
    /// Whether it is a single command.
    pub single: bool,
    /// What its commands do.
    pub verdict: Verdict,
}

/// Returns the steps of the script whose lines are `lines` and that `scan` describes.
#[must_use]
pub fn pieces(scan: &Scan, lines: &[&str]) -> Vec<Piece> {
    let mut cutter = Cutter { scan, lines, out: Vec::new(), label: None, closed: true };
    let mut comments = scan.comments.iter().peekable();
    for command in &scan.commands {
        while let Some(comment) = comments.next_if(|c| c.line < command.lines.start) {
            cutter.comment(index(comment.line), scan.at(comment.text));
        }
        cutter.command(command);
    }
    cutter.finish()
}

/// Returns the whole script as one step.
#[must_use]
pub fn whole(scan: &Scan, lines: &[&str]) -> Piece {
    let all = Span { start: 0, end: small(scan.simples.len()) };
    let first = scan.commands.first();
    Piece {
        lines: 0..lines.len(),
        label: None,
        command: first.map(|c| command_text(lines, c)).unwrap_or_default(),
        single: scan.commands.len() == 1,
        verdict: judge(scan, all),
    }
}

struct Cutter<'s> {
    scan: &'s Scan,
    lines: &'s [&'s str],
    out: Vec<Piece>,
    /// The label that waits for its command: its first line, its last line, what it says.
    label: Option<(usize, usize, String)>,
    /// Whether the last step takes no more commands.
    closed: bool,
}

impl Cutter<'_> {
    /// Comment lines that follow each other are one label; behind a blank line the later one counts.
    fn comment(&mut self, line: usize, text: &str) {
        self.label = Some(match self.label.take() {
            Some((first, last, label)) if last + 1 == line => (first, line, label),
            Some((first, ..)) => (first, line, text.to_owned()),
            None => (line, line, text.to_owned()),
        });
    }

    fn command(&mut self, command: &Command) {
        let verdict = judge(self.scan, command.simples);
        let behind = command.comment.map(|(text, _)| self.scan.at(text));
        let alone = behind.is_some() || verdict.endless.is_some();
        if self.closed || alone || self.label.is_some() {
            let label = self.label.take();
            let start = label.as_ref().map_or(index(command.lines.start), |(first, ..)| *first);
            let label = match (label, behind) {
                (Some((.., label)), Some(behind)) => Some(format!("{label}: {behind}")),
                (Some((.., label)), None) => Some(label),
                (None, behind) => behind.map(str::to_owned),
            };
            if let Some(last) = self.out.last_mut() {
                last.lines.end = start;
            }
            let command = command_text(self.lines, command);
            let lines = if self.out.is_empty() { 0 } else { start }..self.lines.len();
            self.out.push(Piece { lines, label, command, single: true, verdict });
        } else if let Some(last) = self.out.last_mut() {
            last.single = false;
            last.verdict.danger = last.verdict.danger.take().or(verdict.danger);
            last.verdict.terminal = last.verdict.terminal.take().or(verdict.terminal);
            last.verdict.root |= verdict.root;
        }
        self.closed = alone;
    }

    fn finish(mut self) -> Vec<Piece> {
        for piece in &mut self.out {
            let text = self.lines.get(piece.lines.clone()).unwrap_or_default();
            let blank = text.iter().rev().take_while(|line| line.trim().is_empty()).count();
            piece.lines.end -= blank;
        }
        self.out
    }
}

/// Returns the text of `command` in one line, without the comment behind it, at most some two hundred letters.
#[must_use]
pub fn command_text(lines: &[&str], command: &Command) -> String {
    let Span { start, end } = command.lines;
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate().take(index(end)).skip(index(start)) {
        let line = match command.comment {
            Some((_, column)) if at + 1 == index(end) => line.get(..index(column)).unwrap_or(line),
            _ => line,
        };
        let line = line.trim();
        let whole = line.strip_suffix('\\').map_or(line, str::trim_end);
        text.push_str(if text.is_empty() { "" } else { " " });
        text.push_str(whole);
        // A here-document, a construct or a text of several lines is told by its first line.
        if whole.len() == line.len() || text.len() > 200 {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::*;

    /// The steps of `script`: label or command, and the lines.
    fn cut(script: &str) -> Vec<String> {
        let lines: Vec<&str> = script.lines().collect();
        let pieces = pieces(&scan(script), &lines);
        pieces
            .into_iter()
            .map(|p| format!("{}|{}", p.label.unwrap_or(p.command), lines[p.lines].join("~")))
            .collect()
    }

    #[test]
    fn labels_begin_steps_and_last_to_the_next() {
        assert_eq!(
            cut("cd /a\nb\n\n# One\nc\nd\n\n# Two\ne\n"),
            ["cd /a|cd /a~b", "One|# One~c~d", "Two|# Two~e"]
        );
        assert_eq!(cut("a\nb"), ["a|a~b"]);
        assert_eq!(
            cut("# One\n# more of it\n\n# The label\na"),
            ["The label|# One~# more of it~~# The label~a"]
        );
        assert_eq!(cut("#!/bin/sh\n# ----\na\n# after\n"), ["a|#!/bin/sh~# ----~a~# after"]);
    }

    #[test]
    fn comments_behind_commands_label_them_alone() {
        assert_eq!(
            cut("cd /a\nb # std\nc --fresh # all\nd\ne"),
            ["cd /a|cd /a", "std|b # std", "all|c --fresh # all", "d|d~e"]
        );
        assert_eq!(cut("# Do\na # first\nb"), ["Do: first|# Do~a # first", "b|b"]);
    }

    #[test]
    fn what_does_not_end_stands_alone() {
        assert_eq!(
            cut("# Logs\ncd /var/log\ntail -f a\ntail -f b\nls"),
            ["Logs|# Logs~cd /var/log", "tail -f a|tail -f a", "tail -f b|tail -f b", "ls|ls"]
        );
    }

    #[test]
    fn constructs_are_never_cut() {
        for script in [
            "if a; then\n# no\nb # no\nfi",
            "f() {\n  # no\n  b # no\n}",
            "(\n# no\na\n# no\nb\n)",
            "cat <<E\n# no\nb # no\nE",
            "echo '\n# no\n'",
            "a \\\n  b \\\n  c",
            "case $a in\n# no\nx) b # no\n;;\nesac",
            "for i in 1; do\n# no\na\ndone",
            "while a; do # no\nb\ndone",
            "a |\n# no\nb",
            "x=$(\n# no\na\n)",
            "a=(\n# no\n1\n)",
            "{\n# no\na\n}",
        ] {
            assert_eq!(cut(script).len(), 1, "{script}");
        }
    }
}
