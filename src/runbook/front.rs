//! Front matter: cut off at byte 0 only, our `gonogo:` map understood, everything else left alone; imports `yaml`.

mod drill;
mod people;
pub mod vars;

use std::ops::Range;

use super::MAX_FRONT_BYTES;
use super::findings::Findings;
use super::model::{BoxesFrom, Front};
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
pub const KEYS: [&str; 8] =
    ["vars", "hosts", "environments", "rollback", "roles", "cadence", "targets", "boxes"];

/// Reads the front matter of the file that `index` covers.
pub fn read(index: &LineIndex<'_>, findings: &mut Findings<'_>) -> FrontMatter {
    let text = index.text();
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let Some((yaml_bytes, body)) = cut(text, start) else {
        lost(text, start, findings);
        return FrontMatter { body: start, ..FrontMatter::default() };
    };
    let mut out = FrontMatter { body, ..FrontMatter::default() };
    let source = text.get(yaml_bytes.clone()).unwrap_or_default();
    if source.len() > MAX_FRONT_BYTES {
        let message =
            format!("the front matter has {} bytes; the most it may have is {MAX_FRONT_BYTES}", source.len());
        findings.error("too-large", &(yaml_bytes.start..yaml_bytes.start), message);
        return out;
    }
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
            // Templates of issues leave their title empty and have a name.
            (Value::Text(key), Value::Text(text))
                if matches!(key.as_str(), "title" | "name") && text.trim().is_empty() => {}
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

/// Returns the byte at which the Markdown of `text` begins, behind a byte order mark and front matter.
pub fn body(text: &str) -> usize {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    cut(text, start).map_or(start, |(_, body)| body)
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

/// Front matter that is none because it stands too late or is never closed would be rules that nobody hears of.
fn lost(text: &str, start: usize, findings: &mut Findings<'_>) {
    let rest = text.get(start..).unwrap_or_default();
    let begin = rest.len() - rest.trim_start().len();
    let mut lines = rest.trim_start().split_inclusive('\n');
    if lines.next().is_none_or(|line| line.trim_end() != "---") {
        return;
    }
    if !lines.take_while(|line| !line.starts_with('#')).any(|line| line.starts_with("gonogo:")) {
        return;
    }
    let (message, help) = if begin == 0 {
        ("the front matter is never closed", "close it with a line `---`, without blanks before it")
    } else {
        (
            "the front matter does not begin on the first line, so that it is none",
            "put its `---` on the first line",
        )
    };
    findings.error_help("front-matter", &(start + begin..start + begin), message, help);
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
            "vars" => out.front.vars = vars::vars(value, reader),
            "hosts" => out.front.hosts = people::hosts(value, reader),
            "environments" => out.front.environments = path(value, "`environments`", reader),
            "rollback" => {
                out.front.rollback = path(value, "`rollback`", reader);
                out.rollback_bytes = value.bytes.clone();
            }
            "roles" => out.front.roles = people::roles(value, reader),
            "cadence" => out.front.cadence = drill::cadence(value, reader),
            "targets" => out.front.targets = drill::targets(value, reader),
            "boxes" => out.front.boxes = boxes(value, reader),
            _ => reader.unknown_key(key, &name, &KEYS, &[]),
        }
    }
}

fn boxes(node: &Node, reader: &mut Reader<'_>) -> BoxesFrom {
    match reader.text(node, "`boxes`").as_deref() {
        Some("tasks") => BoxesFrom::Tasks,
        Some("numbered") => BoxesFrom::Numbered,
        Some("all") => BoxesFrom::All,
        Some(other) => {
            let message = format!("`boxes` is tasks, numbered or all, not `{other}`");
            reader.error("bad-value", node, message);
            BoxesFrom::Unsaid
        }
        None => BoxesFrom::Unsaid,
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

fn path(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, what)?;
    if text.contains("://") || text.starts_with('/') {
        let message = format!("{what} must be a path relative to this file, not `{text}`");
        reader.error("bad-path", node, message);
        return None;
    }
    plain(node, &text, reader)
}
