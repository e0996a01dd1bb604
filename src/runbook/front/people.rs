//! Roles of the front matter: of machines (`hosts`) and of people (`roles`); imports `hosts`.

use std::collections::HashSet;

use super::plain;
use crate::runbook::hosts::{check_name, parse};
use crate::runbook::yaml::{Node, Reader, Value};

/// Letters a principal may have.
const MOST_LETTERS: usize = 128;

/// Returns the roles of machines in `node`, each with its hosts.
pub fn hosts(node: &Node, reader: &mut Reader<'_>) -> Vec<(String, Vec<String>)> {
    let mut out = Vec::new();
    for (key, role, value) in reader.entries(node, "`hosts`") {
        if let Err(why) = check_name(&role) {
            reader.error("bad-name", key, why);
            continue;
        }
        if role == "local" {
            reader.error("reserved-role", key, "`local` means this machine and cannot be a role");
            continue;
        }
        let list = one_or_many(value);
        if list.is_empty() {
            reader.error("no-hosts", key, format!("role `{role}` has no hosts"));
        }
        let mut seen = HashSet::new();
        let mut hosts = Vec::new();
        for item in list {
            let Some(text) = reader.text(item, "a host") else { continue };
            match parse(&text) {
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

/// Returns the roles of people in `node`, each with its principals.
pub fn roles(node: &Node, reader: &mut Reader<'_>) -> Vec<(String, Vec<String>)> {
    let mut out = Vec::new();
    for (key, role, value) in reader.entries(node, "`roles`") {
        if let Err(why) = check_name(&role) {
            reader.error("bad-name", key, why);
            continue;
        }
        let list = one_or_many(value);
        if list.is_empty() {
            reader.error("bad-principal", key, format!("nobody has the role `{role}`"));
        }
        let mut people: Vec<String> = Vec::new();
        for item in list {
            let Some(text) = reader.text(item, "a principal").and_then(|text| plain(item, &text, reader))
            else {
                continue;
            };
            let fits = !text.is_empty()
                && text.chars().count() <= MOST_LETTERS
                && !text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | '"'));
            if !fits {
                let message = format!("`{text}` is not a principal: one word, such as qa1@example.org");
                reader.error("bad-principal", item, message);
            } else if people.contains(&text) {
                reader.error("bad-principal", item, format!("`{text}` has the role `{role}` twice"));
            } else {
                people.push(text);
            }
        }
        out.push((role, people));
    }
    out
}

fn one_or_many(value: &Node) -> &[Node] {
    match &value.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(value),
    }
}
