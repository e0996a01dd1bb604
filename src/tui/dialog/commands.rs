//! The commands of a box that are only offered: alternatives, and commands in its text. Going back comes first; Enter
//! on a command runs it.

use crate::run::attempt::StepStatus;
use crate::run::command::Action;
use crate::run::state::Run;
use crate::runbook::ids::{BoxId, StepId};
use crate::runbook::model::{BoxItem, Step};
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// Letters of the commands; `b` goes back, `j` and `k` move.
const LETTERS: &str = "123456789acdefghilmnopqrstuvwxyz";

/// The question.
#[derive(Debug, Clone)]
pub struct Commands {
    id: BoxId,
    steps: Vec<StepId>,
    choices: Choices,
}

/// Returns the commands of `item` that are only offered and that gonogo runs.
pub fn offered(item: &BoxItem) -> impl Iterator<Item = &Step> {
    item.commands().filter(|s| (s.offered || item.has_inline(s)) && s.by_hand.is_none())
}

impl Commands {
    /// Returns the question for the box at `index`; none if it offers nothing.
    #[must_use]
    pub fn new(run: &Run, index: usize) -> Option<Self> {
        let item = run.runbook.boxes.get(index)?;
        let mut items = vec![Choice::new('b', "back", "nothing starts")];
        let mut steps = Vec::new();
        for (letter, step) in LETTERS.chars().zip(offered(item)) {
            let status = run.step_status(step);
            let said = match status {
                StepStatus::Pending => run.targets(step).map_or_else(|why| why, |hosts| on(&hosts)),
                other => other.word().to_owned(),
            };
            items.push(Choice::new(letter, &step.title, said));
            steps.push(step.id.clone());
        }
        (!steps.is_empty()).then(|| Self { id: item.id.clone(), steps, choices: Choices::new(items) })
    }

    fn selected(&self) -> Option<&StepId> {
        self.choices.at.checked_sub(1).and_then(|at| self.steps.get(at))
    }

    fn step<'a>(&self, run: &'a Run) -> Option<&'a Step> {
        run.runbook.find_step(self.selected()?).map(|(_, s)| s)
    }
}

fn on(hosts: &[&crate::run::fact::HostPin]) -> String {
    let names: Vec<&str> = hosts.iter().map(|h| h.name.as_str()).collect();
    format!("on {}", names.join(", "))
}

impl Ask for Commands {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let text = cx.run.runbook.find_box(&self.id).map(|b| b.text.clone()).unwrap_or_default();
        (format!("Commands of {text}"), "offered, never required".to_owned())
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Question, "run a command of this box?".to_owned(), "nothing has started".to_owned()))
    }

    fn below(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let Some(step) = self.step(cx.run) else { return Vec::new() };
        cx.wrapped("command", step.script.trim_end(), columns, cx.rows.max(1))
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        match self.step(cx.run) {
            Some(step) => Words::does(format!("run {}", step.title), "the box can be signed without it"),
            None => Words::does("go back", "(selected; nothing starts)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        let Some(step) = self.step(cx.run) else { return Answer::Back };
        // What only reads may be read again; anything else that failed asks first what to do about it.
        let (step, retry) = (step.id.clone(), step.check);
        cx.own(Action::Start { step, retry, confirmed: None, out_of_order: false })
    }

    fn out(&self) -> &'static str {
        "back"
    }
}
