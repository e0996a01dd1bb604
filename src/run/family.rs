//! Parents and children: what a child run is given, and what its end means for its parent.

use std::collections::BTreeMap;

use crate::run::event::Event;
use crate::run::fact::{ChildClosed, Entry, RunClosed, RunOutcome};
use crate::run::secrets::is_secret;
use crate::run::state::Run;
use crate::runbook::model::Runbook;
use crate::runbook::placeholder::asked::Unfit;

impl Run {
    /// Returns the values that this run hands on to a child of `runbook`: those the child declares, or
    /// has placeholders for.
    #[must_use]
    pub fn handed_on(&self, runbook: &Runbook) -> BTreeMap<String, String> {
        let takes = |name: &str| runbook.takes(name) && !is_secret(runbook, name);
        // What the child cannot put into its scripts is asked for there.
        let unfit = |name: &str, value: &str| matches!(runbook.check_value(name, value), Err(Unfit::Text(_)));
        let handed = self.values.iter().filter(|(n, v)| takes(n) && !unfit(n, v));
        handed.map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    /// Returns the facts that follow for this run when its child `child` has closed: the child's end with the values
    /// that this run declares, and, after a rollback that completed, this run's own end.
    #[must_use]
    pub fn child_ended(&self, child: &Self) -> Vec<Entry> {
        let Some((closed, _)) = &child.closed else { return Vec::new() };
        let open = self.open_child().filter(|c| c.opened.child == child.id);
        let Some(opened) = open else { return Vec::new() };
        let mut facts = vec![Event::ChildClosed(ChildClosed {
            child: child.id.clone(),
            outcome: closed.outcome,
            values: if opened.opened.rollback { BTreeMap::new() } else { self.taken_back(child) },
        })];
        if opened.opened.rollback && closed.outcome == RunOutcome::Completed {
            facts.push(Event::RunClosed(RunClosed {
                who: closed.who.clone(),
                outcome: RunOutcome::RolledBack,
                reason: None,
                counts: self.counts(),
                seen: self.seen_by(&closed.who),
            }));
        }
        facts.into_iter().map(|event| Entry { event, chunk: None }).collect()
    }

    fn taken_back(&self, child: &Self) -> BTreeMap<String, String> {
        let boxes = &self.runbook.boxes;
        let declares = |name: &str| {
            self.runbook.takes(name)
                || boxes.iter().any(|b| b.value.as_ref().is_some_and(|v| v.name == name))
                || boxes
                    .iter()
                    .flat_map(|b| &b.steps)
                    .any(|s| s.capture.as_ref().is_some_and(|c| c.name == name))
        };
        child
            .values
            .iter()
            .filter(|(name, value)| declares(name) && self.values.get(*name) != Some(*value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}
