//! Conditions: they hold, they do not, or nobody can know yet. What cannot be known is never taken for "no".

use crate::run::attempt::StepStatus;
use crate::run::state::Run;
use crate::runbook::model::Condition;

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

impl Run {
    /// Returns whether `condition` holds. A variable that was never set, or that comes from a step that failed, was
    /// cancelled or is unknown, decides nothing.
    #[must_use]
    pub fn holds(&self, condition: &Condition) -> Holds {
        let name = &condition.name;
        let Some(value) = self.values.get(name) else { return Holds::Unknown(name.clone()) };
        if self.source_is_doubtful(name) {
            return Holds::Unknown(name.clone());
        }
        let yes = match &condition.equals {
            Some(wanted) => value == wanted,
            None => !matches!(value.as_str(), "" | "0" | "no" | "false"),
        };
        if yes {
            return Holds::Yes;
        }
        let wanted = condition.equals.as_ref().map(|w| format!(", not {w}")).unwrap_or_default();
        Holds::No(format!("{name} is {}{wanted}", if value.is_empty() { "empty" } else { value }))
    }

    /// Returns whether the value of `name` was captured by a step that now is not passed.
    fn source_is_doubtful(&self, name: &str) -> bool {
        self.runbook.boxes.iter().flat_map(|b| &b.steps).any(|step| {
            step.capture.as_ref().is_some_and(|c| c.name == name)
                && matches!(
                    self.step_status(step),
                    StepStatus::Failed | StepStatus::Cancelled | StepStatus::Unknown
                )
        })
    }
}
