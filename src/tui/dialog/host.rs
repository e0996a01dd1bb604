//! Choosing where a step runs that does not say so: nothing is chosen first, nothing starts by choosing.

use crate::run::command::Action;
use crate::run::state::Run;
use crate::runbook::ids::StepId;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;

/// Letters of the hosts; `b` goes back, `j` and `k` move.
const LETTERS: &str = "123456789acdefghilmnopqrstuvwxyz";

/// The question.
#[derive(Debug, Clone)]
pub struct Host {
    step: StepId,
    hosts: Vec<String>,
    choices: Choices,
}

impl Host {
    /// Returns the question on which host `step` runs.
    #[must_use]
    pub fn new(run: &Run, step: &StepId) -> Self {
        let places = run.runbook.find_step(step).map(|(_, s)| run.places(s)).unwrap_or_default();
        let mut items = vec![Choice::new('b', "back", "nothing is chosen yet")];
        for (letter, host) in LETTERS.chars().zip(&places) {
            let roles = run.opened.hosts.iter().filter(|h| h.name == host.name).map(|h| h.role.as_str());
            let roles: Vec<&str> = roles.filter(|role| *role != host.name).collect();
            let at = format!("{}@{}", host.user, host.address);
            let words = if roles.is_empty() { at } else { format!("{}   {at}", roles.join(", ")) };
            items.push(Choice::new(letter, &host.name, words));
        }
        let hosts = places.iter().take(LETTERS.len()).map(|h| h.name.clone()).collect();
        Self { step: step.clone(), hosts, choices: Choices::new(items) }
    }

    /// Returns the selected host, none for going back.
    fn selected(&self) -> Option<&String> {
        self.choices.at.checked_sub(1).and_then(|at| self.hosts.get(at))
    }

    fn question(&self, run: &Run) -> String {
        format!("Where does {} run?", about::step_title(run, &self.step))
    }
}

impl Ask for Host {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        (self.question(cx.run), "the runbook does not say".to_owned())
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Question, self.question(cx.run), "nothing has started".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let said =
            "only this step runs there, and only when you start it; other steps that name no host ask again";
        cx.wrapped("", said, columns, 2)
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        match self.selected() {
            Some(host) => Words::does(format!("choose {host}"), "no step starts yet"),
            None => Words::does("go back", "(selected; nothing is chosen)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        match self.selected() {
            Some(host) => cx.own(Action::ChooseHost { step: self.step.clone(), host: host.clone() }),
            None => Answer::Back,
        }
    }

    fn beside(&self) -> bool {
        true
    }

    fn out(&self) -> &'static str {
        "back"
    }
}
