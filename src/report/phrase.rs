//! Sentences in which our own words and the words of others stay apart until they are written down, so that each way of
//! writing can make the words of others harmless in its own way.

use crate::run::fact::{Via, Who};
use crate::text::{sanitize, sanitize_block};

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Our own words.
    Say(String),
    /// A person's name.
    Name(String),
    /// Words that somebody wrote: a reason, a note, a box's text.
    Quote(String),
    /// Something technical, to be read letter by letter: a host, a step, a value.
    Code(String),
}

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Phrase(pub Vec<Part>);

impl Phrase {
    /// Returns a sentence that begins with our own `words`.
    #[must_use]
    pub fn of(words: impl Into<String>) -> Self {
        Self(vec![Part::Say(words.into())])
    }

    /// Adds our own words.
    #[must_use]
    pub fn say(mut self, words: impl Into<String>) -> Self {
        self.0.push(Part::Say(words.into()));
        self
    }

    /// Adds words that somebody wrote.
    #[must_use]
    pub fn quote(mut self, words: impl Into<String>) -> Self {
        self.0.push(Part::Quote(words.into()));
        self
    }

    /// Adds something technical.
    #[must_use]
    pub fn code(mut self, words: impl Into<String>) -> Self {
        self.0.push(Part::Code(words.into()));
        self
    }

    /// Adds a person with how the name was proven: a name never stands without its proof.
    #[must_use]
    pub fn who(mut self, who: &Who) -> Self {
        self.0.push(Part::Name(who.name.clone()));
        let via = if who.via == Via::Keyboard { "" } else { ", from answers" };
        self.say(format!(" ({}{via})", who.proof.word()))
    }

    /// Adds another sentence.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Adds `words` in quotation marks after `before`, if there are any.
    #[must_use]
    pub fn reason(self, before: &str, words: Option<&str>) -> Self {
        match words {
            Some(words) => self.say(format!("{before}“")).quote(words).say("”"),
            None => self,
        }
    }

    /// Adds `items` with commas between.
    #[must_use]
    pub fn list<T: AsRef<str>>(mut self, items: impl IntoIterator<Item = T>) -> Self {
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                self = self.say(", ");
            }
            self = self.code(item.as_ref());
        }
        self
    }

    /// Returns the sentence as one line of plain text without hidden characters.
    #[must_use]
    pub fn plain(&self) -> String {
        let part = |part: &Part| match part {
            Part::Say(words) => words.clone(),
            Part::Name(words) | Part::Quote(words) | Part::Code(words) => sanitize(words).into_owned(),
        };
        self.0.iter().map(part).collect()
    }

    /// Returns the sentence as one line of Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let part = |part: &Part| match part {
            Part::Say(words) => words.clone(),
            Part::Name(words) | Part::Quote(words) => inline(words),
            Part::Code(words) => code(words),
        };
        self.0.iter().map(part).collect()
    }
}

/// Returns `text` as Markdown that shows it and does nothing else: one line, hidden characters visible, every
/// character that Markdown or HTML could read escaped, and foreign writing in an isolate so that it moves no neighbour.
#[must_use]
pub fn inline(text: &str) -> String {
    let clean = sanitize(text);
    let mut out = String::with_capacity(clean.len() + 8);
    let mut before = None;
    let mut rest = clean.chars().peekable();
    while let Some(c) = rest.next() {
        // Inside a word an underscore means nothing (CommonMark, rule 2 of emphasis).
        let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let reads = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '~' | '#' | '$' | '^' | '{' | '}' => true,
            '_' => !(in_word(before) && in_word(rest.peek().copied())),
            '-' | '+' | '=' | ':' => out.is_empty(),
            '.' | ')' => !out.is_empty() && out.bytes().all(|b| b.is_ascii_digit()),
            _ => false,
        };
        if reads {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
    isolate(out)
}

/// Returns `text` as a Markdown code span: one line, hidden characters visible. Not for tables, where a pipe would end
/// the cell.
#[must_use]
pub fn code(text: &str) -> String {
    let clean = sanitize(text);
    if clean.trim().is_empty() {
        return format!("“{clean}”");
    }
    let ticks = "`".repeat(longest_run(&clean) + 1);
    let pad = if clean.starts_with(['`', ' ']) || clean.ends_with(['`', ' ']) { " " } else { "" };
    isolate(format!("{ticks}{pad}{clean}{pad}{ticks}"))
}

/// Returns `text` as a fenced Markdown block in the language `language`: its fence is longer than any in the text,
/// colours are dropped, other hidden characters visible.
#[must_use]
pub fn fenced(text: &str, language: &str) -> String {
    let plain = without_colours(text);
    let clean = sanitize_block(&plain);
    let fence = "`".repeat((longest_run(&clean) + 1).max(3));
    let end = if clean.ends_with('\n') || clean.is_empty() { "" } else { "\n" };
    format!("{fence}{language}\n{clean}{end}{fence}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Puts `text` between FSI and PDI (UAX #9) if it is not plain ASCII.
fn isolate(text: String) -> String {
    if text.is_ascii() { text } else { format!("\u{2068}{text}\u{2069}") }
}

/// Returns `text` without colour sequences (`ESC [ … m`); every other sequence stays, to be made visible.
fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        let (before, sequence) = rest.split_at(start);
        out.push_str(before);
        let body = sequence.get(2..).unwrap_or_default();
        let digits = body.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':').unwrap_or(body.len());
        match body.get(digits..) {
            Some(after) if after.starts_with('m') => rest = after.get(1..).unwrap_or_default(),
            _ => {
                out.push_str("\u{1b}[");
                rest = body;
            }
        }
    }
    out.push_str(rest);
    out
}
