//! Skipping a box: why, and who carries the risk.

use crate::run::command::Action;
use crate::runbook::ids::BoxId;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct Waive {
    id: BoxId,
    form: Form,
}

impl Waive {
    /// Returns the question for the box called `id`; one that is `optional` wants no reason.
    #[must_use]
    pub fn new(id: &BoxId, optional: bool) -> Self {
        let hint = if optional { "not wanted: it is optional" } else { "wanted" };
        let slots = vec![Slot::new("reason", hint), Slot::new("risk owner", "who carries the risk")];
        Self { id: id.clone(), form: Form::new(slots) }
    }
}

impl Ask for Waive {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        (format!("Waive {}", about::box_name(cx.run, &self.id)), "skipped, with your reason".to_owned())
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let Some(item) = cx.run.runbook.find_box(&self.id) else { return Vec::new() };
        let mut rows = vec![cx.labelled("box", &item.text)];
        let inside = cx.run.runbook.box_index(&self.id).map(|i| cx.run.open_children(i)).unwrap_or_default();
        if !inside.is_empty() {
            let names = about::box_names(cx.run, &inside);
            rows.push(cx.labelled("with it", &format!("{names}, which stand inside it")));
        }
        if let Some(value) = &item.value {
            let lost = format!("{} stays without a value; steps that use it will not run", value.name);
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
        Words::does(format!("waive {}", about::box_name(cx.run, &self.id)), "it is not done, and says so")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::Waive {
            id: self.id.clone(),
            reason: self.form.text(0),
            risk_owner: self.form.filled(1),
            out_of_order: false,
        })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("waive {}", self.id))
    }
}
