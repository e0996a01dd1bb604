//! Reads typed values out of YAML nodes and collects findings with their places; imports `diag` only.

use std::ops::Range;

use super::{Node, Value};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Diagnostic, LineIndex, Place};

/// Turns nodes into values and remembers what is wrong with them.
#[derive(Debug)]
pub struct Reader<'a> {
    index: &'a LineIndex<'a>,
    base: usize,
    /// What was found so far.
    pub findings: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// Returns a reader of nodes whose text begins at byte `base` of the file that `index` covers.
    #[must_use]
    pub fn new(index: &'a LineIndex<'a>, base: usize) -> Self {
        Self { index, base, findings: Vec::new() }
    }

    /// Returns where a node's bytes stand in the file.
    #[must_use]
    pub fn place(&self, bytes: &Range<usize>) -> Place {
        self.index.place(self.base + bytes.start..self.base + bytes.end)
    }

    /// Notes an error at `node`.
    pub fn error(&mut self, code: &'static str, node: &Node, message: impl Into<String>) {
        let place = self.place(&node.bytes);
        self.findings.push(Diagnostic::error(code, message).at(place));
    }

    /// Notes an error at `node` with advice.
    pub fn error_help(
        &mut self,
        code: &'static str,
        node: &Node,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let place = self.place(&node.bytes);
        let found = Diagnostic::error(code, message).at(place);
        self.findings.push(match help {
            Some(help) => found.help(help),
            None => found,
        });
    }

    /// Returns the entries of the map `node`, called `what` in messages; nothing and a note if it is something else.
    ///
    /// Nothing written (null) is an empty map.
    pub fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Vec<(&'n Node, String, &'n Node)> {
        match &node.value {
            Value::Map(entries) => entries
                .iter()
                .filter_map(|(key, value)| {
                    let name = self.text(key, "a key")?;
                    Some((key, name, value))
                })
                .collect(),
            Value::Null => Vec::new(),
            _ => {
                self.error("wrong-type", node, format!("{what} must be a map (`key: value`)"));
                Vec::new()
            }
        }
    }

    /// Returns the text of the scalar `node`, called `what` in messages; `None` and a note if it is something else.
    pub fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            Value::Null => {
                self.error("wrong-type", node, format!("{what} is empty"));
                None
            }
            _ => {
                self.error("wrong-type", node, format!("{what} must be a text"));
                None
            }
        }
    }

    /// Notes the unknown key `name`: not yet supported if `later` holds it, else with the nearest of `known`.
    pub fn unknown_key(&mut self, key: &Node, name: &str, known: &[&str], later: &[&str]) {
        if later.contains(&name) {
            return self.error("not-yet", key, format!("`{name}` is not supported yet"));
        }
        let help = did_you_mean(name, known.iter().chain(later).copied())
            .unwrap_or_else(|| format!("known here: {}", known.join(", ")));
        self.error_help("unknown-key", key, format!("unknown key `{name}`"), Some(help));
    }
}
