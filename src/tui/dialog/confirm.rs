//! Confirming a step: one Enter of its own, or a name typed letter by letter. Paste does not count.

use crate::run::command::Action;
use crate::run::fact::Who;
use crate::run::state::Run;
use crate::runbook::model::Step;
use crate::runbook::placeholder::fill::marked;
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
    pub fn new(run: &Run, action: Action, who: Who, word: Option<String>) -> Self {
        let place = run.opened.environment.as_ref().map(|e| e.name.as_str());
        let kind = |word: &str| if place == Some(word) { "environment" } else { "host" };
        let label = |word: &String| format!("Type the {}: {word}", kind(word));
        let slots = word.iter().map(|word| Slot::new(&label(word), "")).collect();
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
    fn hosts<'a>(&self, run: &'a Run) -> Vec<&'a crate::run::fact::HostPin> {
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
        let hosts: Vec<String> = self.hosts(cx.run).into_iter().map(|h| h.name.clone()).collect();
        let place = cx.run.opened.environment.as_ref().map(|e| e.name.clone()).unwrap_or_default();
        let place = if about::loud(cx.run) { place.to_uppercase() } else { place };
        let title = self.step(cx.run).map(|s| s.title.clone()).unwrap_or_default();
        let what = format!("{title} on {place} {}", hosts.join(" "));
        Some((Chip::Confirm, what, "nothing has started".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let (run, ink) = (cx.run, cx.ink);
        let Some(step) = self.step(run) else { return Vec::new() };
        let mut tail: Vec<Row> = Vec::new();
        let hosts = self.hosts(run);
        for (n, host) in hosts.iter().take(3).enumerate() {
            let known =
                if !host.is_local() && run.reached(&host.name).is_some() { ", host key known" } else { "" };
            let more = if n == 2 && hosts.len() > 3 {
                format!(" and {} more", hosts.len() - 3)
            } else {
                String::new()
            };
            let head = format!("  {:<13}", if n == 0 { "runs on" } else { "" });
            let root = if step.sudo { ", as root" } else { "" };
            let address = format!("  {}@{}:{}{root}{known}{more}", host.user, host.address, host.port);
            tail.push(vec![ink.skip(head), ink.strong(host.name.clone()), ink.text(address)]);
        }
        if let Some(why) = &step.danger {
            tail.extend(cx.wrapped("danger", why, columns, 2));
        }
        let values: Vec<String> =
            step.uses.iter().filter_map(|n| run.values.get(n).map(|v| format!("{n}={v}"))).collect();
        if !values.is_empty() {
            tail.extend(cx.wrapped("values", &values.join("  "), columns, 2));
        }
        let undo = step.undo.as_ref().map(|id| format!("{} takes it back", about::box_name(run, id)));
        let back = match &run.runbook.front.rollback {
            _ if undo.is_some() => undo.unwrap_or_default(),
            Some(link) => format!("only forward, or the rollback {link}"),
            None => "only forward: this runbook links no rollback".to_owned(),
        };
        tail.extend(cx.wrapped("after this", &back, columns, 2));
        let prose = run.runbook.find_step(&step.id).map(|(b, _)| b.prose.trim()).unwrap_or_default();
        let free = cx.rows.saturating_sub(tail.len());
        let says =
            if prose.is_empty() { Vec::new() } else { cx.wrapped("it says", prose, columns, usize::MAX) };
        let kept = says.len().min((free / 2).max(free.saturating_sub(wrapped_script(step, columns).len())));
        let mut rows = script(cx, step, columns, free.saturating_sub(kept).max(1));
        rows.extend(tail);
        let spare = cx.rows.saturating_sub(rows.len());
        if !prose.is_empty() && spare > 0 {
            rows.extend(cx.wrapped("it says", prose, columns, spare));
        }
        rows
    }

    fn tall(&self, _cx: &Cx<'_>) -> bool {
        true
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

    fn words(&self, cx: &Cx<'_>) -> Words {
        let title = self.step(cx.run).map(|s| s.title.clone()).unwrap_or_default();
        if self.complete() {
            return Words::does(format!("run {title} now"), "");
        }
        Words::nothing("Enter is locked until the word is typed in full.", "Paste does not count.")
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

/// The script in rows that fit, no letter left out.
fn wrapped_script(step: &Step, columns: usize) -> Vec<String> {
    let clean = crate::text::sanitize_block(marked(step).trim_end()).into_owned();
    crate::text::wrap::wrap_exact(&clean, columns.saturating_sub(5))
}

/// The script in at most `most` rows; if it has more, the last row says how many.
fn script(cx: &Cx<'_>, step: &Step, columns: usize, most: usize) -> Vec<Row> {
    let ink = cx.ink;
    let lines = wrapped_script(step, columns);
    let shown = if lines.len() > most { most.saturating_sub(1).max(1) } else { lines.len() };
    let mut open = false;
    let mut row = |(n, line): (usize, &String)| {
        let mut row = vec![ink.text(if n == 0 { "  $ " } else { "    " })];
        row.extend(ink.script(line, &mut open));
        row
    };
    let mut rows: Vec<Row> = lines.iter().take(shown).enumerate().map(&mut row).collect();
    match lines.len() - shown {
        0 => {}
        1 => rows.push(vec![ink.skip("    … 1 line more: Esc, then i shows it all")]),
        n => rows.push(vec![ink.skip(format!("    … {n} lines more: Esc, then i shows them all"))]),
    }
    rows
}
