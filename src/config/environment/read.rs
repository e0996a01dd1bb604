//! Reads the environment file; pure.

use std::collections::BTreeSet;
use std::time::Duration;

use super::host::{self, Host};
use super::{Colour, Confirm, Environment, Environments, Window, Witness};
use crate::config::file::{self, Parsed};
use crate::runbook::check_variable;
use crate::runbook::first_hidden;
use crate::runbook::hosts::check_name;
use crate::runbook::yaml::{Node, Reader, Value};

/// Keys that are understood.
pub const KNOWN: [&str; 9] =
    ["colour", "confirm", "vars", "hosts", "timezone", "window", "ssh_config", "keepalive", "witness"];
/// Keys that the format has and nothing enforces yet.
pub const LATER: [&str; 0] = [];

/// Parses an environment file.
///
/// # Errors
/// All findings, at least one of them an error, in the order of the file.
pub fn parse(bytes: &[u8]) -> Parsed<Environments> {
    file::yaml(bytes, crate::runbook::MAX_BYTES, |root, reader| {
        let list: Vec<Environment> = reader
            .entries(root, "an environment file")
            .into_iter()
            .filter_map(|(key, name, value)| environment(key, name, value, reader))
            .collect();
        if list.is_empty() && reader.findings.is_empty() {
            reader.error("no-environments", root, "there is no environment in this file");
        }
        Environments { list }
    })
}

fn environment(key: &Node, name: String, node: &Node, reader: &mut Reader<'_>) -> Option<Environment> {
    if let Err(why) = check_name(&name) {
        reader.error("bad-name", key, why);
        return None;
    }
    let mut out = Environment {
        name,
        colour: None,
        confirm: Confirm::None,
        vars: Vec::new(),
        roles: Vec::new(),
        timezone: None,
        window: None,
        ssh_config: None,
        keepalive: None,
        witness: None,
        place: reader.place(&key.bytes),
    };
    let mut hosts_at = None;
    for (key, name, value) in reader.entries(node, "an environment") {
        match name.as_str() {
            "colour" => out.colour = colour(value, reader),
            "confirm" => out.confirm = confirm(value, reader).unwrap_or(Confirm::Type),
            "vars" => out.vars = vars(value, reader),
            "hosts" => {
                out.roles = roles(value, reader);
                hosts_at = Some(value);
            }
            "timezone" => out.timezone = timezone(value, reader),
            "window" => out.window = window(value, reader),
            "ssh_config" => out.ssh_config = plain(value, "`ssh_config`", reader),
            "keepalive" => out.keepalive = keepalive(value, reader),
            "witness" => out.witness = witness(value, reader),
            "color" => {
                let help = Some("did you mean `colour`?".to_owned());
                reader.error_help("unknown-key", key, "unknown key `color`", help);
            }
            _ => reader.unknown_key(key, &name, &KNOWN, &LATER),
        }
    }
    if let Some(at) = hosts_at {
        let wrong: BTreeSet<String> = out.hosts().filter_map(|host| out.jump_of(host).err()).collect();
        for why in wrong {
            reader.error("bad-jump", at, why);
        }
    }
    if out.roles.is_empty() {
        reader.error("no-hosts", key, format!("environment `{}` has no hosts", out.name));
    }
    Some(out)
}

fn colour(node: &Node, reader: &mut Reader<'_>) -> Option<Colour> {
    let text = reader.text(node, "`colour`")?;
    let colour = match text.as_str() {
        "red" => Colour::Red,
        "yellow" => Colour::Yellow,
        "magenta" => Colour::Magenta,
        "green" => Colour::Green,
        "cyan" => Colour::Cyan,
        "blue" => Colour::Blue,
        _ => {
            let message = format!("`{text}` is not a colour: red, yellow, magenta, green, cyan, blue");
            reader.error("bad-colour", node, message);
            return None;
        }
    };
    Some(colour)
}

fn witness(node: &Node, reader: &mut Reader<'_>) -> Option<Witness> {
    match reader.text(node, "`witness`")?.as_str() {
        "syslog" => Some(Witness::Syslog),
        other => {
            reader.error("bad-witness", node, format!("`{other}` is no witness: syslog"));
            None
        }
    }
}

fn confirm(node: &Node, reader: &mut Reader<'_>) -> Option<Confirm> {
    match reader.text(node, "`confirm`")?.as_str() {
        "none" => Some(Confirm::None),
        "press" => Some(Confirm::Press),
        "type" => Some(Confirm::Type),
        other => {
            reader.error(
                "bad-confirm",
                node,
                format!("`{other}` is no kind of confirmation: none, press, type"),
            );
            None
        }
    }
}

fn vars(node: &Node, reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (key, name, value) in reader.entries(node, "`vars`") {
        if let Err(why) = check_variable(&name) {
            reader.error("bad-variable", key, why);
        } else if let Some(value) = plain(value, "a variable", reader) {
            out.push((name, value));
        }
    }
    out
}

fn roles(node: &Node, reader: &mut Reader<'_>) -> Vec<(String, Vec<Host>)> {
    let mut out: Vec<(String, Vec<Host>)> = Vec::new();
    for (key, role, value) in reader.entries(node, "`hosts`") {
        if let Err(why) = check_name(&role) {
            reader.error("bad-name", key, why);
            continue;
        }
        if role == "local" {
            reader.error("reserved-role", key, "`local` means this machine and cannot be a role");
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
        let mut hosts: Vec<Host> = Vec::new();
        for item in list {
            let Some(host) = host::read(item, reader) else { continue };
            if hosts.iter().any(|h| h.name == host.name) {
                reader.error(
                    "duplicate-host",
                    item,
                    format!("`{}` stands in role `{role}` twice", host.name),
                );
            } else if let Some(other) = other_meaning(&host, &out) {
                let message = format!(
                    "`{}` is {} here and {} in role `{}`",
                    host.name,
                    host.target(),
                    other.1,
                    other.0
                );
                reader.error("ambiguous-host", item, message);
            } else {
                hosts.push(host);
            }
        }
        out.push((role, hosts));
    }
    out
}

/// A name must mean one target: the log and the operator know hosts by name.
fn other_meaning(host: &Host, roles: &[(String, Vec<Host>)]) -> Option<(String, String)> {
    let known = roles.iter().flat_map(|(role, hosts)| hosts.iter().map(move |h| (role, h)));
    let mut same = known.filter(|(_, h)| h.name == host.name);
    same.find(|(_, h)| *h != host).map(|(role, h)| (role.clone(), h.target()))
}

fn timezone(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, "`timezone`")?;
    let known = crate::clock::Zone::named(&text).is_some();
    if !known {
        let help = Some("write it like `Asia/Riyadh` or `UTC`".to_owned());
        reader.error_help("bad-timezone", node, format!("`{text}` is not a time zone"), help);
    }
    known.then_some(text)
}

fn keepalive(node: &Node, reader: &mut Reader<'_>) -> Option<Duration> {
    let text = reader.text(node, "`keepalive`")?;
    let seconds = text.strip_suffix('s').map(|n| (n, 1)).or_else(|| text.strip_suffix('m').map(|n| (n, 60)));
    let span = seconds.and_then(|(number, unit)| {
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        let number = number.parse::<u16>().ok().filter(|n| digits && *n > 0)?;
        Some(Duration::from_secs(u64::from(number) * unit))
    });
    if span.is_none() {
        let help = Some("write it like `10s` or `1m`".to_owned());
        reader.error_help("bad-keepalive", node, format!("`{text}` is not a time"), help);
    }
    span
}

fn window(node: &Node, reader: &mut Reader<'_>) -> Option<Window> {
    let text = reader.text(node, "`window`")?;
    let two = |part: &str, most: u8| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u8>().ok().filter(|&n| digits && n <= most)
    };
    let window = text.split_once(':').and_then(|(hour, minute)| {
        Some(Window { hour: two(hour, 23)?, minute: two(minute, 59).filter(|_| minute.len() == 2)? })
    });
    if window.is_none() {
        let help = Some("write it like `04:00`".to_owned());
        reader.error_help("bad-window", node, format!("`{text}` is not a time of day"), help);
    }
    window
}

/// Returns the text of `node` unless it holds characters that nobody sees.
pub fn plain(node: &Node, what: &str, reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text(node, what)?;
    match first_hidden(&text, false) {
        Some(c) => {
            reader.error(
                "hidden-character",
                node,
                format!("{what} holds the hidden character U+{:04X}", u32::from(c)),
            );
            None
        }
        None => Some(text),
    }
}
