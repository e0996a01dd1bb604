//! What a person is asked for when a run is opened, and what may be answered: one rule for the form, `--set`, answers
//! files, environments and values given later. Pure.

use std::collections::{HashMap, HashSet};

use super::value;
use crate::runbook::model::{Pattern, Placeholder, Runbook, VarDecl};

/// Something that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The variable.
    pub name: &'a str,
    /// How it stands in the file; the name itself for one that is only declared.
    pub shown: &'a str,
    /// Whether steps wait for it.
    pub demanded: bool,
    /// Whether it is put into scripts as it is.
    pub text: bool,
    /// Its declaration.
    pub declared: Option<&'a VarDecl>,
}

impl Runbook {
    /// Returns what is asked for at opening: first what is declared, then what steps wait for, then what is offered.
    ///
    /// Secrets come from elsewhere, and what a step captures or a box asks for comes to be on the way.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked<'_>> {
        let later = self.later();
        let vars = self.front.vars.iter().filter(|v| v.secret.is_none() && !later.contains(v.name.as_str()));
        let declared: HashSet<&str> = self.front.vars.iter().map(|v| v.name.as_str()).collect();
        let named: HashMap<&str, &Placeholder> =
            self.placeholders.iter().rev().map(|p| (p.name.as_str(), p)).collect();
        let mut out: Vec<Asked<'_>> = vars
            .map(|v| {
                let placeholder = named.get(v.name.as_str());
                let shown = placeholder.map_or(v.name.as_str(), |p| p.shown.as_str());
                let text = placeholder.is_some_and(|p| p.text);
                Asked { name: &v.name, shown, demanded: true, text, declared: Some(v) }
            })
            .collect();
        for demanded in [true, false] {
            let rest = self.placeholders.iter().filter(|p| p.demanded == demanded);
            let rest =
                rest.filter(|p| !declared.contains(p.name.as_str()) && !later.contains(p.name.as_str()));
            out.extend(rest.map(|p| Asked {
                name: &p.name,
                shown: &p.shown,
                demanded,
                text: p.text,
                declared: None,
            }));
        }
        out
    }

    /// Returns whether a value for `name` may be given for a run: it is declared, or a placeholder.
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        self.front.vars.iter().any(|v| v.name == name) || self.placeholders.iter().any(|p| p.name == name)
    }

    /// The names that come to be while the run goes on.
    fn later(&self) -> HashSet<&str> {
        let values = self.boxes.iter().filter_map(|b| b.value.as_ref()).map(|v| v.name.as_str());
        let steps = self.boxes.iter().flat_map(|b| &b.steps);
        values.chain(steps.filter_map(|s| s.capture.as_ref()).map(|c| c.name.as_str())).collect()
    }

    /// Checks `value` against everything that is written for `name`: patterns, choices, and what text can hold.
    ///
    /// # Errors
    /// [`Unfit`], which says what is wrong.
    pub fn check_value(&self, name: &str, value: &str) -> Result<(), Unfit> {
        let front = || self.front.vars.iter().filter(|v| v.name == name);
        let boxes = self.boxes.iter().filter_map(|b| b.value.as_ref()).filter(|v| v.name == name);
        let patterns =
            front().filter_map(|v| v.pattern.as_ref()).chain(boxes.filter_map(|v| v.pattern.as_ref()));
        if let Some(pattern) = patterns.into_iter().find(|p: &&Pattern| !p.matches_whole(value)) {
            return Err(Unfit::Pattern(pattern.regex.as_str().to_owned()));
        }
        if let Some(var) = front().find(|v| !v.choose.is_empty() && !v.choose.iter().any(|c| c == value)) {
            return Err(Unfit::Choice(var.choose.clone()));
        }
        if self.placeholders.iter().any(|p| p.name == name && p.text) {
            value::check(name, value).map_err(Unfit::Text)?;
        }
        Ok(())
    }
}

/// Why a value cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It does not match as a whole.
    #[error("does not match {0}")]
    Pattern(String),
    /// It is none of the values to choose from.
    #[error("is none of: {}", .0.join(", "))]
    Choice(Vec<String>),
    /// It cannot be put into a script as it is.
    #[error("does not fit: {0}")]
    Text(String),
}
