//! Opening a shell on a host.

use crate::run::decide::Decision;
use crate::run::event::Event;
use crate::run::fact::{ShellOpened, Who};
use crate::run::refusal::Refusal;
use crate::run::state::{Run, Shell};
use crate::runbook::ids::StepId;

impl Run {
    pub(super) fn decide_open_shell(&self, who: &Who, host: &str, step: Option<&StepId>) -> Decision {
        if let Some(open) = self.open_shell() {
            return Err(Refusal::ShellOpen(open.opened.host.clone()));
        }
        let pin = self.opened.hosts.iter().find(|h| h.name == host);
        match pin {
            None => return Err(Refusal::NoHost(format!("this run has no host {host}"))),
            Some(pin) if pin.is_local() => return Err(Refusal::ShellHere),
            Some(_) => {}
        }
        let shell = self.shells.keys().next_back().copied().unwrap_or(0).saturating_add(1);
        let (host, step) = (host.to_owned(), step.cloned());
        Ok(vec![Event::ShellOpened(ShellOpened { who: who.clone(), shell, host, step })])
    }

    /// Returns whether the attempt `number` has a terminal now.
    #[must_use]
    pub fn runs_in_terminal(&self, number: u32) -> bool {
        let attempt = self.attempts.get(&number);
        attempt.is_some_and(|a| a.terminal && a.finished.is_none() && a.unknown.is_none())
    }

    /// Returns the shell of which nobody has said that it ended; there is one at most.
    #[must_use]
    pub fn open_shell(&self) -> Option<&Shell> {
        self.shells.values().find(|shell| shell.closed.is_none())
    }
}
