//! The value of a variable that never came to be, but on which something depends.

use crate::run::command::Action;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Value {
    name: String,
    waived: Option<BoxId>,
    form: Form,
}

impl Value {
    /// Returns the question for the variable `name`; `waived` is the box whose waiver left it unset.
    #[must_use]
    pub fn new(name: &str, waived: Option<BoxId>) -> Self {
        let slots = vec![Slot::new(name, "wanted"), Slot::new("reason", "how you know")];
        Self { name: name.to_owned(), waived, form: Form::new(slots) }
    }
}

impl Value {
    /// Returns the pattern that the runbook writes for the variable.
    fn pattern<'a>(&self, run: &'a Run) -> Option<&'a str> {
        let vars = run.runbook.front.vars.iter().map(|v| (&v.name, &v.pattern));
        let boxes = run.runbook.boxes.iter().filter_map(|b| b.value.as_ref()).map(|v| (&v.name, &v.pattern));
        let mut found = vars.chain(boxes).filter(|(name, _)| **name == self.name);
        found.find_map(|(_, pattern)| pattern.as_ref()).map(|p| p.regex.as_str())
    }
}

impl Ask for Value {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        (format!("What is {}?", self.name), "it has no value that can be trusted".to_owned())
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Question, format!("what is {}?", self.name), "nothing is assumed".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        let boxes = cx.run.runbook.boxes.iter();
        let depends: Vec<BoxId> = boxes
            .filter(|b| {
                let conditions =
                    b.condition.iter().chain(b.steps.iter().filter_map(|s| s.condition.as_ref()));
                conditions.into_iter().any(|c| c.name == self.name)
            })
            .map(|b| b.id.clone())
            .collect();
        match depends.as_slice() {
            [] => {}
            [one] => {
                let text = cx.run.runbook.find_box(one).map_or("", |b| b.text.as_str());
                let name = about::box_name(cx.run, one);
                rows.push(cx.labelled("decides", &format!("whether {name} applies: {text}")));
            }
            many => {
                let names = about::box_names(cx.run, many);
                rows.push(cx.labelled("decides", &format!("whether {names} apply")));
            }
        }
        if let Some(pattern) = self.pattern(cx.run) {
            rows.push(cx.labelled("must fit", pattern));
        }
        let steps = cx.run.runbook.boxes.iter().flat_map(|b| &b.steps);
        if let Some(step) =
            steps.into_iter().find(|s| s.capture.as_ref().is_some_and(|c| c.name == self.name))
        {
            let status = cx.run.step_status(step);
            rows.push(cx.labelled("from", &format!("step {}, which is {}", step.title, status.word())));
        }
        if let Some(id) = &self.waived {
            let name = about::box_name(cx.run, id);
            rows.push(cx.labelled("from", &format!("{name}, which was waived")));
        }
        if let Some(value) = cx.run.values.get(&self.name) {
            rows.push(cx.labelled("until now", value));
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
        Words::does(format!("set {}", self.name), "with your name and reason")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::SetValue {
            name: self.name.clone(),
            value: self.form.text(0),
            reason: self.form.text(1),
        })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("value {}", self.name))
    }

    fn stale(&self, run: &Run) -> Option<String> {
        run.closed.as_ref().map(|_| "the run is closed".to_owned())
    }
}
