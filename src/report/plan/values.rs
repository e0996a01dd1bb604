//! What is known of values before a run, and what conditions amount to with them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decided, Decision, Value};
use crate::report::asks;
use crate::runbook::model::{Condition, Step};

/// What is known of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It is this, and where it comes from.
    Is(String, String),
    /// It comes to be while the run goes on; how, in words.
    Later(String),
    /// It is a secret; where it comes from, in words.
    Secret(String),
    /// Nobody has given it.
    Missing,
}

/// Values by name.
#[derive(Debug, Clone, Default)]
pub struct Values(pub BTreeMap<String, Known>);

impl Values {
    /// Returns all that are known, but those that gonogo sets itself.
    pub fn known(&self) -> BTreeMap<String, String> {
        let is = |(name, known): (&String, &Known)| match known {
            Known::Is(value, _) if name != "ENV" => Some((name.clone(), value.clone())),
            _ => None,
        };
        self.0.iter().filter_map(is).collect()
    }

    /// Returns `name` with its value and where that comes from.
    pub fn shown(&self, name: &str) -> Value {
        let (value, from) = match self.0.get(name) {
            Some(Known::Is(value, from)) => (Some(value.clone()), from.clone()),
            Some(Known::Later(how)) => (None, format!("unknown until run: {how}")),
            Some(Known::Secret(from)) => (None, format!("a secret, {from}")),
            Some(Known::Missing) => (None, "missing: nobody has given it".to_owned()),
            None => (None, "unknown until run: nothing sets it before".to_owned()),
        };
        Value { name: name.to_owned(), value, from }
    }

    /// Returns what `condition` amounts to. A value that is not known decides nothing.
    pub fn decide(&self, condition: &Condition) -> Decision {
        let name = &condition.name;
        let (decided, why) = match self.0.get(name) {
            Some(Known::Is(value, _)) => {
                let holds = match &condition.equals {
                    Some(wanted) => value == wanted,
                    None => !matches!(value.as_str(), "" | "0" | "no" | "false"),
                };
                let is = if value.is_empty() { "empty" } else { value };
                (if holds { Decided::Applies } else { Decided::Not }, format!("{name} is {is}"))
            }
            Some(Known::Later(how)) => (Decided::Unknown, format!("{name} is {how}")),
            Some(Known::Secret(_)) => (Decided::Unknown, format!("{name} is a secret")),
            Some(Known::Missing) | None => {
                (Decided::Unknown, format!("{name} has no value: the captain is asked"))
            }
        };
        Decision { condition: asks::condition(condition), decided, why }
    }

    /// Returns the names of what a person has to fill in before `step` can run: each once, in the order of the script.
    pub fn waits(&self, step: &Step) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let demanded = step.blanks.iter().filter(|blank| blank.demanded).map(|blank| &blank.name);
        let open = demanded.filter(|name| matches!(self.0.get(*name), None | Some(Known::Missing)));
        open.filter(|name| seen.insert(*name)).cloned().collect()
    }
}
