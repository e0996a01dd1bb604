//! How a verdict is known. A verdict is a person's word and never looks like an exit status.

use crate::run::command::Action;
use crate::run::fact::{Extent, Probe, Verdict};
use crate::run::state::Run;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx, verdict};
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// What a person says became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It did its work.
    Passed,
    /// It never ran.
    NotRun,
    /// It ran, and failed in whole or in part.
    Partly,
    /// They stopped it.
    Stopped,
    /// It still runs. That is no verdict: the attempt stays unknown.
    Runs,
}

impl Word {
    const fn verdict(self) -> Option<(Verdict, Option<Extent>)> {
        Some(match self {
            Self::Passed => (Verdict::Passed, None),
            Self::NotRun => (Verdict::Failed, Some(Extent::NotRun)),
            Self::Partly => (Verdict::Failed, Some(Extent::Partly)),
            Self::Stopped => (Verdict::Stopped, None),
            Self::Runs => return None,
        })
    }

    fn words(self) -> &'static str {
        self.verdict().map_or("still runs", |(verdict, extent)| verdict.words(extent))
    }
}

/// The question.
#[derive(Debug, Clone)]
pub struct Evidence {
    number: u32,
    word: Word,
    form: Form,
}

impl Evidence {
    /// Returns the question for the attempt `number`.
    #[must_use]
    pub fn new(number: u32, word: Word) -> Self {
        let hint = "wanted: a line, a query, a link";
        Self { number, word, form: Form::new(vec![Slot::new("evidence", hint)]) }
    }

    fn named(&self, run: &Run) -> String {
        run.attempts.get(&self.number).map_or_else(String::new, |a| {
            format!("{} on {}", about::step_title(run, &a.intent.step), a.intent.host)
        })
    }
}

impl Ask for Evidence {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let word = self.word.words();
        (format!("{}: {word}", self.named(cx.run)), "your word, with your name".to_owned())
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let word = self.word.words();
        Some((
            Chip::Question,
            format!("{}: how do you know that it {word}?", self.named(cx.run)),
            String::new(),
        ))
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let attempt = cx.run.attempts.get(&self.number);
        let mut rows = attempt.map(|a| verdict::known(cx, a)).unwrap_or_default();
        let host = attempt.map(|a| a.intent.host.as_str()).unwrap_or_default();
        let said = match self.word {
            Word::Passed => {
                "You say that it did its work, although nothing here shows that it did.".to_owned()
            }
            Word::NotRun => "You say that it never ran and did nothing. It can be run then.".to_owned(),
            Word::Partly => "You say that it ran, in part or in vain. It can be retried then.".to_owned(),
            Word::Stopped => "You say that you stopped it on the host. It can be retried then.".to_owned(),
            Word::Runs => format!("It stays unknown: no other step runs on {host}. Your word is noted."),
        };
        rows.push(vec![cx.ink.text(format!("  {said}"))]);
        let runs =
            attempt.and_then(|a| a.probed.as_ref()).is_some_and(|(a, ..)| matches!(a, Probe::Running(..)));
        if runs && self.word != Word::Runs {
            rows.push(vec![cx.ink.strong(format!("  The newest answer of {host} is that it still runs."))]);
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
        let word = self.word.words();
        Words::does(format!("record {word} as {}", cx.who.name), "nothing runs by this")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        let evidence = self.form.text(0);
        if let Some((verdict, extent)) = self.word.verdict() {
            return cx.own(Action::Resolve { number: self.number, verdict, extent, evidence });
        }
        if evidence.is_empty() {
            return Answer::Refuse("evidence is missing".to_owned());
        }
        let id = cx.run.attempts.get(&self.number).map(|a| a.intent.in_box.clone());
        cx.own(Action::Note { id, text: format!("{} still runs: {evidence}", self.named(cx.run)) })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("evidence {}", self.number))
    }

    fn stale(&self, run: &Run) -> Option<String> {
        verdict::settled(run, self.number)
    }
}
