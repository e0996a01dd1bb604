//! Secrets that somebody typed into a file; pure, work linear in the text.
//!
//! What is found is never said: findings name its kind, and [`Concealed`] takes it out of what is shown.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::diag::Diagnostic;
use crate::runbook::findings::Findings;
use crate::runbook::markdown::spots::{Spots, spots};

/// The code of what is found.
const CODE: &str = "typed-secret";

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// Its bytes.
    pub bytes: Range<usize>,
    /// What it is, for example "a password".
    pub what: &'static str,
}

/// A kind of secret: what it is called, and a pattern whose group 1 it is.
struct Kind {
    what: &'static str,
    pattern: Regex,
}

/// Values that stand for a secret and are none.
static NO_SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:[$<{\[(%`@].*|[x*.…•_-]+|your[_-].*|my[_-].*|change[_-].*|changeme|replace[_-].*|replaceme|.*(?:\.\.\.|…)|pass(?:word|wd)?|secret|todo|none|null|true|false|\d{0,3})$").ok()
});

/// Tokens that are known by their beginning: they are secrets wherever they stand.
static ANYWHERE: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    kinds(&[
        ("a GitHub token", r"\b((?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,}))"),
        ("an AWS access key", r"\b((?:AKIA|ASIA)[0-9A-Z]{16})\b"),
        ("a Slack token", r"\b(xox[abeprs]-[A-Za-z0-9-]{10,})"),
        ("a GitLab token", r"\b(glpat-[A-Za-z0-9_-]{20,})"),
        ("an API key", r"\b((?:sk_live_|rk_live_|sk-|npm_|dop_v1_|hvs\.|SG\.)[A-Za-z0-9_.-]{20,})"),
        ("a Google API key", r"\b(AIza[0-9A-Za-z_-]{35})"),
        ("a signed token", r"\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*)"),
        ("a private key", r"(-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----)"),
        ("a password in an address", r#"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]+:([^\s/@"'<>]+)@"#),
    ])
});

/// What is a secret where commands stand.
static IN_CODE: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    kinds(&[
        (
            "a secret in an option",
            r#"--(?:password|passwd|pass|token|secret|api-?key|access-?token|auth-?token)(?:=|[ \t]+)("[^"\n]*"|'[^'\n]*'|[^\s;|&"'-][^\s;|&"']*)"#,
        ),
        (
            "a password in an option",
            r#"\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump|sshpass)\b(?:[^\n|;&]*?)\s-p("[^"\n]*"|'[^'\n]*'|[^\s;|&"'-][^\s;|&"']*)"#,
        ),
        (
            "a password in an option",
            r#"\bredis-cli\b[^\n|;&]*?\s-a[ \t]+("[^"\n]*"|'[^'\n]*'|[^\s;|&"'-]\S*)"#,
        ),
        ("a password in an option", r#"\bcurl\b[^\n|;&]*?\s(?:-u|--user)[ \t]*["']?[^\s:"']+:([^\s"']+)"#),
        (
            "a secret in a variable",
            r#"(?i)\b[A-Z0-9_]*(?:PASSWORD|PASSWD|MYSQL_PWD|SECRET|TOKEN|API_?KEY|SECRET_KEY|ACCESS_KEY|PRIVATE_KEY)=("[^"\n]*"|'[^'\n]*'|[^\s;|&"']+)"#,
        ),
        ("a secret in a header", r#"(?i)\bauthorization:[ \t]*(?:bearer|basic|token)[ \t]+([^\s"']+)"#),
        ("a password in a statement", r#"(?i)\bidentified[ \t]+by[ \t]+["']([^"'\n]+)["']"#),
    ])
});

fn kinds(list: &[(&'static str, &str)]) -> Vec<Kind> {
    list.iter().filter_map(|(what, text)| Some(Kind { what, pattern: Regex::new(text).ok()? })).collect()
}

/// Returns the secrets in `text`, whose links and code stand at `spots`, in the order of the text, none inside another.
pub fn typed(text: &str, spots: &Spots) -> Vec<Typed> {
    let mut out = Vec::new();
    find(text, 0, &ANYWHERE, &mut out);
    for block in &spots.blocks {
        let code = text.get(block.clone()).unwrap_or_default();
        // The words behind the fence are annotations, and no commands.
        let fenced = code.trim_start().starts_with(['`', '~']);
        let first = if fenced { code.find('\n').unwrap_or(code.len()) } else { 0 };
        find(code.get(first..).unwrap_or_default(), block.start + first, &IN_CODE, &mut out);
    }
    for span in &spots.spans {
        find(text.get(span.clone()).unwrap_or_default(), span.start, &IN_CODE, &mut out);
    }
    out.sort_by_key(|t| (t.bytes.start, std::cmp::Reverse(t.bytes.end)));
    let mut end = 0;
    out.retain(|t| {
        t.bytes.start >= end && {
            end = t.bytes.end;
            true
        }
    });
    out
}

fn find(text: &str, base: usize, kinds: &[Kind], out: &mut Vec<Typed>) {
    for kind in kinds {
        for found in kind.pattern.captures_iter(text).filter_map(|c| c.get(1)) {
            let value = found.as_str();
            let bare = value.trim_matches(['"', '\'', '`']);
            let inner = found.start() + value.find(bare).unwrap_or_default();
            if !bare.is_empty() && !NO_SECRET.as_ref().is_some_and(|no| no.is_match(bare)) {
                out.push(Typed { bytes: base + inner..base + inner + bare.len(), what: kind.what });
            }
        }
    }
}

/// Notes every secret.
pub fn check(text: &str, spots: &Spots, findings: &mut Findings<'_>) {
    for Typed { bytes, what } in typed(text, spots) {
        let message = format!("{what} is written here for everybody to read");
        let help = "take it out of the file and change it where it is used; declare it under `vars` as `{secret: true, from: env}` \
                    (or prompt, command) and write `$NAME`";
        findings.warning(CODE, &bytes, message, help);
    }
}

/// A text without the secrets in it, and what it takes to keep them out of messages.
#[derive(Debug, Clone)]
pub struct Concealed {
    /// The text with every secret made unreadable; bytes and columns of everything else stay where they are.
    pub text: String,
    secrets: Vec<String>,
}

impl Concealed {
    /// Returns `text` with its secrets concealed.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut out = String::with_capacity(text.len());
        let mut secrets: Vec<String> = Vec::new();
        let mut at = 0;
        for Typed { bytes, .. } in typed(text, &spots(text, 0)) {
            out.push_str(text.get(at..bytes.start).unwrap_or_default());
            let secret = text.get(bytes.clone()).unwrap_or_default();
            // Each letter gives way to one of its length, so that every offset behind it stays true.
            out.extend(secret.chars().map(|c| match c.len_utf8() {
                1 => '*',
                2 => '¤',
                3 => '•',
                _ => '🞄',
            }));
            secrets.push(secret.to_owned());
            at = bytes.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        // The longest first, so that none is left standing inside another.
        secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
        secrets.dedup();
        Self { text: out, secrets }
    }

    /// Returns the findings without the secrets of the text in their words.
    #[must_use]
    pub fn findings(&self, findings: &[Diagnostic]) -> Vec<Diagnostic> {
        let unsaid = |said: &str| {
            self.secrets
                .iter()
                .filter(|s| said.contains(s.as_str()))
                .fold(said.to_owned(), |out, secret| out.replace(secret.as_str(), "…"))
        };
        let one = |found: &Diagnostic| Diagnostic {
            message: unsaid(&found.message),
            help: found.help.as_deref().map(unsaid),
            ..found.clone()
        };
        // What is said of a secret itself is all ours, and a short secret could stand in our own words.
        findings.iter().map(|f| if f.code == CODE { f.clone() } else { one(f) }).collect()
    }
}
