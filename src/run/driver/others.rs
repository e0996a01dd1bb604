//! What other processes record of the run that is driven here.

use super::{Driver, Effect, Flight};
use crate::run::event::Event;
use crate::run::fact::Recorded;

impl Driver {
    /// Returns who drives the run now, if another process does.
    #[must_use]
    pub fn elsewhere(&self) -> Option<&str> {
        self.elsewhere.as_deref()
    }

    /// Returns the place up to which everything that others recorded is known.
    #[must_use]
    pub const fn knows_others(&self) -> u64 {
        self.others
    }

    /// The facts of the last [`Effect::Record`] were not signed, or not in sight of `newer`, which others recorded
    /// meanwhile; so they are not in the log, which stands as before. What only told of the outside waits again.
    pub fn not_signed(&mut self, newer: &[Recorded]) -> Vec<Effect> {
        self.learn(newer);
        match self.in_flight.take() {
            Some(Flight::Reports(reports)) => {
                self.series = None;
                for report in reports.into_iter().rev() {
                    self.waiting.push_front(report);
                }
                Vec::new()
            }
            // What follows from the state is worked out anew from the new one.
            Some(Flight::Follows) if !newer.is_empty() => self.go_on(),
            _ => {
                self.series = None;
                self.flush()
            }
        }
    }

    /// Takes facts of the run that other processes recorded, in their order; those that are known already change
    /// nothing.
    pub fn others(&mut self, facts: &[Recorded]) -> Vec<Effect> {
        self.learn(facts);
        self.go_on()
    }

    fn learn(&mut self, facts: &[Recorded]) {
        for fact in facts {
            if fact.seq <= self.others {
                continue;
            }
            self.others = fact.seq;
            self.run.evolve(fact);
            // Whoever drives it now starts what comes next; here it is only looked at.
            let driver = match &fact.event {
                Event::RunHandedOver(e) => &e.who,
                Event::RunDriverChanged(e) => &e.who,
                Event::RunResumed(e) => &e.who,
                _ => continue,
            };
            self.elsewhere = Some(driver.name.clone());
            self.series = None;
        }
    }
}
