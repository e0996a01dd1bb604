//! Reads an answers file; pure.

use sha2::{Digest, Sha256};

use super::{AnswersFile, BoxAnswer, Entry, GateAnswer, MAX_BYTES, Operator};
use crate::config::environment::plain;
use crate::config::file::{self, Parsed};
use crate::config::settings::check_name;
use crate::runbook::yaml::{Node, Reader, Value};

/// Keys of an answers file.
pub const KNOWN: [&str; 9] =
    ["runbook", "operator", "vars", "boxes", "gates", "choices", "hosts", "start", "confirm"];
const ANSWERS: &str = "write `stop`, `{sign: true}` or `{waive: reason}`";

/// Parses an answers file.
///
/// # Errors
/// All findings, at least one of them an error, in the order of the file.
pub fn parse(bytes: &[u8]) -> Parsed<AnswersFile> {
    let sha256 = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    file::yaml(bytes, MAX_BYTES, |root, reader| {
        let mut out = AnswersFile {
            runbook: String::new(),
            operator: Operator::default(),
            vars: Vec::new(),
            boxes: Vec::new(),
            gates: Vec::new(),
            choices: Vec::new(),
            hosts: Vec::new(),
            start: None,
            confirm: Vec::new(),
            sha256,
        };
        let entries = reader.entries(root, "an answers file");
        if !entries.iter().any(|(_, name, _)| name == "runbook") {
            let help = "`gonogo answers RUNBOOK` writes a file to start from".to_owned();
            reader.error_help("no-runbook", root, "`runbook: sha256:…` is missing", Some(help));
        }
        for (key, name, value) in entries {
            match name.as_str() {
                "runbook" => out.runbook = runbook(value, reader).unwrap_or_default(),
                "operator" => out.operator = operator(value, reader),
                "vars" => out.vars = list(value, "`vars`", reader, |v, r| plain(v, "a variable", r)),
                "boxes" => out.boxes = list(value, "`boxes`", reader, answer),
                "gates" => out.gates = list(value, "`gates`", reader, gate),
                "choices" => {
                    out.choices = list(value, "`choices`", reader, |v, r| plain(v, "a section", r));
                }
                "hosts" => out.hosts = list(value, "`hosts`", reader, |v, r| plain(v, "a host", r)),
                "start" => out.start = plain(value, "`start`", reader),
                "confirm" => {
                    out.confirm = list(value, "`confirm`", reader, |v, r| plain(v, "a confirmation", r))
                }
                _ => reader.unknown_key(key, &name, &KNOWN, &[]),
            }
        }
        out
    })
}

fn list<T>(
    node: &Node,
    what: &str,
    reader: &mut Reader<'_>,
    mut read: impl FnMut(&Node, &mut Reader<'_>) -> Option<T>,
) -> Vec<Entry<T>> {
    let mut out = Vec::new();
    for (key, name, value) in reader.entries(node, what) {
        if name.contains(['*', '?']) {
            reader.error(
                "wildcard",
                key,
                format!("`{name}`: there are no wildcards, every answer names one thing"),
            );
        } else if let Some(value) = read(value, reader) {
            out.push(Entry { name, value, place: reader.place(&key.bytes) });
        }
    }
    out
}

fn runbook(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, "`runbook`")?;
    let hash = text.strip_prefix("sha256:").map(str::to_ascii_lowercase);
    let hash = hash.filter(|h| h.len() == 64 && h.chars().all(|c| c.is_ascii_hexdigit()));
    if hash.is_none() {
        reader.error("bad-hash", node, "`runbook` must be `sha256:` and 64 hexadecimal digits");
    }
    hash
}

fn operator(node: &Node, reader: &mut Reader<'_>) -> Operator {
    let mut out = Operator::default();
    for (key, name, value) in reader.entries(node, "`operator`") {
        let field = match name.as_str() {
            "name" => &mut out.name,
            "principal" => &mut out.principal,
            _ => {
                reader.unknown_key(key, &name, &["name", "principal"], &[]);
                continue;
            }
        };
        let Some(text) = plain(value, "a name", reader) else { continue };
        match check_name(&text) {
            Ok(()) => *field = Some(text),
            Err(why) => reader.error("bad-name", value, why),
        }
    }
    out
}

fn answer(node: &Node, reader: &mut Reader<'_>) -> Option<BoxAnswer> {
    match &node.value {
        Value::Text(text) if text == "stop" => return Some(BoxAnswer::Stop),
        Value::Map(_) => {}
        _ => {
            reader.error_help("bad-answer", node, "this is no answer to a box", Some(ANSWERS.to_owned()));
            return None;
        }
    }
    let (mut sign, mut waive) = (None, None);
    let (mut value_of, mut note, mut end_wait) = (None, None, None);
    for (key, name, value) in reader.entries(node, "an answer") {
        match name.as_str() {
            "sign" => {
                let text = reader.text(value, "`sign`")?;
                if text != "true" {
                    let message =
                        format!("`sign: {text}`: only `true` signs; write `stop` to leave it to a person");
                    reader.error("bad-answer", value, message);
                }
                sign = Some(key);
            }
            "waive" => waive = Some((key, plain(value, "the reason", reader)?)),
            "value" => value_of = Some(plain(value, "`value`", reader)?),
            "end_wait" => end_wait = Some(plain(value, "`end_wait`", reader)?),
            "note" => note = Some(plain(value, "`note`", reader)?),
            _ => {
                reader.unknown_key(key, &name, &["sign", "waive", "value", "note", "end_wait"], &[]);
                return None;
            }
        }
    }
    let extra = value_of.is_some() || note.is_some() || end_wait.is_some();
    match (sign, waive) {
        (Some(_), None) => Some(BoxAnswer::Sign { value: value_of, note, end_wait }),
        (None, Some((_, reason))) if !extra && !reason.trim().is_empty() => Some(BoxAnswer::Waive { reason }),
        (None, Some((key, reason))) => {
            let why = if reason.trim().is_empty() {
                "the reason is empty"
            } else {
                "a waived box has a reason and nothing else"
            };
            reader.error("bad-answer", key, why);
            None
        }
        _ => {
            reader.error_help("bad-answer", node, "this is no answer to a box", Some(ANSWERS.to_owned()));
            None
        }
    }
}

fn gate(node: &Node, reader: &mut Reader<'_>) -> Option<GateAnswer> {
    match reader.text(node, "a gate")?.as_str() {
        "go" => Some(GateAnswer::Go),
        "stop" => Some(GateAnswer::Stop),
        other => {
            reader.error("bad-answer", node, format!("`{other}` is no answer at a gate: go, stop"));
            None
        }
    }
}
