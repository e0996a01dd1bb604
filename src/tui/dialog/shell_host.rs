//! A shell on a host: where, and that it is on the record. Going back comes first.

use crate::run::fact::HostPin;
use crate::run::state::Run;
use crate::runbook::ids::StepId;
use crate::text::sanitize;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::Row;
use crate::tui::next::Words;
use crate::tui::now::Chip;
use crate::tui::update::terminal::open_shell;

/// Letters of the hosts; `b` goes back, `j` and `k` move.
const LETTERS: &str = "123456789acdefghilmnopqrstuvwxyz";

/// The question.
#[derive(Debug, Clone)]
pub struct ShellHost {
    hosts: Vec<String>,
    step: Option<StepId>,
    choices: Choices,
}

impl ShellHost {
    /// Returns the question; `here` is the host of the selected box, and `step` the one whose lines are to be typed.
    #[must_use]
    pub fn new(run: &Run, here: Option<String>, step: Option<StepId>) -> Self {
        let mut hosts: Vec<&HostPin> = Vec::new();
        for host in run.opened.hosts.iter().filter(|h| !h.is_local()) {
            if !hosts.iter().any(|h| h.name == host.name) {
                hosts.push(host);
            }
        }
        // The host that the person looks at stands first; the others keep their order.
        hosts.sort_by_key(|h| Some(&h.name) != here.as_ref());
        let mut items = vec![Choice::new('b', "back", "nothing is opened")];
        let words = |h: &HostPin| Choice::new(' ', &h.name, h.in_words());
        items.extend(LETTERS.chars().zip(&hosts).map(|(letter, h)| Choice { letter, ..words(h) }));
        let hosts: Vec<String> = hosts.into_iter().take(LETTERS.len()).map(|h| h.name.clone()).collect();
        Self { hosts, step, choices: Choices::new(items) }
    }

    /// Returns whether there is no host.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    fn host(&self) -> Option<&String> {
        self.choices.at.checked_sub(1).and_then(|at| self.hosts.get(at))
    }
}

impl Ask for ShellHost {
    fn title(&self, _cx: &Cx<'_>) -> (String, String) {
        ("Open a shell on a host".to_owned(), "who, where and how long is recorded".to_owned())
    }

    fn chip(&self, _cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        Some((Chip::Question, "open a shell?".to_owned(), "nothing is opened".to_owned()))
    }

    fn facts(&self, cx: &Cx<'_>, columns: usize) -> Vec<Row> {
        let said = "what is typed and what the host says is recorded nowhere: write a note of what you did";
        let mut rows = cx.wrapped("record", said, columns, 2);
        if about::loud(cx.run) {
            let place = cx.run.opened.environment.as_ref().map(|e| e.name.to_uppercase()).unwrap_or_default();
            rows.push(cx.labelled("where", &format!("{place}: every key does what it does there")));
        }
        if let Some((_, step)) = self.step.as_ref().and_then(|id| cx.run.runbook.find_step(id)) {
            let lines = step.script.lines().filter(|l| !l.trim().is_empty()).count();
            let first = step.script.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
            let said = format!("{lines} to be typed one by one with Ctrl-] t: {}", sanitize(first));
            rows.extend(cx.wrapped("lines", &said, columns, 2));
        }
        rows
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, _cx: &Cx<'_>) -> Words {
        match self.host() {
            Some(host) => Words::does(format!("open a shell on {host}"), "your keys go there"),
            None => Words::does("go back", "(selected; nothing is opened)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        match self.host() {
            Some(host) => cx.own(open_shell(host, self.step.as_ref())),
            None => Answer::Back,
        }
    }

    fn out(&self) -> &'static str {
        "back"
    }
}
