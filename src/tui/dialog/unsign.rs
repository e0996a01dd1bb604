//! Taking a signature or a waiver back: a new fact, nothing is erased.

use crate::run::command::Action;
use crate::runbook::ids::BoxId;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct Unsign {
    id: BoxId,
    form: Form,
}

impl Unsign {
    /// Returns the question for the box called `id`.
    #[must_use]
    pub fn new(id: &BoxId) -> Self {
        Self { id: id.clone(), form: Form::new(vec![Slot::new("reason", "wanted")]) }
    }
}

impl Ask for Unsign {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let name = about::box_name(cx.run, &self.id);
        (format!("Open {name} again"), "a new fact; nothing is erased".to_owned())
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let state = cx.run.runbook.box_index(&self.id).and_then(|i| cx.run.boxes.get(i));
        let mut rows = Vec::new();
        if let Some((signed, at)) = state.and_then(|s| s.signed.as_ref()) {
            let said = format!("{} {} at {}", signed.who.name, signed.who.proof.word(), cx.zone.hm(at.wall));
            rows.push(cx.labelled("signed by", &said));
            if let Some(value) = &signed.value {
                let gone = format!("{} = {} is forgotten with it", value.name, value.value);
                rows.push(cx.labelled("value", &gone));
            }
        }
        if let Some((waived, at)) = state.and_then(|s| s.waived.as_ref()) {
            let said = format!("{} at {}: {}", waived.who.name, cx.zone.hm(at.wall), waived.reason);
            rows.push(cx.labelled("waived by", &said));
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
        Words::does(format!("open {} again", about::box_name(cx.run, &self.id)), "its signature falls")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::Unsign { id: self.id.clone(), reason: self.form.text(0) })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("unsign {}", self.id))
    }
}
