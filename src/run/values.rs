//! Values that people give: which are still missing, giving several at once, and the runbook with them put in.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::run::decide::Decision;
use crate::run::event::Event;
use crate::run::fact::{NamedValue, ValueSet, Who};
use crate::run::refusal::Refusal;
use crate::run::secrets::is_secret;
use crate::run::state::Run;
use crate::runbook::model::Step;
use crate::runbook::placeholder::asked::Asked;
use crate::runbook::placeholder::{fill, value};

impl Run {
    /// Puts the values that there are into the runbook, so that what is shown, what runs and what is recorded are one.
    pub(crate) fn refill(&mut self) {
        // What differs by host stands in no text.
        let shared = |name: &String| !self.host_values.contains_key(name);
        let values =
            self.values.iter().filter(|(n, _)| shared(n)).map(|(n, v)| (n.clone(), v.clone())).collect();
        self.runbook = Arc::new(fill::filled(&self.source, &values));
    }

    /// Returns what is asked for at opening and has no value yet, in the order of the form.
    pub fn unanswered(&self) -> impl Iterator<Item = Asked<'_>> {
        self.runbook.asked().into_iter().filter(|a| !self.values.contains_key(a.name))
    }

    /// Returns the title, with the values put in for its placeholders.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.opened.title == self.source.title { &self.runbook.title } else { &self.opened.title }
    }

    /// Returns what `step` waits for: placeholders and variables without a value that people are asked for.
    #[must_use]
    pub fn lacks(&self, step: &Step) -> Vec<String> {
        match self.check_blanks(step) {
            Err(Refusal::Missing(names)) => names,
            _ => Vec::new(),
        }
    }

    /// Checks that nothing in the script of `step` is still to be filled in, and that every variable that people are
    /// asked for has its value.
    pub(crate) fn check_blanks(&self, step: &Step) -> Result<(), Refusal> {
        let asked: BTreeSet<&str> = self.runbook.asked().iter().map(|a| a.name).collect();
        let asks = |name: &&String| asked.contains(name.as_str());
        let open = step.blanks.iter().filter(|b| b.demanded).map(|b| &b.name);
        let mut missing: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        for name in open.clone().chain(step.uses.iter().filter(asks)) {
            let known = self.values.contains_key(name) || self.host_values.contains_key(name);
            if !known && !is_secret(&self.runbook, name) && seen.insert(name) {
                missing.push(name.clone());
            }
        }
        if !missing.is_empty() {
            return Err(Refusal::Missing(missing));
        }
        // What has a value and still stands open could not be put in.
        let Some(name) = open.into_iter().next() else { return Ok(()) };
        let why = match self.values.get(name) {
            _ if self.host_values.contains_key(name) => {
                format!("each host has its own value: write \"${name}\" in the script instead")
            }
            Some(value) => value::check(name, value).err().unwrap_or_default(),
            None => format!("a secret is put into no script: write \"${name}\" in it"),
        };
        Err(Refusal::Unfit { name: name.clone(), why })
    }

    /// Several values at once; those that stand already are left out.
    pub(crate) fn decide_set_values(&self, who: &Who, values: &[NamedValue]) -> Decision {
        let mut facts = Vec::new();
        for value in values {
            let before = self.values.get(&value.name);
            if before == Some(&value.value) {
                continue;
            }
            self.check_value(value)?;
            // Who changes a value that steps may have seen leaves a trace of the old one.
            let reason = before.map(|before| format!("it was {before}"));
            facts.push(Event::ValueSet(ValueSet { who: who.clone(), value: value.clone(), reason }));
        }
        if facts.is_empty() { Err(Refusal::TextMissing("a new value")) } else { Ok(facts) }
    }
}
