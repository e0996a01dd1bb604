//! The keyboard taken back from a remote terminal: going back comes first, and nothing ends without being asked for.

use crate::run::command::Action;
use crate::run::state::Run;
use crate::text::clocks::m_ss;
use crate::text::sanitize;
use crate::tui::about;
use crate::tui::dialog::{Answer, Ask, Cx};
use crate::tui::form::{Choice, Choices};
use crate::tui::ink::elapsed;
use crate::tui::next::Words;
use crate::tui::now::Chip;
use crate::tui::update::terminal::shell_of;

/// The question.
#[derive(Debug, Clone)]
pub struct Terminal {
    number: u32,
    /// The next line of the step that the shell was opened for.
    line: Option<String>,
    choices: Choices,
}

impl Terminal {
    /// Returns the question about the terminal of the attempt, or of the shell, with this number.
    #[must_use]
    pub fn new(run: &Run, number: u32) -> Self {
        let mut choices = vec![Choice::new('b', "back to it", "the keyboard is the host's again")];
        if shell_of(run, number).is_some() {
            choices.push(Choice::new('l', "look around here", "the shell stays open; o goes back to it"));
            choices.push(Choice::new('x', "end the shell", "it is hung up, with what runs in it"));
        } else {
            choices.push(Choice::new('l', "look around here", "the step goes on; Enter goes back to it"));
            if run.attempts.get(&number).is_some_and(|a| a.intent.endless) {
                choices.push(Choice::new('e', "end it", "it has done its work: that is success"));
            }
            let ended = "its whole process group is asked to end, then made to; it counts as cancelled";
            choices.push(Choice::new('x', "cancel it", ended));
        }
        Self { number, line: None, choices: Choices::new(choices) }
    }

    /// Returns the question with a line to be typed, the one numbered `at` from 0 of those that the shell was opened for.
    #[must_use]
    pub fn typing(mut self, run: &Run, at: usize) -> Self {
        let step = shell_of(run, self.number).and_then(|shell| run.shells.get(&shell)?.opened.step.as_ref());
        let Some((_, step)) = step.and_then(|step| run.runbook.find_step(step)) else { return self };
        let mut lines = step.script.lines().filter(|line| !line.trim().is_empty());
        match lines.nth(at) {
            // What is shown must be what is typed.
            Some(line) if sanitize(line) == line => {
                self.choices.items.push(Choice::new('t', "type the next line", line));
                self.line = Some(line.to_owned());
            }
            Some(line) => {
                let why = format!("not typed, it holds hidden characters: {}", sanitize(line));
                self.choices.items.push(Choice::new('t', "the next line", why));
            }
            None => {}
        }
        self
    }

    fn shell(&self, run: &Run) -> Option<u32> {
        shell_of(run, self.number)
    }
}

/// Returns what a terminal belongs to, in words: `step dump on db1`, `the shell on db1`.
#[must_use]
pub fn named(run: &Run, number: u32) -> String {
    let shell = shell_of(run, number).and_then(|shell| run.shells.get(&shell));
    match (shell, run.attempts.get(&number)) {
        (Some(shell), _) => format!("the shell on {}", shell.opened.host),
        (None, Some(a)) => format!("{} on {}", about::step_title(run, &a.intent.step), a.intent.host),
        (None, None) => "the terminal".to_owned(),
    }
}

impl Ask for Terminal {
    fn title(&self, cx: &Cx<'_>) -> (String, String) {
        let took =
            match (self.shell(cx.run).and_then(|s| cx.run.shells.get(&s)), cx.run.attempts.get(&self.number))
            {
                (Some(shell), _) => elapsed(&shell.at, &cx.now),
                (None, Some(attempt)) => about::attempt_took(attempt, &cx.now),
                (None, None) => std::time::Duration::ZERO,
            };
        (format!("The keyboard is gonogo's; {} goes on", named(cx.run, self.number)), m_ss(took))
    }

    fn chip(&self, cx: &Cx<'_>) -> Option<(Chip, String, String)> {
        let what = format!("what about {}?", named(cx.run, self.number));
        Some((Chip::Question, what, "it goes on meanwhile".to_owned()))
    }

    fn choices(&self) -> Option<&Choices> {
        Some(&self.choices)
    }

    fn choices_mut(&mut self) -> Option<&mut Choices> {
        Some(&mut self.choices)
    }

    fn words(&self, cx: &Cx<'_>) -> Words {
        match (self.choices.letter(), self.shell(cx.run)) {
            (Some('l'), _) => Words::does("look around here", "it goes on"),
            (Some('e'), _) => Words::does("end it now", "that is success"),
            (Some('x'), Some(_)) => Words::does("end the shell now", ""),
            (Some('x'), None) => Words::does("cancel it now", ""),
            (Some('t'), _) if self.line.is_some() => Words::does("type the line", "Enter stays yours"),
            (Some('t'), _) => Words::nothing("The line cannot be typed.", "look at it with i"),
            _ => Words::does("go back to it", "(selected)"),
        }
    }

    fn enter(&self, cx: &Cx<'_>) -> Answer {
        match (self.choices.letter(), self.shell(cx.run)) {
            (Some('l'), _) => Answer::LookAround,
            (Some('e'), None) => cx.own(Action::Enough { number: self.number }),
            (Some('x'), None) => cx.own(Action::Cancel { numbers: vec![self.number] }),
            (Some('x'), Some(_)) => Answer::HangUp(self.number),
            (Some('t'), _) => self.line.clone().map_or(Answer::Nothing, Answer::TypeLine),
            _ => Answer::Back,
        }
    }

    fn stale(&self, run: &Run) -> Option<String> {
        let over = match (self.shell(run).and_then(|s| run.shells.get(&s)), run.attempts.get(&self.number)) {
            (Some(shell), _) => shell.closed.is_some(),
            (None, Some(attempt)) => attempt.finished.is_some() || attempt.unknown.is_some(),
            (None, None) => true,
        };
        over.then(|| format!("{} has ended", named(run, self.number)))
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("↑ ↓", "choose, or the letter".to_owned()), ("Ctrl-]", "send that key".to_owned())]
    }

    fn out(&self) -> &'static str {
        "back to it"
    }
}
