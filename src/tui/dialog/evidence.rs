//! How a verdict is known. A verdict is a person's word and never looks like an exit status.

use crate::run::command::Action;
use crate::run::fact::Verdict;
use crate::run::state::Run;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx, verdict};
use crate::tui::feed;
use crate::tui::form::{Form, Slot};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// The question.
#[derive(Debug, Clone)]
pub struct Evidence {
    number: u32,
    verdict: Verdict,
    form: Form,
}

impl Evidence {
    /// Returns the question for the attempt `number`.
    #[must_use]
    pub fn new(number: u32, verdict: Verdict) -> Self {
        let hint = "wanted: a line, a query, a link";
        Self { number, verdict, form: Form::new(vec![Slot::new("evidence", hint)]) }
    }

    fn named(&self, run: &Run) -> String {
        run.attempts.get(&self.number).map_or_else(String::new, |a| {
            format!("{} on {}", about::step_title(run, &a.intent.step), a.intent.host)
        })
    }
}

impl Ask for Evidence {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let word = feed::verdict(self.verdict);
        (format!("{}: {word}", self.named(cx.run)), "your word, with your name".to_owned())
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let word = feed::verdict(self.verdict);
        Some((
            Chip::Question,
            format!("{}: how do you know that it {word}?", self.named(cx.run)),
            String::new(),
        ))
    }

    fn facts(&self, cx: &Cx<'_>, _columns: usize) -> Vec<Row> {
        let attempt = cx.run.attempts.get(&self.number);
        let mut rows = attempt.map(|a| verdict::known(cx, a)).unwrap_or_default();
        rows.push(vec![cx.ink.text(match self.verdict {
            Verdict::Passed => "  You say that it did its work, although nothing here shows that it did.",
            Verdict::Failed => {
                "  You say that it did not do its work, or only in part. It can be retried then."
            }
            Verdict::Stopped => "  You say that you stopped it on the host. It can be retried then.",
        })]);
        rows
    }

    fn form(&self) -> Option<&Form> {
        Some(&self.form)
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        Some(&mut self.form)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        let word = feed::verdict(self.verdict);
        Words::does(format!("record {word} as {}", cx.who.name), "nothing runs by this")
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        cx.own(Action::Resolve { number: self.number, verdict: self.verdict, evidence: self.form.text(0) })
    }

    fn draft(&self) -> Option<String> {
        Some(format!("evidence {}", self.number))
    }

    fn stale(&self, run: &Run) -> Option<String> {
        verdict::settled(run, self.number)
    }
}
