//! Confirming a step: one Enter of its own, or a name typed letter by letter. Paste does not count.

use crate::run::command::Action;
use crate::run::fact::Who;
use crate::run::state::Run;
use crate::runbook::model::Step;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx, Tone};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Confirm {
    action: Action,
    who: Who,
    word: Option<String>,
    form: Form,
}

impl Confirm {
    /// Returns the question before `action` of `who`; with a `word`, that has to be typed.
    #[must_use]
    pub fn new(action: Action, who: Who, word: Option<String>) -> Self {
        let label = "Type the name:";
        let slots = word.iter().map(|_| Slot::new(label, "")).collect();
        Self { action, who, word, form: Form::new(slots) }
    }

    fn step<'a>(&self, run: &'a Run) -> Option<&'a Step> {
        let Action::Start { step, .. } = &self.action else { return None };
        run.runbook.find_step(step).map(|(_, s)| s)
    }

    /// Whether it is the one question with a double frame: on production, and to be typed.
    fn danger(&self, run: &Run) -> bool {
        self.word.is_some() && about::loud(run)
    }

    fn complete(&self) -> bool {
        self.word.as_ref().is_none_or(|word| self.form.slots.first().is_some_and(|s| s.field.text() == word))
    }

    /// The hosts it would run on, in order.
    fn hosts(&self, run: &Run) -> Vec<crate::run::fact::HostPin> {
        let Some(step) = self.step(run) else { return Vec::new() };
        let hosts = run.targets(step).unwrap_or_default();
        hosts.into_iter().filter(|h| !run.host_status(step, &h.name).settled()).collect()
    }
}

impl Ask for Confirm {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let title = self.step(cx.run).map(|s| s.title.clone()).unwrap_or_default();
        if self.danger(cx.run) {
            return ("This cannot be undone by gonogo".to_owned(), String::new());
        }
        (format!("Run {title}?"), "nothing has started".to_owned())
    }

    fn tone(&self, cx: &Cx<'_>) -> Tone {
        if self.danger(cx.run) { Tone::Danger } else { Tone::Calm }
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let hosts: Vec<String> = self.hosts(cx.run).into_iter().map(|h| h.name).collect();
        let place = cx.run.opened.environment.as_ref().map(|e| e.name.clone()).unwrap_or_default();
        let place = if about::loud(cx.run) { place.to_uppercase() } else { place };
        let title = self.step(cx.run).map(|s| s.title.clone()).unwrap_or_default();
        let what = format!("{title} on {place} {}", hosts.join(" "));
        Some((Chip::Confirm, what, "nothing has started".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let (run, ink) = (cx.run, cx.ink);
        let Some(step) = self.step(run) else { return Vec::new() };
        let mut rows = Vec::new();
        let lines: Vec<&str> = step.script.lines().collect();
        for (n, line) in lines.iter().take(3).enumerate() {
            rows.push(vec![ink.text(if n == 0 { "  $ " } else { "    " }), ink.strong(line)]);
        }
        if lines.len() > 3 {
            rows.push(vec![ink.skip(format!("    … {} lines more, i shows them all", lines.len() - 3))]);
        }
        for host in self.hosts(run).iter().take(3) {
            let known = if run.connected.contains_key(&host.name) { ", host key known" } else { "" };
            let address = format!("  {}@{}:{}{known}", host.user, host.address, host.port);
            let row = vec![ink.skip("  runs on      "), ink.strong(host.name.clone()), ink.text(address)];
            rows.push(row);
        }
        let values: Vec<String> =
            step.uses.iter().filter_map(|n| run.values.get(n).map(|v| format!("{n}={v}"))).collect();
        if !values.is_empty() {
            let clean = crate::text::sanitize(&values.join("  ")).into_owned();
            for line in crate::text::wrap::wrap(&clean, columns.saturating_sub(16)).iter().take(2) {
                rows.push(cx.labelled("values", line));
            }
        }
        let back = match &run.runbook.front.rollback {
            Some(link) => format!("only forward, or the rollback {link}"),
            None => "only forward: this runbook links no rollback".to_owned(),
        };
        rows.push(cx.labelled("after this", &back));
        rows
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn check(&self, _cx: &Cx<'_>, _slot: usize) -> Option<(bool, String)> {
        let word = self.word.as_ref()?;
        let typed = self.form.slots.first().map(|s| s.field.text()).unwrap_or_default();
        let (n, of) = (typed.chars().count(), word.chars().count());
        if !word.starts_with(typed) {
            return Some((false, format!("not {word}")));
        }
        Some((n == of, format!("{n} of {of} letters")))
    }

    fn below(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let word = self.word.as_ref();
        word.map(|w| cx.labelled("the name", w)).into_iter().collect()
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        let title = self.step(cx.run).map(|s| s.title.clone()).unwrap_or_default();
        if self.complete() {
            return Words::does(format!("run {title} now"), "");
        }
        Words::nothing("Enter is locked until the name is typed in full.", "Paste does not count.")
    }

    fn enter(&self, _cx: &Cx<'_>) -> Answer {
        if !self.complete() {
            return Answer::Nothing;
        }
        let mut action = self.action.clone();
        if let Action::Start { confirmed, .. } = &mut action {
            *confirmed = Some(self.word.clone().unwrap_or_else(|| "Enter".to_owned()));
        }
        Answer::Do(action, self.who.clone())
    }

    fn pastes(&self) -> bool {
        false
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn out(&self) -> &'static str {
        "do not run"
    }
}
