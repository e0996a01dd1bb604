//! Typed values of annotations: patterns, conditions, durations, names; imports the model.

use std::time::Duration;

use super::grammar::Arg;
use crate::runbook::findings::Findings;
use crate::runbook::hosts::check_name;
use crate::runbook::model::{Condition, Pattern};
use crate::runbook::shell::variables::check_variable;
use crate::text::clocks;

/// Returns the value of `key` among `args` and the word it stands in.
pub fn find<'a>(args: &'a [Arg], key: &str) -> Option<(&'a str, &'a Arg)> {
    let arg = args.iter().find(|a| a.key == key)?;
    Some((arg.value.as_deref().unwrap_or_default(), arg))
}

/// Returns whether the flag `key` is among `args`.
pub fn flag(args: &[Arg], key: &str) -> bool {
    args.iter().any(|a| a.key == key)
}

/// Returns the pattern of `key`; notes one that does not compile.
pub fn pattern(args: &[Arg], key: &str, findings: &mut Findings<'_>) -> Option<Pattern> {
    let (text, arg) = find(args, key)?;
    match Pattern::new(text) {
        Ok(pattern) => Some(pattern),
        Err(why) => {
            findings.error("bad-pattern", &arg.bytes, format!("`{key}` is not a regular expression: {why}"));
            None
        }
    }
}

/// Returns the condition of `if`; whether its variable exists is asked when all are known.
pub fn condition(args: &[Arg], findings: &mut Findings<'_>) -> Option<Condition> {
    let (text, arg) = find(args, "if")?;
    let (name, equals) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    let shell_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !shell_name {
        let help = "write `if=NAME` or `if=NAME=value`";
        findings.error_help("bad-condition", &arg.bytes, format!("`{text}` is not a condition"), help);
        return None;
    }
    Some(Condition { name: name.to_owned(), equals })
}

/// Returns the time of `key`; notes one that is none.
pub fn duration(args: &[Arg], key: &str, findings: &mut Findings<'_>) -> Option<Duration> {
    let (text, arg) = find(args, key)?;
    let time = clocks::parse(text);
    if time.is_none() {
        let help = "write it like `30m`, `48h` or `1h30m`";
        findings.error_help("bad-duration", &arg.bytes, format!("`{text}` is not a time"), help);
    }
    time
}

/// Returns the variable that `key` sets; notes a name that cannot be one.
pub fn variable(args: &[Arg], key: &str, findings: &mut Findings<'_>) -> Option<String> {
    let (text, arg) = find(args, key)?;
    match check_variable(text) {
        Ok(()) => Some(text.to_owned()),
        Err(why) => {
            findings.error("bad-variable", &arg.bytes, why);
            None
        }
    }
}

/// Returns the name that `key` gives or refers to; notes one that is none.
pub fn name(args: &[Arg], key: &str, findings: &mut Findings<'_>) -> Option<String> {
    let (text, arg) = find(args, key)?;
    match check_name(text) {
        Ok(()) => Some(text.to_owned()),
        Err(why) => {
            findings.error("bad-name", &arg.bytes, why);
            None
        }
    }
}

/// Notes a key that means nothing without another one.
pub fn requires(args: &[Arg], key: &str, other: &str, findings: &mut Findings<'_>) {
    if let Some((_, arg)) = find(args, key).filter(|_| !flag(args, other)) {
        findings.error(
            "incomplete",
            &arg.key_bytes,
            format!("`{key}` means something only together with `{other}=`"),
        );
    }
}
