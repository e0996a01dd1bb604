//! Tables of calls: one line names a program and what its words must be; pure.
//!
//! A pattern is words separated by spaces, alternatives by `|`; the first names programs. `sub` is the next word that
//! is no option, `~sub` any such word, `-f` a short option (also inside `-xfz`), `=-f` only exactly so, `--long` also
//! with a value, `!…` that none of these stands there, `$` that no word is left. A `*` ends what only begins so.

use std::collections::HashMap;

use super::calls::Call;

/// A pattern and what is said of what it matches.
pub type Row = (&'static str, &'static str);

/// A match: the words of the call that make it one, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The words.
    pub what: String,
    /// The words of the table.
    pub why: &'static str,
}

impl Match {
    /// Returns the sentence that a person reads.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("`{}` {}", self.what, self.why)
    }
}

#[derive(Debug)]
enum Token {
    Next(Vec<&'static str>),
    Anywhere(Vec<&'static str>),
    Option(Vec<&'static str>),
    Without(Vec<&'static str>),
    End,
}

#[derive(Debug)]
struct Rule {
    tokens: Vec<Token>,
    why: &'static str,
}

/// Rows, found by program.
#[derive(Debug)]
pub struct Table {
    rules: HashMap<&'static str, Vec<Rule>>,
}

impl Table {
    /// Returns the table of `rows`.
    pub fn new(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut rules: HashMap<&'static str, Vec<Rule>> = HashMap::new();
        for (pattern, why) in rows {
            let mut words = pattern.split_whitespace();
            for program in words.next().unwrap_or_default().split('|') {
                let tokens = words.clone().map(token).collect();
                rules.entry(program).or_default().push(Rule { tokens, why });
            }
        }
        Self { rules }
    }

    /// Returns the first row that `call` matches.
    pub fn find(&self, call: &Call<'_>) -> Option<Match> {
        let rules = self.rules.get(call.program)?;
        rules.iter().find_map(|rule| rule.matches(call))
    }
}

fn token(word: &'static str) -> Token {
    let alternatives = |word: &'static str| word.split('|').collect();
    match word.chars().next() {
        Some('$') => Token::End,
        Some('!') => Token::Without(alternatives(word.get(1..).unwrap_or_default())),
        Some('~') => Token::Anywhere(alternatives(word.get(1..).unwrap_or_default())),
        Some('-' | '=') => Token::Option(alternatives(word)),
        _ => Token::Next(alternatives(word)),
    }
}

impl Rule {
    fn matches(&self, call: &Call<'_>) -> Option<Match> {
        let ends = call.args.iter().position(|a| *a == "--").unwrap_or(call.args.len());
        let is_option = |at: usize, arg: &str| at < ends && arg.starts_with('-') && arg.len() > 1;
        let options = || call.args.iter().enumerate().filter(|(at, a)| is_option(*at, a)).map(|(_, a)| *a);
        let words = || {
            call.args.iter().enumerate().filter(|(at, a)| !is_option(*at, a) && **a != "--").map(|(_, a)| *a)
        };
        let mut next = words();
        let mut what = vec![call.program];
        for token in &self.tokens {
            match token {
                Token::Next(any) => what.push(next.next().filter(|w| any.iter().any(|a| is_word(a, w)))?),
                Token::Anywhere(any) => what.push(words().find(|w| any.iter().any(|a| is_word(a, w)))?),
                Token::Option(any) => what.push(options().find(|o| any.iter().any(|a| is_like(a, o)))?),
                Token::Without(any) => {
                    let there = |a: &&str| {
                        if a.starts_with(['-', '=']) {
                            options().any(|o| is_like(a, o))
                        } else {
                            words().any(|w| is_word(a, w))
                        }
                    };
                    if any.iter().any(there) {
                        return None;
                    }
                }
                Token::End => {
                    if next.next().is_some() {
                        return None;
                    }
                }
            }
        }
        Some(Match { what: short(&what), why: self.why })
    }
}

/// Returns the words as one, at most 60 letters.
fn short(words: &[&str]) -> String {
    let text = words.join(" ");
    match text.char_indices().nth(60) {
        Some(_) => text.chars().take(59).chain(['…']).collect(),
        None => text,
    }
}

fn is_word(pattern: &str, word: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => word.starts_with(begin),
        None => word == pattern,
    }
}

/// Returns whether the option `word` is `pattern`.
pub fn is_like(pattern: &str, word: &str) -> bool {
    if let Some(exact) = pattern.strip_prefix('=') {
        return word == exact;
    }
    if let Some(begin) = pattern.strip_suffix('*') {
        return word.starts_with(begin);
    }
    if pattern.contains('=') {
        return word == pattern;
    }
    let name = pattern.trim_start_matches('-');
    if pattern.starts_with("--") || name.len() > 1 {
        let dashed = pattern.starts_with("--");
        let bare = word.strip_prefix(if dashed { "--" } else { "-" }).unwrap_or_default();
        let bare = if dashed { bare } else { bare.trim_start_matches('-') };
        return bare.split('=').next() == Some(name);
    }
    let cluster = word.strip_prefix('-').filter(|w| !w.starts_with('-'));
    cluster.is_some_and(|w| w.chars().all(|c| c.is_ascii_alphanumeric()) && w.contains(name))
}
