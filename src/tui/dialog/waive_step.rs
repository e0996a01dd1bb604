//! Skipping a step: why, and who carries the risk.

use crate::run::command::Action;
use crate::run::state::Run;
use crate::runbook::ids::StepId;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct WaiveStep {
    step: StepId,
    form: Form,
}

impl WaiveStep {
    /// Returns the question for `step`.
    #[must_use]
    pub fn new(step: &StepId) -> Self {
        let slots = vec![Slot::new("reason", "wanted"), Slot::new("risk owner", "who carries the risk")];
        Self { step: step.clone(), form: Form::new(slots) }
    }
}

impl Ask for WaiveStep {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        (format!("Waive step {}", about::step_title(cx.run, &self.step)), "go on without it".to_owned())
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let Some((item, step)) = cx.run.runbook.find_step(&self.step) else { return Vec::new() };
        let hosts: Vec<String> =
            cx.run.host_statuses(step).iter().map(|(h, s)| format!("{} {}", h.name, s.word())).collect();
        let mut rows = vec![cx.labelled("box", &item.text), cx.labelled("state", &hosts.join(", "))];
        if let Some(capture) = &step.capture {
            let lost = format!("{} stays without a value; steps that use it will not run", capture.name);
            rows.push(cx.labelled("then", &lost));
        }
        rows
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        Words::does(format!("waive step {}", about::step_title(cx.run, &self.step)), "")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::WaiveStep {
            step: self.step.clone(),
            reason: self.form.text(0),
            risk_owner: self.form.filled(1),
        })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("waive step {}", self.step))
    }

    fn stale(&self, run: &Run) -> Option<String> {
        let (_, step) = run.runbook.find_step(&self.step)?;
        let settled = run.step_status(step).settled();
        settled.then(|| format!("step {} is settled", step.title))
    }
}
