//! Which keys stand where, and which take a value; imports `diag` for suggestions.

use super::grammar::{self, Arg};
use crate::diag::suggest::{did_you_mean, nearest};
use crate::runbook::findings::Findings;

/// Whether a key takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Never.
    Flag,
    /// Always.
    Value,
    /// It may.
    Either,
}

/// The keys of one place.
#[derive(Debug)]
pub struct Keys {
    /// What the place is called in messages.
    pub place: &'static str,
    /// Keys that are enforced.
    pub known: &'static [(&'static str, Shape)],
}

/// The keys of a fence.
pub const FENCE: Keys = Keys {
    place: "a code block",
    known: &[
        ("name", Shape::Value),
        ("on", Shape::Value),
        ("once", Shape::Flag),
        ("capture", Shape::Value),
        ("match", Shape::Value),
        ("expect", Shape::Value),
        ("confirm", Shape::Either),
        ("needs", Shape::Value),
        ("check", Shape::Flag),
        ("if", Shape::Value),
        ("per-host", Shape::Flag),
        ("exit", Shape::Value),
        ("every", Shape::Value),
        ("for", Shape::Value),
        ("until", Shape::Flag),
        ("metric", Shape::Value),
        ("threshold", Shape::Value),
        ("timeout", Shape::Value),
        ("retries", Shape::Value),
        ("batch", Shape::Value),
        ("undo", Shape::Value),
        ("irreversible", Shape::Flag),
        ("idempotent", Shape::Flag),
        ("keep-going", Shape::Flag),
        ("carry", Shape::Value),
        ("keep", Shape::Value),
        ("cwd", Shape::Value),
        ("interpreter", Shape::Value),
        ("sudo", Shape::Flag),
        ("interactive", Shape::Flag),
        ("ignore", Shape::Flag),
    ],
};

/// The keys of a box.
pub const BOX: Keys = Keys {
    place: "a box",
    known: &[
        ("id", Shape::Value),
        ("value", Shape::Value),
        ("match", Shape::Value),
        ("required", Shape::Flag),
        ("wait", Shape::Value),
        ("due", Shape::Value),
        ("runbook", Shape::Flag),
        ("if", Shape::Value),
        ("optional", Shape::Flag),
        ("mark", Shape::Value),
        ("irreversible", Shape::Flag),
        ("two-person", Shape::Flag),
        ("role", Shape::Value),
    ],
};

/// The keys of a heading that is a phase or a section. A "Step N" heading that is a box has the keys of a box.
pub const HEADING: Keys = Keys {
    place: "a heading",
    known: &[
        ("rollback", Shape::Flag),
        ("choose", Shape::Flag),
        ("id", Shape::Value),
        ("if", Shape::Value),
        ("optional", Shape::Flag),
        ("required", Shape::Flag),
        ("irreversible", Shape::Flag),
        ("go", Shape::Value),
    ],
};

impl Keys {
    /// Reads the annotation `text`, which begins at byte `base`, and keeps the words that belong here.
    ///
    /// Notes malformed words, unknown keys, keys that stand twice (also in `before`, the words
    /// read already), and values that are missing or too many.
    pub fn read(&self, text: &str, base: usize, before: &mut Vec<Arg>, findings: &mut Findings<'_>) {
        let args = match grammar::read(text, base) {
            Ok(args) => args,
            Err(e) => return findings.error("malformed-annotation", &e.bytes, e.message),
        };
        for arg in args {
            if self.accept(&arg, before, findings) {
                before.push(arg);
            }
        }
    }

    fn accept(&self, arg: &Arg, before: &[Arg], findings: &mut Findings<'_>) -> bool {
        let key = arg.key.as_str();
        let Some((_, shape)) = self.known.iter().find(|(known, _)| *known == key) else {
            self.unknown(arg, findings);
            return false;
        };
        if before.iter().any(|a| a.key == key) {
            findings.error("duplicate-key", &arg.key_bytes, format!("`{key}` stands here twice"));
            return false;
        }
        match (shape, &arg.value) {
            (Shape::Flag, Some(_)) => {
                let message = format!("`{key}` is a flag and takes no value");
                findings.error("unexpected-value", &arg.bytes, message);
                false
            }
            (Shape::Value, None) => {
                let message = format!("`{key}` needs a value: `{key}=…`");
                findings.error("missing-value", &arg.bytes, message);
                false
            }
            (Shape::Value | Shape::Either, Some(value)) if value.is_empty() => {
                findings.error("missing-value", &arg.bytes, format!("the value of `{key}` is empty"));
                false
            }
            _ => true,
        }
    }

    fn unknown(&self, arg: &Arg, findings: &mut Findings<'_>) {
        let key = arg.key.as_str();
        let known = self.known.iter().map(|(known, _)| *known);
        let elsewhere = [&FENCE, &BOX, &HEADING].into_iter().find(|keys| keys.holds(key));
        if let Some(keys) = elsewhere {
            let message = format!("`{key}` means nothing on {}", self.place);
            let help = format!("it belongs on {}", keys.place);
            return findings.error_help("unknown-key", &arg.key_bytes, message, help);
        }
        let help = did_you_mean(key, known.clone())
            .unwrap_or_else(|| format!("known here: {}", known.collect::<Vec<_>>().join(", ")));
        let message = format!("unknown key `{key}` on {}", self.place);
        findings.error_help("unknown-key", &arg.key_bytes, message, help);
    }

    /// Returns whether `key` belongs here.
    pub fn holds(&self, key: &str) -> bool {
        self.known.iter().any(|(known, _)| *known == key)
    }

    /// Returns whether the words of `text` are meant for gonogo: one of them is a key, here or elsewhere, or near one.
    ///
    /// Other tools write words of their own behind a language (`title="x"`, `linenums`); a file that nobody annotated
    /// must open all the same, so where no word is ours nothing is asked of them.
    pub fn meant(&self, text: &str) -> bool {
        let quoted = grammar::read(text, 0).map(|args| args.into_iter().map(|a| (a.key, a.value.is_some())));
        let words: Vec<(String, bool)> = match quoted {
            Ok(words) => words.collect(),
            Err(_) => text
                .split_whitespace()
                .map(|w| w.split_once('=').map_or((w.to_owned(), false), |(key, _)| (key.to_owned(), true)))
                .collect(),
        };
        words.iter().any(|(key, valued)| {
            // A bare word of three letters is near to too much; what is near is dear to find.
            let long = || *valued || key.chars().count() > 3;
            let ours = [self, &BOX, &HEADING].iter().any(|keys| keys.holds(key));
            ours || (long() && nearest(key, self.all()).is_some())
        })
    }

    /// Returns every key that belongs here.
    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        self.known.iter().map(|(key, _)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_tools_are_told_from_ours() {
        for foreign in [
            "",
            "title=\"deploy on web\"",
            "linenums",
            "hl_lines=\"1 3\"",
            "copy",
            "showLineNumbers",
            "foo",
            "title='it is open",
            "filename=x.sh",
            "norun",
            "wrap=false",
            "data-lang=sh",
        ] {
            assert!(!FENCE.meant(foreign), "{foreign}");
        }
        for ours in [
            "on=web",
            "onn=web",
            "check",
            "chekc",
            "title=x on=web",
            "id=x",
            "tiemout=3",
            "expect='open",
            "batch=1",
        ] {
            assert!(FENCE.meant(ours), "{ours}");
        }
    }
}
