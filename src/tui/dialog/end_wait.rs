//! Ending a wait before its time.

use crate::run::command::Action;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::text::clocks::{m_ss, words};
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::{Row, elapsed};
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct EndWait {
    id: BoxId,
    form: Form,
}

impl EndWait {
    /// Returns the question about the box called `id`.
    #[must_use]
    pub fn new(id: &BoxId) -> Self {
        Self { id: id.clone(), form: Form::new(vec![Slot::new("reason", "wanted")]) }
    }
}

impl Ask for EndWait {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let name = about::box_name(cx.run, &self.id);
        (format!("End the wait of {name} early"), "your reason stays in the record".to_owned())
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let index = cx.run.runbook.box_index(&self.id);
        let started = index.and_then(|i| cx.run.boxes.get(i)).and_then(|b| b.wait_started);
        let wait = cx.run.runbook.find_box(&self.id).and_then(|b| b.wait).unwrap_or_default();
        let gone = started.map(|s| elapsed(&s, &cx.now)).unwrap_or_default();
        vec![cx.labelled("waited", &format!("{} of {}", m_ss(gone), words(wait)))]
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        Words::does("end the wait now", "")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::EndWait { id: self.id.clone(), reason: self.form.text(0) })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("end wait {}", self.id))
    }

    fn stale(&self, run: &Run) -> Option<String> {
        let index = run.runbook.box_index(&self.id)?;
        let ended = run.boxes.get(index).is_some_and(|b| b.wait_ended || b.settled());
        ended.then(|| "the wait is over".to_owned())
    }
}
