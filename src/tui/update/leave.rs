//! Leaving: the run stays open, which is recorded; a running step is asked about.

use crate::run::command::Action;
use crate::tui::app::App;
use crate::tui::dialog::{Dialog, leave};
use crate::tui::effect::{Effect, Quit};
use crate::tui::session::Leaving;

impl App {
    /// A person wants to leave.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        if self.run().closed.is_some() {
            return self.quit_now();
        }
        if self.run().in_flight().next().is_some() {
            self.ask(Dialog::Leave(leave::Leave::new()));
        } else {
            self.session.leaving = Some(Leaving::Pausing);
        }
        Vec::new()
    }

    /// The terminal is gone: the pause is tried once, nothing is asked.
    pub(super) fn gone(&mut self) -> Vec<Effect> {
        self.session.asking.stack.clear();
        if self.run().closed.is_some() {
            return self.quit_now();
        }
        self.session.leaving = Some(Leaving::Pausing);
        Vec::new()
    }

    /// Cancels what runs; leaving goes on when it has ended.
    pub(super) fn cancel_and_leave(&mut self) -> Vec<Effect> {
        self.session.leaving = Some(Leaving::Cancelling);
        let Some(number) = self.run().in_flight().next().map(|a| a.intent.number) else { return Vec::new() };
        let who = self.session.who.clone();
        self.submit(Action::Cancel { number }, who)
    }

    /// Goes on with leaving, as far as it can.
    pub(super) fn go_on_leaving(&mut self) -> Vec<Effect> {
        let recording = self.driven().driver.recording();
        match self.session.leaving {
            None => Vec::new(),
            Some(Leaving::Cancelling) if self.run().in_flight().next().is_none() => {
                self.session.leaving = Some(Leaving::Pausing);
                self.go_on_leaving()
            }
            Some(Leaving::Pausing) if !recording => {
                self.session.leaving = Some(Leaving::Paused);
                let why = "left".to_owned();
                let who = self.session.who.clone();
                let effects = self.submit(Action::Pause { why }, who);
                // A run that closed meanwhile, or a log that takes nothing, takes no pause; leaving goes on all the same.
                if effects.is_empty() { self.quit_now() } else { effects }
            }
            Some(Leaving::Paused) if !recording => self.quit_now(),
            Some(_) => Vec::new(),
        }
    }

    fn quit_now(&mut self) -> Vec<Effect> {
        if self.quit.is_some() {
            return Vec::new();
        }
        let run = self.run();
        let quit = Quit { open: run.closed.is_none(), running: run.in_flight().next().is_some() };
        self.session.leaving = None;
        self.quit = Some(quit);
        vec![Effect::Quit(quit)]
    }
}
