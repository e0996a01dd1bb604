//! The value of a variable that never came to be, but on which something depends.

use crate::run::command::Action;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runbook::model::BoxItem;
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
    fn pattern(&self, run: &Run) -> Option<String> {
        let vars = run.runbook.front.vars.iter().map(|v| (&v.name, &v.pattern));
        let boxes = run.runbook.boxes.iter().filter_map(|b| b.value.as_ref()).map(|v| (&v.name, &v.pattern));
        let mut found = vars.chain(boxes).filter(|(name, _)| **name == self.name);
        found.find_map(|(_, pattern)| pattern.as_ref()).map(|p| in_words(p.regex.as_str()))
    }

    /// Returns the boxes and steps that cannot be decided without the value, by name.
    fn depends(&self, run: &Run) -> Vec<String> {
        let on =
            |c: &Option<crate::runbook::model::Condition>| c.as_ref().is_some_and(|c| c.name == self.name);
        let mut all = Vec::new();
        for item in &run.runbook.boxes {
            let name = about::box_name(run, &item.id);
            if on(&item.condition) {
                all.push(format!("whether {name} applies: {}", item.text));
            }
            let steps = item.steps.iter().filter(|s| on(&s.condition));
            all.extend(steps.map(|s| format!("whether step {} of {name} runs", s.title)));
        }
        all
    }

    /// Returns the box that gives or gave the value: that of its step, that which asks for it, or the first that
    /// depends on it.
    fn source<'a>(&self, run: &'a Run) -> Option<&'a BoxItem> {
        let gives = |b: &&BoxItem| {
            b.value.as_ref().is_some_and(|v| v.name == self.name)
                || b.steps.iter().any(|s| s.capture.as_ref().is_some_and(|c| c.name == self.name))
        };
        let boxes = &run.runbook.boxes;
        let depends = |b: &&BoxItem| b.condition.as_ref().is_some_and(|c| c.name == self.name);
        boxes.iter().find(gives).or_else(|| boxes.iter().find(depends))
    }
}

impl Ask for Value {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        (format!("What is {}?", self.name), "it has no value that can be trusted".to_owned())
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Question, format!("what is {}?", self.name), "nothing is assumed".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        let depends = self.depends(cx.run);
        let shown = if depends.len() > 3 { 2 } else { 3 };
        for (n, what) in depends.iter().take(shown).enumerate() {
            rows.extend(cx.wrapped(if n == 0 { "decides" } else { "" }, what, columns, 2));
        }
        if depends.len() > shown {
            rows.push(cx.labelled("", &format!("… and {} more", depends.len() - shown)));
        }
        if let Some(pattern) = self.pattern(cx.run) {
            rows.push(cx.labelled("must fit", &pattern));
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
        let prose = self.source(cx.run).map(|b| b.prose.trim()).unwrap_or_default();
        let spare = cx.rows.saturating_sub(rows.len());
        if !prose.is_empty() && spare > 0 {
            rows.extend(cx.wrapped("it says", prose, columns, spare));
        }
        rows
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn tall(&self, _cx: &Cx<'_>) -> bool {
        true
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        Words::does(format!("set {}", self.name), "with your name and reason")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        if self.form.text(0).is_empty() {
            let pattern = self.pattern(cx.run).map(|p| format!(": {p}")).unwrap_or_default();
            return Answer::Refuse(format!("{} is wanted{pattern}", self.name));
        }
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

/// Returns a pattern as people write it: the anchors mean nothing, because a value has to match as a whole, and words
/// to choose from need no bracket.
fn in_words(pattern: &str) -> String {
    let bare = pattern.strip_prefix('^').unwrap_or(pattern);
    let bare = bare.strip_suffix('$').filter(|b| !b.ends_with('\\')).unwrap_or(bare);
    let inner = bare.strip_prefix("(?:").or_else(|| bare.strip_prefix('('));
    let inner = inner.and_then(|b| b.strip_suffix(')')).unwrap_or(bare);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '|' | '_' | '-' | ' ');
    if inner.chars().all(plain) { inner.to_owned() } else { pattern.to_owned() }
}
