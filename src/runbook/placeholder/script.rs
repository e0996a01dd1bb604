//! Placeholders in scripts: which forms are meant to be filled in where they stand; pure, work linear.
//!
//! A wrong "yes" blocks a step, a wrong "no" sends an unfilled name to a shell: what only a person would write is a
//! yes, what a command could mean is a no.

use std::collections::HashSet;

use super::Found;
use super::context::{Context, Head, Kind};
use super::forms::{Candidate, Form, after, before, candidates};
use super::html::is_element;
use super::name::name;

/// Returns the placeholders of `script` in order; those that it may run without are not demanded.
#[must_use]
pub fn in_script(script: &str) -> Vec<Found> {
    let candidates = candidates(script);
    if candidates.is_empty() {
        return Vec::new();
    }
    let judge =
        Judge { script, context: Context::of(script), closed: closed(script), stand_ins: stand_ins(script) };
    let found = candidates.into_iter().filter_map(|candidate| {
        let demanded = judge.verdict(&candidate)?;
        Some(Found { name: name(candidate.inner)?, bytes: candidate.bytes, demanded })
    });
    found.collect()
}

/// The names of the closing tags in `text`: what they close is markup.
pub fn closed(text: &str) -> HashSet<&str> {
    let tag = |part: &'_ str| part.find('>').filter(|n| *n <= 64).map(|n| n.min(part.len()));
    text.split("</").skip(1).filter_map(|part| tag(part).and_then(|n| part.get(..n))).collect()
}

/// What `xargs -I{x}` and its kin put in by themselves.
fn stand_ins(script: &str) -> HashSet<&str> {
    let mut words = script.split_whitespace().peekable();
    let mut out = HashSet::new();
    while let Some(word) = words.next() {
        for flag in ["-I", "--replace=", "-J"] {
            match word.strip_prefix(flag) {
                Some("") => out.extend(words.peek().copied()),
                Some(rest) => drop(out.insert(rest)),
                None => {}
            }
        }
    }
    out
}

struct Judge<'t> {
    script: &'t str,
    context: Context,
    closed: HashSet<&'t str>,
    stand_ins: HashSet<&'t str>,
}

/// The step waits for it.
const DEMANDED: Option<bool> = Some(true);
/// It may be filled in.
const OFFERED: Option<bool> = Some(false);
/// It is no placeholder.
const NONE: Option<bool> = None;

impl Judge<'_> {
    fn verdict(&self, c: &Candidate<'_>) -> Option<bool> {
        let (kind, head) = (self.context.kind(c.bytes.start), self.context.head(c.bytes.start));
        if kind == Kind::Comment {
            return NONE;
        }
        let written = self.script.get(c.bytes.clone()).unwrap_or_default();
        if self.stand_ins.contains(written) {
            return NONE;
        }
        let here = matches!(kind, Kind::Here | Kind::Literal);
        let quoted = matches!(kind, Kind::Single | Kind::Double);
        match c.form {
            Form::Plus => DEMANDED,
            Form::Word => DEMANDED,
            Form::Template if (quoted || here) && (head == Head::Code || self.formats(c)) => NONE,
            Form::Template => DEMANDED,
            Form::Date if quoted && head == Head::Code => NONE,
            Form::Date => self.date(c, head),
            Form::Dots if here => NONE,
            Form::Dots => DEMANDED,
            Form::Version => self.version(c, kind, head),
            Form::Angle if quoted || here => self.quoted_angle(c, kind, head),
            Form::Angle => self.bare_angle(c),
            Form::Brace => self.brace(c, kind, head),
            Form::Square => self.square(c, kind, head),
        }
    }

    /// Unquoted `<x>`: a redirection in would want a word behind its `>`, and people put a space before that `>`.
    fn bare_angle(&self, c: &Candidate<'_>) -> Option<bool> {
        let prev = before(self.script, c.bytes.start);
        let next = after(self.script, c.bytes.end);
        // `sort <in.txt>out.txt`: a file, and a word right behind.
        let file = c.inner.contains(['.', '/']) && next.is_some_and(char::is_alphanumeric);
        if file && prev.is_none_or(char::is_whitespace) {
            return NONE;
        }
        self.compares(c)
    }

    /// `a<b and c>d` compares; `v<next version>` does not.
    fn compares(&self, c: &Candidate<'_>) -> Option<bool> {
        let prev = before(self.script, c.bytes.start);
        let next = after(self.script, c.bytes.end);
        let touches = |c: char| c.is_alphanumeric() || ")]'".contains(c);
        if c.inner.contains(' ') && prev.is_some_and(touches) && next.is_some_and(touches) {
            NONE
        } else {
            DEMANDED
        }
    }

    fn quoted_angle(&self, c: &Candidate<'_>, kind: Kind, head: Head) -> Option<bool> {
        let missing =
            ["none", "nil", "null", "undefined", "unknown", "invalid", "empty", "no value", "unset", "EOF"];
        let words = c.inner.split_whitespace().next().unwrap_or_default();
        if head == Head::Code
            || is_element(words)
            || self.closed.contains(c.inner)
            || missing.contains(&c.inner)
        {
            return NONE;
        }
        if matches!(kind, Kind::Here | Kind::Literal) && !self.closed.is_empty() {
            return NONE;
        }
        if head == Head::Say && !self.goes_on(c) {
            // `echo "usage: $0 <file>"` is only shown.
            return OFFERED;
        }
        self.compares(c)
    }

    fn brace(&self, c: &Candidate<'_>, kind: Kind, head: Head) -> Option<bool> {
        let quoted = kind != Kind::Code;
        let upper = !c.inner.contains(char::is_lowercase);
        if (quoted && head == Head::Code) || self.formats(c) {
            return NONE;
        }
        match kind {
            Kind::Here | Kind::Literal if !upper => OFFERED,
            _ if head == Head::Say && quoted && !self.goes_on(c) => OFFERED,
            // Words with a blank between them in code are a group that lacks its `;`, unless they are all words.
            Kind::Code if c.inner.contains(' ') && head == Head::Code => NONE,
            _ => DEMANDED,
        }
    }

    fn square(&self, c: &Candidate<'_>, kind: Kind, head: Head) -> Option<bool> {
        let several = c.inner.contains([' ', '-', '_']);
        match (kind, head) {
            (Kind::Here | Kind::Literal, _) | (_, Head::Code) => NONE,
            (_, Head::Say) => NONE,
            (Kind::Single | Kind::Double, Head::Message) => NONE,
            (Kind::Single | Kind::Double, _) if several => DEMANDED,
            (Kind::Single | Kind::Double, _) => NONE,
            // `[abc]` could be a class of characters; `[name]` hardly is.
            _ if several || c.inner.len() > 3 => DEMANDED,
            _ => OFFERED,
        }
    }

    fn date(&self, c: &Candidate<'_>, head: Head) -> Option<bool> {
        let start = c.bytes.start.saturating_sub(40);
        let near = self.script.get(self.floor(start)..c.bytes.start).unwrap_or_default();
        let near = near.rsplit(['\n', ';', '|']).next().unwrap_or_default().to_ascii_lowercase();
        let format = ["to_char", "to_date", "date_format", "format", "strftime", "--pattern"];
        if head == Head::Date || format.iter().any(|f| near.contains(f)) { NONE } else { DEMANDED }
    }

    fn version(&self, c: &Candidate<'_>, kind: Kind, head: Head) -> Option<bool> {
        let numbered = c.inner.starts_with(|d: char| d.is_ascii_digit());
        let upper = !c.inner.contains(['x', 'y', 'z', 'n']);
        let prev = before(self.script, c.bytes.start);
        let next = after(self.script, c.bytes.end);
        let path = prev == Some('/') || next == Some('/') || prev == Some('-');
        let letter = prev.is_some_and(char::is_alphabetic);
        if kind != Kind::Code && head == Head::Code {
            return NONE;
        }
        if numbered || (!upper && (path || letter)) { OFFERED } else { DEMANDED }
    }

    /// Whether the text in quotes goes further than the screen: into a file or another command.
    fn goes_on(&self, c: &Candidate<'_>) -> bool {
        let rest = self.script.get(c.bytes.end..).unwrap_or_default();
        let mut near = rest.len().min(400);
        while !rest.is_char_boundary(near) {
            near -= 1;
        }
        // A `>` of another placeholder is none of a redirection.
        let line = rest.get(..near).and_then(|near| near.split('\n').next()).unwrap_or_default();
        line.contains(" >") || line.contains(" | ") || line.contains("\"|") || line.contains("\">")
    }

    /// Whether it is the word of a flag that takes a format, in which braces mean something else.
    fn formats(&self, c: &Candidate<'_>) -> bool {
        let start = self.context.start(c.bytes.start, 400);
        let from = self.floor(start.saturating_sub(60));
        let near = self.script.get(from..start.max(from)).unwrap_or_default();
        let near = if self.context.kind(c.bytes.start) == Kind::Code {
            let from = self.floor(c.bytes.start.saturating_sub(60));
            self.script.get(from..c.bytes.start).unwrap_or_default()
        } else {
            near
        };
        let mut words = near.rsplit(|c: char| c.is_whitespace()).filter(|w| !w.is_empty());
        let joined = near.ends_with(|c: char| !c.is_whitespace());
        let own = if joined { words.next().unwrap_or_default() } else { "" };
        let before = words.next().unwrap_or_default();
        let flags = [
            "-w",
            "--write-out",
            "--format",
            "--template",
            "-o",
            "--output",
            "--pretty",
            "--query",
            "--jsonpath",
            "--date-format",
            "--go-template",
            "-printf",
            "--printf",
            "--log-format",
            "-F",
            "--jq",
            "--expression",
        ];
        let is = |word: &str| flags.contains(&word.split('=').next().unwrap_or(word));
        (own.contains('=') && is(own)) || (!own.starts_with('-') && is(before))
    }

    fn floor(&self, mut at: usize) -> usize {
        while !self.script.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
