//! Reads shell text line by line into a [`Scan`]; pure, work linear, bounded depth.
//!
//! The grammar is POSIX.1-2024, "Shell Command Language", with bash's `[[`, `((`, `<<<`, `<(…)`, arrays and `$'…'`.
//! Constructs stand on a stack of frames; quotes stand on a stack inside their frame.

mod chars;
mod frame;
mod words;

use std::collections::{HashSet, VecDeque};

use self::frame::{Frame, Kind};
use super::scan::{Command, Comment, Scan, Span, expansions, small};

/// Constructs and quotes that may stand inside each other.
const DEPTH: usize = 64;

/// A here-document that is not read yet.
#[derive(Debug)]
struct Heredoc {
    number: u32,
    delimiter: String,
    /// `<<-`: leading tabs do not count.
    dash: bool,
    /// A quoted delimiter: nothing is expanded inside.
    literal: bool,
}

/// The state between two lines.
#[derive(Debug)]
pub struct Lexer {
    found: Scan,
    frames: Vec<Frame>,
    waiting: VecDeque<Heredoc>,
    /// Whether the last line ended in a backslash.
    continued: bool,
    /// Whether the last word was an operator that wants another command.
    pending: bool,
    /// The number of the line being read.
    line: u32,
    /// The first line of the command being read, and its first simple command.
    begun: Option<(u32, u32)>,
    comment: Option<(Span, u32)>,
    expanded: HashSet<String>,
}

impl Default for Lexer {
    fn default() -> Self {
        Self {
            found: Scan::default(),
            frames: vec![Frame::new(Kind::Top)],
            waiting: VecDeque::new(),
            continued: false,
            pending: false,
            line: 0,
            begun: None,
            comment: None,
            expanded: HashSet::new(),
        }
    }
}

impl Lexer {
    /// Reads one line without its line feed.
    pub fn line(&mut self, line: &str) {
        if !self.found.deep {
            if self.in_heredoc() {
                self.heredoc_line(line);
            } else {
                self.code(line);
            }
        }
        self.line = self.line.saturating_add(1);
        if !self.is_open() {
            self.end_command();
        }
    }

    /// Returns whether the next line belongs to the command read last.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.continued
            || self.pending
            || !self.waiting.is_empty()
            || self.frames.len() > 1
            || self.frames.last().is_some_and(|f| !f.quotes.is_empty())
    }

    /// Returns what was found.
    #[must_use]
    pub fn finish(mut self) -> Scan {
        self.found.open = self.is_open();
        while self.frames.len() > 1 {
            self.pop();
        }
        self.end_simple();
        self.end_command();
        self.found
    }

    /// A here-document begins with the line after its command, so not inside a quote or a continued line.
    fn in_heredoc(&self) -> bool {
        let quoted = self.frames.last().is_some_and(|f| !f.quotes.is_empty());
        !self.waiting.is_empty() && !self.continued && !quoted
    }

    fn heredoc_line(&mut self, line: &str) {
        let Some(heredoc) = self.waiting.front() else { return };
        let body = if heredoc.dash { line.trim_start_matches('\t') } else { line };
        if body == heredoc.delimiter {
            self.waiting.pop_front();
            return;
        }
        let number = usize::try_from(heredoc.number).unwrap_or(usize::MAX);
        let literal = heredoc.literal;
        let start = small(self.found.text.len());
        self.found.text.push_str(body);
        self.found.text.push('\n');
        let end = small(self.found.text.len());
        if let Some(span) = self.found.heredocs.get_mut(number) {
            *span = Span { start: if span.end == 0 { start } else { span.start }, end };
        }
        if !literal {
            let mut names = Vec::new();
            expansions(line, &mut names);
            names.into_iter().for_each(|name| self.expand(name));
        }
    }

    fn expand(&mut self, name: String) {
        if self.expanded.insert(name.clone()) {
            self.found.expanded.push((name, self.line));
        }
    }

    /// Notes that the command being read begins here, at the latest.
    fn begin(&mut self) {
        self.pending = false;
        if self.begun.is_none() {
            self.begun = Some((self.line, small(self.found.simples.len())));
        }
    }

    fn end_command(&mut self) {
        let Some((first, simples)) = self.begun.take() else { return };
        self.found.commands.push(Command {
            lines: Span { start: first, end: self.line.max(first + 1) },
            simples: Span { start: simples, end: small(self.found.simples.len()) },
            comment: self.comment.take(),
        });
    }

    /// A comment labels only outside every construct; the text is kept for those that do.
    fn note(&mut self, comment: &str, column: usize, before: &str) {
        let within = self.begun.is_some() && before.trim().is_empty();
        if self.frames.len() > 1 || self.pending || within {
            return;
        }
        let says = comment.trim_matches(|c: char| c.is_whitespace() || "#-=*─═".contains(c));
        if comment.starts_with("#!") || (says.is_empty() && self.begun.is_none()) {
            return;
        }
        let start = small(self.found.text.len());
        self.found.text.push_str(says);
        let text = Span { start, end: small(self.found.text.len()) };
        match self.begun {
            Some(_) => self.comment = Some((text, small(column))).filter(|_| !says.is_empty()),
            None => self.found.comments.push(Comment { line: self.line, text }),
        }
    }
}
