//! Conditions: they hold, they do not, or nobody can know yet. What cannot be known is never taken for "no".

use std::collections::BTreeSet;
use std::ops::Range;

use crate::run::attempt::StepStatus;
use crate::run::secrets::is_secret;
use crate::run::state::Run;
use crate::runbook::ids::StepId;
use crate::runbook::model::{Condition, Step};

/// What a condition amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// It holds.
    Yes,
    /// It does not, and why in words.
    No(String),
    /// Its variable has no value that can be trusted; its name.
    Unknown(String),
}

fn decided(condition: &Condition, value: &str) -> Holds {
    let yes = match &condition.equals {
        Some(wanted) => value == wanted,
        None => !matches!(value, "" | "0" | "no" | "false"),
    };
    if yes {
        return Holds::Yes;
    }
    let wanted = condition.equals.as_ref().map(|w| format!(", not {w}")).unwrap_or_default();
    Holds::No(format!("{} is {}{wanted}", condition.name, if value.is_empty() { "empty" } else { value }))
}

/// What stands in the way of a box: a condition, on the box itself or around it, that does not hold or cannot be
/// decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The boxes that the condition is on.
    pub below: Range<usize>,
    /// What it amounts to; never [`Holds::Yes`].
    pub holds: Holds,
}

impl Run {
    /// Returns whether `condition` holds. A variable that was never set, or that comes from a step that failed, was
    /// cancelled or is unknown, decides nothing.
    #[must_use]
    pub fn holds(&self, condition: &Condition) -> Holds {
        let name = &condition.name;
        // The environment's name is always known; a run without one has an empty one.
        let environment = self.opened.environment.as_ref().map(|e| e.name.clone()).unwrap_or_default();
        if name == "ENV" {
            return decided(condition, &environment);
        }
        // A run with a secret has its value; what it is, nobody but the steps may know.
        if is_secret(&self.runbook, name) && condition.equals.is_none() {
            return Holds::Yes;
        }
        if self.source_is_doubtful(name) {
            return Holds::Unknown(name.clone());
        }
        if self.host_values.contains_key(name) {
            return self.holds_on_hosts(condition);
        }
        self.values.get(name).map_or_else(|| Holds::Unknown(name.clone()), |value| decided(condition, value))
    }

    /// Returns whether `condition` holds for a variable of which hosts have values of their own: decided only when
    /// every host that should have one has it, and the condition comes to the same on all of them.
    fn holds_on_hosts(&self, condition: &Condition) -> Holds {
        let name = &condition.name;
        let captures = |step: &&Step| step.capture.as_ref().is_some_and(|c| c.per_host && c.name == *name);
        let steps = self.runbook.boxes.iter().flat_map(|b| &b.steps).filter(captures);
        let hosts: BTreeSet<&str> =
            steps.flat_map(|s| self.targets(s).unwrap_or_default()).map(|h| h.name.as_str()).collect();
        let mut all: Option<Holds> = None;
        for host in &hosts {
            let Some(value) = self.value_on(name, host) else { return Holds::Unknown(name.clone()) };
            let here = decided(condition, value);
            match &all {
                Some(before) if (*before == Holds::Yes) != (here == Holds::Yes) => {
                    return Holds::Unknown(name.clone());
                }
                Some(_) => {}
                None => all = Some(here),
            }
        }
        all.unwrap_or_else(|| Holds::Unknown(name.clone()))
    }

    /// Returns whether the value of `name` should come from a step that runs, failed, was cancelled or is unknown, and
    /// nobody has said by hand what it is since that step was started.
    fn source_is_doubtful(&self, name: &str) -> bool {
        use StepStatus::{Cancelled, Failed, Running, Unknown};
        !self.by_hand.contains(name)
            && self.runbook.boxes.iter().flat_map(|b| &b.steps).any(|step| {
                step.capture.as_ref().is_some_and(|c| c.name == name)
                    && matches!(self.step_status(step), Failed | Cancelled | Unknown | Running)
            })
    }

    /// Returns what stands in the way of the box at `index` by its own condition or one around it: of its phase, the
    /// sections it stands in, the boxes it is nested in, the outermost first. None when all hold. Behind a choice that
    /// was not made yet nothing is asked: which section applies comes first.
    #[must_use]
    pub fn bar(&self, index: usize) -> Option<Bar> {
        let item = self.runbook.boxes.get(index)?;
        let phase = self.runbook.phases.get(item.phase)?;
        if let Some(bar) = self.bar_of(phase.condition.as_ref(), phase.boxes.clone()) {
            return Some(bar);
        }
        for at in self.sections_around(index) {
            if self.choice_of(at).is_some_and(|choice| !self.choices.contains_key(&choice)) {
                return None;
            }
            let section = self.runbook.sections.get(at)?;
            if let Some(bar) = self.bar_of(section.condition.as_ref(), section.boxes.clone()) {
                return Some(bar);
            }
        }
        let mut chain = self.ancestors(index);
        chain.reverse();
        chain.push(index);
        chain.into_iter().find_map(|i| {
            let condition = self.runbook.boxes.get(i)?.condition.as_ref();
            self.bar_of(condition, i..self.end_of(i))
        })
    }

    fn bar_of(&self, condition: Option<&Condition>, below: Range<usize>) -> Option<Bar> {
        let holds = self.holds(condition?);
        (holds != Holds::Yes).then_some(Bar { below, holds })
    }

    /// Returns where the boxes nested in the one at `index` end: in the order of the file they follow it.
    fn end_of(&self, index: usize) -> usize {
        let depth = self.runbook.boxes.get(index).map_or(0, |b| b.depth);
        let rest = self.runbook.boxes.iter().enumerate().skip(index + 1);
        let next = rest.take_while(|(_, b)| b.depth > depth).last();
        next.map_or(index, |(i, _)| i) + 1
    }

    /// Returns why `step` does not apply, when it was not started yet and its condition is decided and does not hold.
    #[must_use]
    pub fn does_not_apply(&self, step: &Step) -> Option<String> {
        if self.step_status(step) != StepStatus::Pending {
            return None;
        }
        match self.holds(step.condition.as_ref()?) {
            Holds::No(why) => Some(why),
            Holds::Yes | Holds::Unknown(_) => None,
        }
    }

    /// Returns those of `steps` that do not apply and are still to be waived for that. What a box does not wait for is
    /// passed over.
    ///
    /// # Errors
    /// The first step that applies and is not settled.
    pub(crate) fn not_in_the_way<'a>(&self, steps: &'a [Step]) -> Result<Vec<(&'a Step, String)>, StepId> {
        let open = steps.iter().filter(|s| s.holds_box() && !self.step_status(s).settled());
        open.map(|s| self.does_not_apply(s).map(|why| (s, why)).ok_or_else(|| s.id.clone())).collect()
    }
}
