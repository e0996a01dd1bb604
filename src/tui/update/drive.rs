//! Commands to the run, its refusals, and what the log and the hosts answer.

use std::time::Duration;

use crate::run::attempt::{Attempt, StepStatus};
use crate::run::command::{Action, Command};
use crate::run::conclude::Report;
use crate::run::driver;
use crate::run::event::Event;
use crate::run::fact::{Recorded, Who};
use crate::run::refusal::Refusal;
use crate::run::state::{BoxState, Run};
use crate::tui::about;
use crate::tui::app::{App, addressed};
use crate::tui::dialog::{Dialog, choose, confirm, failed, gate, host, order, value, verdict};
use crate::tui::effect::Effect;
use crate::tui::ink::elapsed;
use crate::tui::shared::Log;

/// A step that took at least this long rings the bell when it ends.
const LONG: Duration = Duration::from_secs(20);
/// The selection stays where a person put it for this long.
const STAYS: Duration = Duration::from_secs(30);

impl App {
    /// Gives a command to the driven run.
    pub(super) fn submit(&mut self, action: Action, who: Who) -> Vec<Effect> {
        let command = Command { who, at: self.session.now, action };
        let offers = matches!(command.action, Action::OfferHandover { .. });
        if let Some(refusal) = self.parents_refusal(&command).filter(|_| offers) {
            self.refused(refusal, command);
            return Vec::new();
        }
        let driven = self.shared.runs.last_mut();
        let run = driven.run().id.clone();
        match driven.driver.submit(&command) {
            Ok(effects) => {
                for effect in &effects {
                    self.sent(effect);
                }
                let mut effects = addressed(&run, effects);
                for parent in self.shared.runs.iter_mut().filter(|d| offers && d.run().id != run) {
                    let id = parent.run().id.clone();
                    // It was tried a moment ago.
                    effects.extend(addressed(&id, parent.driver.submit(&command).unwrap_or_default()));
                }
                effects
            }
            Err(refusal) => {
                self.refused(refusal, command);
                Vec::new()
            }
        }
    }

    /// Returns why one of the runs above the driven one refuses `command`. A run is handed over with those above it.
    fn parents_refusal(&self, command: &Command) -> Option<Refusal> {
        let own = &self.run().id;
        self.shared.runs.iter().filter(|d| d.run().id != *own).find_map(|parent| {
            if parent.driver.recording() {
                return Some(Refusal::Recording);
            }
            parent.run().decide(command).err()
        })
    }

    fn sent(&mut self, effect: &driver::Effect) {
        match effect {
            driver::Effect::Record { .. } => self.session.asking.sent = true,
            driver::Effect::Probe { number } => {
                let host = self.run().attempts.get(number).map(|a| a.intent.host.clone()).unwrap_or_default();
                self.session.tell(format!("asking {host}…"));
            }
            driver::Effect::OpenChild { link, .. } => {
                self.close_questions();
                self.session.tell(format!("opening {link}…"));
            }
            driver::Effect::Cancel { .. } => self.close_questions(),
            driver::Effect::Exec(_) | driver::Effect::Shell { .. } => {}
        }
    }

    /// Turns a refusal into the question that it leads to, or into a sentence.
    pub(super) fn refused(&mut self, refusal: Refusal, command: Command) {
        let run = self.run();
        let Command { who, action, .. } = command;
        let dialog = match refusal {
            Refusal::OutOfOrder(open) => Dialog::Order(order::Order::new(action, who, open)),
            Refusal::ConfirmType { word, .. } => {
                Dialog::Confirm(confirm::Confirm::new(run, action, who, Some(word)))
            }
            Refusal::ConfirmPress => Dialog::Confirm(confirm::Confirm::new(run, action, who, None)),
            Refusal::Undecided(name) => Dialog::Value(value::Value::new(&name, None)),
            Refusal::Unset { name, waived } => Dialog::Value(value::Value::new(&name, waived)),
            Refusal::Missing(names) => return self.ask_fill(&names),
            Refusal::Unfit { ref name, .. } if matches!(action, Action::Start { .. }) => {
                let (name, words) = (name.clone(), refusal.to_string());
                self.ask_fill(&[name]);
                return self.session.refuse(words);
            }
            Refusal::UnknownOpen { number, .. } => Dialog::Verdict(verdict::Verdict::new(run, number)),
            Refusal::ChoiceOpen { choice, .. } => Dialog::Choose(choose::Choose::new(run, choice)),
            Refusal::HostOpen(ref step) => Dialog::Host(host::Host::new(run, step)),
            Refusal::GateShut { gate, .. } => Dialog::Gate(gate::Gate::new(gate)),
            Refusal::Failed(ref host) => {
                let step = if let Action::Start { step, .. } = &action { Some(step) } else { None };
                let attempt = step.and_then(|s| run.latest(s, host)).map(|a| a.intent.number);
                match attempt {
                    Some(number) => Dialog::Failed(failed::Failed::new(run, number)),
                    None => return self.session.refuse(refusal.to_string()),
                }
            }
            other => {
                let words = refusal_words(run, &other);
                return self.session.refuse(words);
            }
        };
        self.ask(dialog);
    }

    /// Takes the log's answer.
    pub(super) fn recorded(&mut self, id: &str, answer: Result<Vec<Recorded>, String>) -> Vec<Effect> {
        self.shared.signing = None;
        let Some(driven) = self.shared.runs.find_mut(id) else { return Vec::new() };
        let facts = match &answer {
            Ok(facts) => facts.clone(),
            Err(why) => {
                let why = why.clone();
                let effects = addressed(id, driven.driver.recorded(answer));
                self.log_stopped(why);
                return effects;
            }
        };
        let mut effects = addressed(id, driven.driver.recorded(answer));
        for fact in &facts {
            driven.saw(fact);
            match &fact.event {
                Event::StepIntended(e) => {
                    driven.outputs.entry(e.number).or_default();
                }
                Event::StepFinished(e) => {
                    driven.outputs.entry(e.number).or_default().more();
                }
                _ => {}
            }
        }
        if facts.iter().any(|f| rings(driven.run(), f)) {
            effects.push(Effect::Bell);
        }
        let mine = self.run().id == id && std::mem::take(&mut self.session.asking.sent);
        if mine {
            self.close_questions();
            self.session.place.following |= self.selected_settled();
        }
        self.go_where_needed();
        for fact in facts {
            self.terminal_facts(id, &fact);
            effects.extend(self.child_facts(id, &fact.event));
        }
        effects
    }

    /// What was asked for is not in the log, because nobody signed it: the question stands as it was.
    pub(super) fn not_signed(&mut self, id: &str, why: String, newer: &[Recorded]) -> Vec<Effect> {
        self.shared.signing = None;
        let Some(driven) = self.shared.runs.find_mut(id) else { return Vec::new() };
        let after = driven.driver.knows_others();
        let effects = addressed(id, driven.driver.not_signed(newer));
        newer.iter().filter(|fact| fact.seq > after).for_each(|fact| driven.saw(fact));
        self.session.asking.sent = false;
        self.session.refuse(why);
        effects
    }

    /// Selects the box that needs attention, unless a person has just gone elsewhere.
    pub(super) fn go_where_needed(&mut self) {
        let now = self.session.now;
        let moved = self.session.place.moved_at;
        let stays = moved.is_some_and(|at| elapsed(&at, &now) < STAYS);
        if self.session.place.following || (!stays && self.session.dialog().is_none()) {
            self.session.place.following = true;
            let attention = self.attention();
            self.session.select(attention);
        }
    }

    fn selected_settled(&self) -> bool {
        self.run().boxes.get(self.session.place.selected).is_some_and(BoxState::settled)
    }

    /// Takes news from a host.
    pub(super) fn reported(&mut self, id: &str, report: Report) -> Vec<Effect> {
        let now = self.session.now;
        let Some(driven) = self.shared.runs.find_mut(id) else { return Vec::new() };
        addressed(id, driven.driver.report(report, now))
    }

    /// The log answers again: what waited goes out.
    pub(super) fn log_back(&mut self) -> Vec<Effect> {
        self.shared.log = Log::Ok;
        let mut effects = Vec::new();
        for driven in self.shared.runs.iter_mut() {
            let id = driven.run().id.clone();
            effects.extend(addressed(&id, driven.driver.log_is_back()));
        }
        self.session.tell("the log can be written again");
        effects
    }

    /// The log cannot be written: what was typed is kept, questions go away.
    fn log_stopped(&mut self, why: String) {
        let now = self.session.now;
        let since = match &self.shared.log {
            Log::Stopped { since, .. } => *since,
            _ => now,
        };
        self.shared.log = Log::Stopped { why, since, tried: now };
        self.session.asking.sent = false;
        while !self.session.asking.stack.is_empty() {
            self.back();
        }
    }
}

/// Whether a fact is worth the bell: something failed, is unknown, or took long.
fn rings(run: &Run, fact: &Recorded) -> bool {
    let bad = |number: &u32| {
        run.attempts
            .get(number)
            .is_some_and(|a| matches!(a.status(), StepStatus::Failed | StepStatus::Unknown))
    };
    match &fact.event {
        Event::StepFinished(e) => {
            let went_on = run.attempts.get(&e.number).is_some_and(Attempt::went_on);
            (bad(&e.number) && !went_on) || e.took_ns.is_some_and(|ns| Duration::from_nanos(ns) >= LONG)
        }
        Event::StepUnknown(_) | Event::WatchBreached(_) => true,
        Event::WatchSampled(e) => e.over && run.attempts.get(&e.number).is_some_and(Attempt::later_round),
        _ => false,
    }
}

/// Returns a refusal in words, boxes by their numbers and steps by their titles.
#[must_use]
pub(super) fn refusal_words(run: &Run, refusal: &Refusal) -> String {
    match refusal {
        Refusal::ChildrenOpen(open) => {
            format!("{} inside it come first", about::box_names(run, open))
        }
        Refusal::NotComplete(open) => {
            format!("it cannot be completed: {} open", about::box_names(run, open))
        }
        Refusal::Needs(id) => {
            format!("{} has to be signed first (waived does not count)", about::box_name(run, id))
        }
        Refusal::StepOpen(step) => {
            format!(
                "its step {} has not passed: run it, or waive it with a reason",
                about::step_title(run, step)
            )
        }
        Refusal::StepOrder(step) => format!("step {} of this box comes first", about::step_title(run, step)),
        Refusal::Running(step) => format!("step {} is running", about::step_title(run, step)),
        Refusal::StepInFlight(step) => {
            format!("step {} is running or unknown: end that first", about::step_title(run, step))
        }
        other => other.to_string(),
    }
}
