//! Offering the run to somebody who drives on: to whom, and why.

use crate::run::command::Action;
use crate::run::state::Run;
use crate::runbook::model::CAPTAIN;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;

/// The question.
#[derive(Debug, Clone)]
pub struct Offer {
    form: Form,
    run: String,
}

impl Offer {
    /// Returns the question. Where one other person may be captain, their name stands in it already.
    #[must_use]
    pub fn new(run: &Run) -> Self {
        let mut others = run.in_role(CAPTAIN);
        others.retain(|name| *name != run.captain.name);
        let to = match others.as_slice() {
            [one] => Slot::new("to", "their name").holding(one),
            _ => Slot::new("to", "their name"),
        };
        Self { form: Form::new(vec![to, Slot::new("words", "such as: my shift ends")]), run: run.id.clone() }
    }
}

impl Ask for Offer {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        ("Hand the run over".to_owned(), "an offer, until they take it".to_owned())
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let mut rows = vec![cx.labelled("boxes", &cx.run.counts().words())];
        if let Some(attempt) = cx.run.in_flight().next() {
            let step = crate::tui::about::step_title(cx.run, &attempt.intent.step);
            rows.push(cx.labelled("runs", &format!("{step}: nobody takes the run before it has ended")));
        }
        if let Some((offer, at)) = &cx.run.offered {
            let said = format!("{} at {}: a new offer replaces it", offer.to, cx.zone.hm(at.wall));
            rows.push(cx.labelled("offered to", &said));
        }
        rows
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        match self.form.filled(0) {
            Some(to) => Words::does(
                format!("offer the run to {to}"),
                format!("taken with: gonogo handover {} --accept", self.run),
            ),
            None => Words::does("offer the run", "to whom?"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::OfferHandover { to: self.form.text(0), text: self.form.filled(1) })
    }

    fn draft(&self) -> Option<String> {
        Some("hand over".to_owned())
    }

    fn stale(&self, run: &Run) -> Option<String> {
        run.closed.is_some().then(|| "the run is closed".to_owned())
    }
}
