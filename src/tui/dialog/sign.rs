//! Signing a box: the statement as it will be recorded, the value if it wants one, words, a name.

use crate::run::command::Action;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runbook::model::Pattern;
use crate::text::wrap::wrap;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Sign {
    id: BoxId,
    value: Option<(String, Option<Pattern>)>,
    form: Form,
}

impl Sign {
    /// Returns the question for the box called `id`, to be signed by `name`.
    #[must_use]
    pub fn new(run: &Run, id: &BoxId, name: &str) -> Self {
        let value = run.runbook.find_box(id).and_then(|b| b.value.clone());
        let mut slots = Vec::new();
        if let Some(value) = &value {
            let known = run.values.get(&value.name).map(String::as_str).unwrap_or_default();
            slots.push(Slot::new(&value.name, "").holding(known));
        }
        slots.push(Slot::new("note", ""));
        slots.push(Slot::new("name", "").holding(name));
        let declared = |name: &str| {
            run.runbook.front.vars.iter().find(|v| v.name == name).and_then(|v| v.pattern.clone())
        };
        let value = value.map(|v| (v.name.clone(), v.pattern.or_else(|| declared(&v.name))));
        Self { id: id.clone(), value, form: Form::new(slots) }
    }

    fn name(&self) -> String {
        self.form.text(self.form.slots.len().saturating_sub(1))
    }

    fn note(&self) -> Option<String> {
        self.form.filled(self.form.slots.len().saturating_sub(2))
    }
}

impl Ask for Sign {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let name = about::box_name(cx.run, &self.id);
        (format!("Sign {name}"), "your words go into the record as they are".to_owned())
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let text = cx.run.runbook.find_box(&self.id).map(|b| b.text.clone()).unwrap_or_default();
        let what = format!("{}: {text}", about::box_name(cx.run, &self.id));
        Some((Chip::Sign, what, String::new()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let text = cx.run.runbook.find_box(&self.id).map(|b| b.text.as_str()).unwrap_or_default();
        let clean = crate::text::sanitize(text);
        let lines = wrap(&clean, columns.saturating_sub(15));
        let label = |n: usize| cx.ink.skip(if n == 0 { "    I say      " } else { "               " });
        lines.iter().take(4).enumerate().map(|(n, line)| vec![label(n), cx.ink.strong(line)]).collect()
    }

    fn below(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        let item = cx.run.runbook.find_box(&self.id);
        for step in item.map(|b| b.steps.as_slice()).unwrap_or_default() {
            let hosts: Vec<String> =
                cx.run.host_statuses(step).iter().map(|(h, s)| format!("{} {}", h.name, s.word())).collect();
            let said = format!("step {}: {}", step.title, hosts.join(", "));
            rows.push(vec![cx.ink.skip("    evidence   "), cx.ink.text(said)]);
        }
        let who = cx.person(&self.name());
        let proof = match who.proof {
            crate::run::fact::Proof::Typed => "TYPED, not proven: the record says so for ever",
            crate::run::fact::Proof::OsUser => "the login of this machine, not proven",
            crate::run::fact::Proof::SshKey => "PROVEN by ssh key",
        };
        rows.push(vec![cx.ink.skip("    proof      "), cx.ink.text(proof)]);
        let seen = format!("everything up to event {}", cx.run.last_seq);
        rows.push(vec![cx.ink.skip("    covers     "), cx.ink.skip(seen)]);
        rows.into_iter().map(|row| crate::tui::ink::cut(row, columns)).collect()
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn check(&self, _cx: &Cx<'_>, slot: usize) -> Option<(bool, String)> {
        let (_, pattern) = self.value.as_ref().filter(|_| slot == 0)?;
        let text = self.form.text(0);
        match pattern {
            _ if text.is_empty() => Some((false, "wanted".to_owned())),
            None => Some((true, String::new())),
            Some(pattern) => {
                let regex = pattern.regex.as_str();
                let fits = pattern.matches_whole(&text);
                Some((fits, if fits { format!("fits {regex}") } else { format!("does not fit {regex}") }))
            }
        }
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        let rest = if self.value.is_some() { "with the value" } else { "" };
        Words::does(format!("sign as {}", self.name()), rest)
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        let name = self.name();
        if name.is_empty() {
            return Answer::Refuse("a name is missing".to_owned());
        }
        let value = self.value.as_ref().map(|_| self.form.text(0));
        let action = Action::Sign { id: self.id.clone(), note: self.note(), value, out_of_order: false };
        Answer::Do(action, cx.person(&name))
    }

    fn draft(&self) -> Option<String> {
        Some(format!("sign {}", self.id))
    }

    fn stale(&self, run: &Run) -> Option<String> {
        let index = run.runbook.box_index(&self.id)?;
        let settled = run.boxes.get(index).is_some_and(crate::run::state::BoxState::settled);
        settled.then(|| format!("{} is settled", about::box_name(run, &self.id)))
    }

    fn out(&self) -> &'static str {
        "do not sign, keeps the words"
    }
}
