//! A note, about a box or about the run.

use crate::run::command::Action;
use crate::runbook::ids::BoxId;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct Note {
    id: Option<BoxId>,
    form: Form,
}

impl Note {
    /// Returns the question, about the box called `id` if there is one.
    #[must_use]
    pub fn new(id: Option<BoxId>) -> Self {
        Self { id, form: Form::new(vec![Slot::new("note", "")]) }
    }
}

impl Ask for Note {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let about = self.id.as_ref().map(|id| format!(" on {}", about::box_name(cx.run, id)));
        (format!("Note{}", about.unwrap_or_default()), "into the record, with your name".to_owned())
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let earlier = cx.run.notes.iter().filter(|(n, _)| n.id == self.id).rev().take(3);
        let mut rows: Vec<Row> = earlier
            .map(|(n, at)| {
                vec![
                    cx.ink.skip(format!("  {}  ", cx.zone.hm(at.wall))),
                    cx.ink.text(format!("{}: {}", n.who.name, n.text)),
                ]
            })
            .collect();
        rows.reverse();
        rows
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        Words::does("write the note", "")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::Note { id: self.id.clone(), text: self.form.text(0) })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("note {}", self.id.as_ref().map(BoxId::as_str).unwrap_or_default()))
    }
}
