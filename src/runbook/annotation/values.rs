//! Typed values of annotations: patterns, conditions, durations, names; imports the model.

use std::time::Duration;

use super::grammar::Arg;
use crate::runbook::findings::Findings;
use crate::runbook::hosts::check_name;
use crate::runbook::model::{Comparison, Condition, Pattern, Threshold};
use crate::runbook::shell::variables::check_variable;
use crate::runbook::source::{describe, first_hazard};
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

/// Returns the names that `key` lists, separated by commas; notes one that is none and one that stands twice.
pub fn names(args: &[Arg], key: &str, findings: &mut Findings<'_>) -> Vec<String> {
    let Some((text, arg)) = find(args, key) else { return Vec::new() };
    let mut out: Vec<String> = Vec::new();
    for name in text.split(',').map(str::trim) {
        match check_name(name) {
            Ok(()) if out.iter().any(|known| known == name) => {
                findings.error("duplicate-name", &arg.bytes, format!("`{name}` stands in `{key}` twice"));
            }
            Ok(()) => out.push(name.to_owned()),
            Err(why) => findings.error("bad-name", &arg.bytes, why),
        }
    }
    out
}

/// Returns the number of `key`, which is at most `most`; notes one that is none.
pub fn number(args: &[Arg], key: &str, most: u32, findings: &mut Findings<'_>) -> Option<u32> {
    let (text, arg) = find(args, key)?;
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|n| digits && *n <= most);
    if number.is_none() {
        let message = format!("`{key}` is a number from 0 to {most}, not `{text}`");
        findings.error("bad-number", &arg.bytes, message);
    }
    number
}

/// Returns the comparison of `threshold`: `<`, `<=`, `>`, `>=` or `=`, then a number.
pub fn threshold(args: &[Arg], findings: &mut Findings<'_>) -> Option<Threshold> {
    let (text, arg) = find(args, "threshold")?;
    let signs = [
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("==", Comparison::Equal),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("=", Comparison::Equal),
    ];
    let trimmed = text.trim();
    let parts = signs.iter().find_map(|(sign, is)| Some((*is, trimmed.strip_prefix(sign)?.trim())));
    let decimal = |t: &&str| t.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let read = parts.and_then(|(is, rest)| {
        let number: f64 = Some(rest).filter(decimal)?.parse().ok()?;
        number.is_finite().then_some(Threshold { is, number })
    });
    if read.is_none() {
        let help = "write it like `threshold='< 1.5'`: `<`, `<=`, `>`, `>=` or `=`, then a number";
        findings.error_help("bad-threshold", &arg.bytes, format!("`{text}` is not a threshold"), help);
    }
    read
}

/// Returns whether `key=off` is not written; notes any other value.
pub fn on_unless_off(args: &[Arg], key: &str, findings: &mut Findings<'_>) -> bool {
    match find(args, key) {
        None => true,
        Some(("off", _)) => false,
        Some((text, arg)) => {
            let message = format!("`{key}` can only be switched off: `{key}=off`, not `{text}`");
            findings.error("bad-value", &arg.bytes, message);
            true
        }
    }
}

/// Returns the directory of `cwd`, which is taken as it is written.
pub fn directory(args: &[Arg], findings: &mut Findings<'_>) -> Option<String> {
    let (text, arg) = find(args, "cwd")?;
    if let Some((_, c, hazard)) = first_hazard(text, false) {
        findings.error("hidden-character", &arg.bytes, format!("{} in `cwd`", describe(c, hazard)));
        return None;
    }
    if text.starts_with('~') || text.contains(['$', '`', '<', '>']) {
        let message = format!("`cwd` is taken as it is written, and `{text}` is not the name of a directory");
        let help = "for a directory that depends on a variable write `cd \"$DIR\"` in the block";
        findings.error_help("bad-value", &arg.bytes, message, help);
        return None;
    }
    Some(text.to_owned())
}

/// Returns the program of `interpreter`: a name or an absolute path.
pub fn program(args: &[Arg], findings: &mut Findings<'_>) -> Option<String> {
    let (text, arg) = find(args, "interpreter")?;
    let fine = |c: char| c.is_ascii_alphanumeric() || "._+-/".contains(c);
    let name = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && !text.contains('/');
    if !text.chars().all(fine) || !(name || text.starts_with('/')) {
        let message = format!("`{text}` is not the name or the absolute path of a program");
        let help = "write it like `interpreter=python3` or `interpreter=/usr/bin/perl`";
        findings.error_help("bad-value", &arg.bytes, message, help);
        return None;
    }
    Some(text.to_owned())
}

/// Notes pairs of keys that contradict each other, at the later one of the two.
pub fn clashes(args: &[Arg], pairs: &[(&str, &str, &str)], findings: &mut Findings<'_>) {
    for (one, other, why) in pairs {
        let at = |key: &str| args.iter().position(|a| a.key == key);
        let Some(later) = at(one).zip(at(other)).map(|(a, b)| a.max(b)).and_then(|i| args.get(i)) else {
            continue;
        };
        let message = format!("`{one}` and `{other}` contradict each other: {why}");
        findings.error("contradiction", &later.bytes, message);
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
