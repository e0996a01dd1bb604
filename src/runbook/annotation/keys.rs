//! Which keys stand where, which take a value, and which come later; imports `diag` for suggestions.

use super::grammar::{self, Arg};
use crate::diag::suggest::did_you_mean;
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
    /// Keys that the format has and nothing enforces yet.
    pub later: &'static [&'static str],
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
    ],
    later: &[
        "batch",
        "per-host",
        "exit",
        "every",
        "for",
        "until",
        "metric",
        "threshold",
        "timeout",
        "retries",
        "undo",
        "irreversible",
        "idempotent",
        "keep-going",
        "sudo",
        "carry",
        "keep",
        "interactive",
        "cwd",
        "interpreter",
        "ignore",
        "allow-short",
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
    ],
    later: &["two-person", "role", "optional", "mark", "irreversible"],
};

/// The keys of a phase heading.
pub const HEADING: Keys = Keys {
    place: "a heading",
    known: &[("rollback", Shape::Flag)],
    later: &[
        "choose",
        "go",
        "id",
        "value",
        "match",
        "required",
        "wait",
        "due",
        "runbook",
        "if",
        "two-person",
        "role",
        "optional",
        "mark",
        "irreversible",
    ],
};

impl Keys {
    /// Reads the annotation `text`, which begins at byte `base`, and keeps the words that belong here.
    ///
    /// Notes malformed words, unknown keys, keys of later issues, keys that stand twice (also in `before`, the words
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
        if self.later.contains(&key) {
            return findings.error("not-yet", &arg.key_bytes, format!("`{key}` is not supported yet"));
        }
        let known = self.known.iter().map(|(known, _)| *known);
        let elsewhere = [&FENCE, &BOX, &HEADING].into_iter().find(|keys| keys.holds(key));
        let help = match elsewhere {
            Some(keys) => format!("it belongs on {}", keys.place),
            None => did_you_mean(key, known.clone().chain(self.later.iter().copied()))
                .unwrap_or_else(|| format!("known here: {}", known.collect::<Vec<_>>().join(", "))),
        };
        findings.error_help(
            "unknown-key",
            &arg.key_bytes,
            format!("unknown key `{key}` on {}", self.place),
            help,
        );
    }

    /// Returns whether `key` belongs here, now or later.
    pub fn holds(&self, key: &str) -> bool {
        self.known.iter().any(|(known, _)| *known == key) || self.later.contains(&key)
    }
}
