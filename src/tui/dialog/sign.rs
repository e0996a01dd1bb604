//! Signing a box: the statement as it will be recorded, the value if it wants one, words, a name.

use crate::run::attempt::StepStatus;
use crate::run::command::Action;
use crate::run::fact::HostPin;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;
use crate::runbook::model::{Pattern, Step};
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
        // Evidence, proof and what it covers keep four rows.
        let most = (cx.rows + 1).saturating_sub(4).clamp(1, 4);
        let label = |n: usize| cx.ink.skip(if n == 0 { "    I say      " } else { "               " });
        lines.iter().take(most).enumerate().map(|(n, line)| vec![label(n), cx.ink.strong(line)]).collect()
    }

    fn below(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let steps = cx.run.runbook.find_box(&self.id).map(|b| b.steps.as_slice()).unwrap_or_default();
        let said = evidence_lines(cx.run, steps, cx.rows.saturating_sub(2).clamp(1, 4));
        let label = |n: usize| cx.ink.skip(if n == 0 { "    evidence   " } else { "               " });
        let mut rows: Vec<Row> =
            said.into_iter().enumerate().map(|(n, line)| vec![label(n), cx.ink.text(line)]).collect();
        let who = cx.person(&self.name());
        let proof = match who.proof {
            crate::run::fact::Proof::Typed => "TYPED, not proven: the record says so for ever",
            crate::run::fact::Proof::OsUser => "the login of this machine, not proven",
            crate::run::fact::Proof::SshKey => &format!("PROVEN by ssh key  {}", cx.key.unwrap_or_default()),
            crate::run::fact::Proof::Claimed => "a key is named, nothing shows it",
        };
        rows.push(vec![cx.ink.skip("    proof      "), cx.ink.text(proof)]);
        let head = match (who.proof, cx.run.last_hash.get(..8)) {
            (crate::run::fact::Proof::SshKey, Some(head)) => format!(" (head {head}…)"),
            _ => String::new(),
        };
        let seen = format!("everything up to event {}{head}", cx.run.last_seq);
        rows.push(vec![cx.ink.skip("    covers     "), cx.ink.skip(seen)]);
        if let Some(mark) = cx.run.runbook.find_box(&self.id).and_then(|b| b.mark.as_deref()) {
            let words = format!("signing presses the stopwatch {}", crate::text::sanitize(mark));
            rows.push(vec![cx.ink.skip("    mark       "), cx.ink.text(words)]);
        }
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

/// What the steps came to, in at most `most` lines: what did not plainly pass first, then what gave a value, then the
/// rest in numbers.
fn evidence_lines(run: &Run, steps: &[Step], most: usize) -> Vec<String> {
    let mut told: Vec<(u8, String, String)> = steps
        .iter()
        .map(|step| {
            let attempt = |host: &HostPin| run.latest(&step.id, &host.name);
            let words = |(host, status): &(&HostPin, StepStatus)| match attempt(host) {
                Some(attempt) if *status != StepStatus::Waived => attempt.status_words(),
                _ => status.word(),
            };
            let hosts = run.host_statuses(step);
            let each: Vec<&str> = hosts.iter().map(words).collect();
            let value = step.capture.as_ref().and_then(|c| Some((&c.name, run.values.get(&c.name)?)));
            let straight = hosts.iter().all(|(_, status)| *status == StepStatus::Passed);
            let rank = match (straight, &value) {
                (true, None) => 2,
                (true, Some(_)) => 1,
                (false, _) => 0,
            };
            let value = value.map(|(name, value)| format!("; {name} = {value}")).unwrap_or_default();
            let named: Vec<String> =
                hosts.iter().zip(&each).map(|((host, _), word)| format!("{} {word}", host.name)).collect();
            let word = hosts
                .iter()
                .zip(&each)
                .find(|((_, status), _)| *status != StepStatus::Passed)
                .map_or("passed", |(_, word)| *word);
            (rank, word.to_owned(), format!("step {}: {}{value}", step.title, named.join(", ")))
        })
        .collect();
    told.sort_by_key(|(rank, _, _)| *rank);
    if told.len() <= most {
        return told.into_iter().map(|(_, _, line)| line).collect();
    }
    let rest = told.split_off(most.saturating_sub(1));
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for (_, word, _) in &rest {
        match counts.iter_mut().find(|(known, _)| known == word) {
            Some((_, n)) => *n += 1,
            None => counts.push((word, 1)),
        }
    }
    let more = match counts.as_slice() {
        [(word, n)] => format!("… and {n} more {word}"),
        many => {
            let words: Vec<String> = many.iter().map(|(word, n)| format!("{n} {word}")).collect();
            format!("… and {} more: {}", rest.len(), words.join(", "))
        }
    };
    told.into_iter().map(|(_, _, line)| line).chain([more]).collect()
}
