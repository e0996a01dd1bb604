//! Leaving: the run stays open, which the runtime records; a running step is asked about.

use crate::run::command::Action;
use crate::tui::app::App;
use crate::tui::dialog::{Dialog, leave};
use crate::tui::effect::{Effect, Quit};
use crate::tui::session::Leaving;

impl App {
    /// A person wants to leave.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        if let Some(shell) = self.run().open_shell() {
            let host = shell.opened.host.clone();
            self.session.refuse(format!("a shell on {host} is open: o goes there, end it first"));
        } else if self.run().in_flight().next().is_some() {
            let dialog = leave::Leave::new(self.run());
            self.ask(Dialog::Leave(dialog));
        } else {
            self.session.leaving = Some(Leaving::Going);
            self.shared.runs.last_mut().driver.hold();
        }
        Vec::new()
    }

    /// The terminal is gone: nothing can be asked.
    pub(super) fn gone(&mut self) -> Vec<Effect> {
        self.session.asking.stack.clear();
        self.quit_now()
    }

    /// Cancels what runs; leaving goes on when it has ended.
    pub(super) fn cancel_and_leave(&mut self) -> Vec<Effect> {
        self.session.leaving = Some(Leaving::Cancelling);
        let numbers: Vec<u32> = self.run().in_flight().map(|a| a.intent.number).collect();
        if numbers.is_empty() {
            return Vec::new();
        }
        let who = self.session.who.clone();
        self.submit(Action::Cancel { numbers }, who)
    }

    /// Goes on with leaving, as far as it can: what is on its way to the log is waited for, because a step whose intent
    /// is recorded and that was never sent would be unknown for nothing.
    pub(super) fn go_on_leaving(&mut self) -> Vec<Effect> {
        let recording = self.driven().driver.recording();
        match self.session.leaving {
            Some(Leaving::Cancelling) if self.run().in_flight().next().is_none() => {
                self.session.leaving = Some(Leaving::Going);
                self.go_on_leaving()
            }
            Some(Leaving::Going) if !recording => self.quit_now(),
            _ => Vec::new(),
        }
    }

    /// Leaves a screen that only looks on, so that whoever sits here drives the run that is offered to them.
    pub(super) fn leave_to_take(&mut self) -> Vec<Effect> {
        self.quit_with(true)
    }

    fn quit_now(&mut self) -> Vec<Effect> {
        self.quit_with(false)
    }

    fn quit_with(&mut self, take: bool) -> Vec<Effect> {
        if self.quit.is_some() {
            return Vec::new();
        }
        let run = self.run();
        let quit = Quit { open: run.closed.is_none(), running: run.in_flight().next().is_some(), take };
        self.session.leaving = None;
        self.quit = Some(quit);
        vec![Effect::Quit(quit)]
    }
}
