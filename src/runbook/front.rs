//! Front matter: cut off at byte 0 only, our `gonogo:` map understood, everything else left alone; imports `yaml`.

use std::collections::HashSet;
use std::ops::Range;

use super::findings::Findings;
use super::hosts;
use super::model::{Front, Pattern, VarDecl};
use super::shell::variables::check_variable;
use super::source::{describe, first_hazard};
use super::yaml::{self, Node, Reader, Value};
use crate::diag::LineIndex;
use crate::diag::suggest::nearest;

/// What the front matter says.
#[derive(Debug, Default)]
pub struct FrontMatter {
    /// `title`, else `name`.
    pub title: Option<String>,
    /// The `gonogo:` map.
    pub front: Front,
    /// Bytes of the value of `rollback`.
    pub rollback_bytes: Range<usize>,
    /// The byte at which the Markdown begins.
    pub body: usize,
}

/// Keys of the `gonogo:` map.
const KNOWN: [&str; 4] = ["vars", "hosts", "environments", "rollback"];
const LATER: [&str; 4] = ["roles", "cadence", "targets", "boxes"];
/// Keys of a variable.
const VAR_KNOWN: [&str; 2] = ["match", "default"];
const VAR_LATER: [&str; 5] = ["choose", "secret", "from", "command", "allow-short"];

/// Reads the front matter of the file that `index` covers.
pub fn read(index: &LineIndex<'_>, findings: &mut Findings<'_>) -> FrontMatter {
    let text = index.text();
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let Some((yaml_bytes, body)) = cut(text, start) else {
        return FrontMatter { body: start, ..FrontMatter::default() };
    };
    let mut out = FrontMatter { body, ..FrontMatter::default() };
    let source = text.get(yaml_bytes.clone()).unwrap_or_default();
    let node = match yaml::parse(source) {
        Ok(node) => node,
        Err(e) => {
            broken(source, yaml_bytes.start + e.at, &e.message, findings);
            return out;
        }
    };
    let Value::Map(entries) = &node.value else { return out };
    let mut reader = Reader::new(index, yaml_bytes.start);
    for (key, value) in entries {
        match (&key.value, &value.value) {
            (Value::Text(key), Value::Text(text)) if key == "title" => out.title = Some(one_line(text)),
            (Value::Text(key), Value::Text(text)) if key == "name" && out.title.is_none() => {
                out.title = Some(one_line(text));
            }
            (Value::Text(name), _) if name == "gonogo" => gonogo(value, &mut out, &mut reader),
            // Rules that a slip of the finger switches off would be worse than none.
            (Value::Text(name), Value::Map(_)) if nearest(name, ["gonogo"]).is_some() => {
                let help = Some("did you mean `gonogo`?".to_owned());
                reader.error_help(
                    "unknown-key",
                    key,
                    format!("the front matter's `{name}` is not read"),
                    help,
                );
            }
            _ => {}
        }
    }
    out.title = out.title.filter(|t| !t.is_empty());
    out.rollback_bytes =
        yaml_bytes.start + out.rollback_bytes.start..yaml_bytes.start + out.rollback_bytes.end;
    findings.extend(reader.findings);
    out
}

/// Returns the bytes of the YAML and where the body begins; front matter needs its closing line.
fn cut(text: &str, start: usize) -> Option<(Range<usize>, usize)> {
    let mut at = start;
    let mut yaml = None;
    for line in text.get(start..)?.split_inclusive('\n') {
        let bare = line.trim_end();
        match yaml {
            None if bare == "---" => yaml = Some(at + line.len()),
            None => return None,
            Some(begin) if bare == "---" || bare == "..." => return Some((begin..at, at + line.len())),
            Some(_) => {}
        }
        at += line.len();
    }
    None
}

/// Broken YAML that is not ours is only worth a warning; if ours is in it, nothing of it would be enforced.
fn broken(source: &str, at: usize, message: &str, findings: &mut Findings<'_>) {
    let message = format!("the front matter is not YAML: {message}");
    if source.lines().any(|line| line.starts_with("gonogo")) {
        findings.error("front-matter", &(at..at), message);
    } else {
        findings.warning("front-matter", &(at..at), message, "it is ignored");
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn gonogo(node: &Node, out: &mut FrontMatter, reader: &mut Reader<'_>) {
    for (key, name, value) in reader.entries(node, "`gonogo`") {
        match name.as_str() {
            "vars" => out.front.vars = vars(value, reader),
            "hosts" => out.front.hosts = role_hosts(value, reader),
            "environments" => out.front.environments = path(value, "`environments`", reader),
            "rollback" => {
                out.front.rollback = path(value, "`rollback`", reader);
                out.rollback_bytes = value.bytes.clone();
            }
            _ => reader.unknown_key(key, &name, &KNOWN, &LATER),
        }
    }
}

fn vars(node: &Node, reader: &mut Reader<'_>) -> Vec<VarDecl> {
    let mut out = Vec::new();
    for (key, name, value) in reader.entries(node, "`vars`") {
        if let Err(why) = check_variable(&name) {
            reader.error("bad-variable", key, why);
            continue;
        }
        let mut decl = VarDecl { name, place: reader.place(&key.bytes), ..VarDecl::default() };
        match &value.value {
            Value::Null => {}
            Value::Text(text) => decl.default = plain(value, text, reader),
            _ => details(value, &mut decl, reader),
        }
        let own = decl.pattern.as_ref().zip(decl.default.as_ref());
        if own.is_some_and(|(pattern, default)| !pattern.matches_whole(default)) {
            let message = format!("the default of `{}` does not match its own pattern", decl.name);
            reader.error("bad-default", value, message);
        }
        out.push(decl);
    }
    out
}

fn details(node: &Node, decl: &mut VarDecl, reader: &mut Reader<'_>) {
    for (key, name, value) in reader.entries(node, "a variable") {
        match name.as_str() {
            "match" => decl.pattern = pattern(value, reader),
            "default" => {
                decl.default = reader.text(value, "`default`").and_then(|text| plain(value, &text, reader));
            }
            _ => reader.unknown_key(key, &name, &VAR_KNOWN, &VAR_LATER),
        }
    }
}

/// Returns `text` unless it holds characters that nobody sees.
fn plain(node: &Node, text: &str, reader: &mut Reader<'_>) -> Option<String> {
    match first_hazard(text, false) {
        Some((_, c, hazard)) => {
            reader.error("hidden-character", node, format!("{} in a value", describe(c, hazard)));
            None
        }
        None => Some(text.to_owned()),
    }
}

fn pattern(node: &Node, reader: &mut Reader<'_>) -> Option<Pattern> {
    let text = reader.text(node, "`match`")?;
    Pattern::new(&text)
        .map_err(|why| {
            reader.error("bad-pattern", node, format!("`match` is not a regular expression: {why}"))
        })
        .ok()
}

fn path(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, what)?;
    if text.contains("://") || text.starts_with('/') {
        let message = format!("{what} must be a path relative to this file, not `{text}`");
        reader.error("bad-path", node, message);
        return None;
    }
    plain(node, &text, reader)
}

fn role_hosts(node: &Node, reader: &mut Reader<'_>) -> Vec<(String, Vec<String>)> {
    let mut out = Vec::new();
    for (key, role, value) in reader.entries(node, "`hosts`") {
        if let Err(why) = hosts::check_name(&role) {
            reader.error("bad-name", key, why);
            continue;
        }
        let one = std::slice::from_ref(value);
        let list = match &value.value {
            Value::List(items) => items.as_slice(),
            _ => one,
        };
        if list.is_empty() {
            reader.error("no-hosts", key, format!("role `{role}` has no hosts"));
        }
        let mut seen = HashSet::new();
        let mut hosts = Vec::new();
        for item in list {
            let Some(text) = reader.text(item, "a host") else { continue };
            match hosts::parse(&text) {
                Err(why) => reader.error("bad-host", item, why),
                Ok(_) if !seen.insert(text.clone()) => {
                    reader.error("duplicate-host", item, format!("`{text}` stands in role `{role}` twice"));
                }
                Ok(_) => hosts.push(text),
            }
        }
        out.push((role, hosts));
    }
    out
}
