//! Driving a run: which fact is on its way to the log, what waits behind it, and what may happen once it is durable.
//!
//! Two rules live here and nowhere else. *No record, no run*: only a recorded intent starts a step. *At most one batch
//! of facts is in flight*: commands meanwhile are refused, reports from outside wait and are recorded together.

mod others;

use std::collections::{BTreeSet, VecDeque};

use crate::clock::Stamp;
use crate::run::attempt::Attempt;
use crate::run::command::{Action, Command};
use crate::run::conclude::Report;
use crate::run::decide::{boxes_waived_by_condition, moot_step};
use crate::run::event::{Event, StepIntended};
use crate::run::fact::{Entry, HostPin, Recorded, StepCancelRequested, Who};
use crate::run::refusal::Refusal;
use crate::run::series::Series;
use crate::run::state::Run;
use crate::runbook::ids::BoxId;

/// What the outside has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Append these facts of the run to the log in one transaction, then answer with [`Driver::recorded`].
    Record {
        /// The run.
        run: String,
        /// The facts.
        entries: Vec<Entry>,
        /// Keeps the facts out, if others recorded something of the run after this place that may change what was
        /// decided; none for facts that only tell of the outside.
        after: Option<u64>,
    },
    /// Send a step to its host.
    Exec(Box<Order>),
    /// End an attempt.
    Cancel {
        /// The attempt's number.
        number: u32,
    },
    /// Ask the host what became of an attempt; answer with a report.
    Probe {
        /// The attempt's number.
        number: u32,
    },
    /// Open a shell on a host; answer with a report when it has ended.
    Shell {
        /// Its number.
        shell: u32,
        /// The host.
        host: Box<HostPin>,
    },
    /// Read the linked runbook and open it as a child run.
    OpenChild {
        /// Who asked.
        who: Who,
        /// The box with the link; none for the rollback.
        in_box: Option<BoxId>,
        /// The link.
        link: String,
        /// Earlier boxes that are still open, by the captain's choice.
        out_of_order: Vec<BoxId>,
    },
}

/// All that a host needs to run a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The recorded intent.
    pub intent: StepIntended,
    /// The host.
    pub host: HostPin,
    /// The variables the step gets.
    pub vars: Vec<(String, String)>,
    /// The names of the secrets it gets.
    pub secrets: Vec<String>,
    /// Whether it calls `sudo`: where that wants a password, it gets a terminal.
    pub asks_root: bool,
}

/// A run with what is under way.
#[derive(Debug, Clone)]
pub struct Driver {
    run: Run,
    in_flight: Option<Flight>,
    waiting: VecDeque<(Report, Stamp)>,
    series: Option<Series>,
    stopped: Option<String>,
    /// Attempts past their limit that were reported, and those whose host is being asked to end them.
    late: BTreeSet<u32>,
    ending: BTreeSet<u32>,
    /// Whether the captain has left: then nothing starts by itself any more.
    left: bool,
    /// Everything that others recorded up to this place is known.
    others: u64,
    /// Who drives the run now, in another process.
    elsewhere: Option<String>,
}

/// What is on its way to the log: facts that a command asked for, those that follow from the state, or reports that must
/// not be lost.
#[derive(Debug, Clone)]
enum Flight {
    Command,
    Follows,
    Reports(Vec<(Report, Stamp)>),
}

impl Driver {
    /// Returns a driver of `run` with nothing under way.
    #[must_use]
    pub const fn new(run: Run) -> Self {
        Self {
            others: run.last_seq,
            elsewhere: None,
            run,
            in_flight: None,
            waiting: VecDeque::new(),
            series: None,
            stopped: None,
            late: BTreeSet::new(),
            ending: BTreeSet::new(),
            left: false,
        }
    }

    /// Returns the run.
    #[must_use]
    pub const fn run(&self) -> &Run {
        &self.run
    }

    /// Returns whether a fact is on its way to the log.
    #[must_use]
    pub const fn recording(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Returns why the log cannot be written, if it cannot.
    #[must_use]
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// Returns how many reports wait to be recorded.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Returns whether nothing runs and nothing is on its way.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.in_flight.is_none() && self.waiting.is_empty() && self.run.in_flight().next().is_none()
    }

    /// Takes a command.
    ///
    /// # Errors
    /// A refusal; nothing has changed.
    pub fn submit(&mut self, command: &Command) -> Result<Vec<Effect>, Refusal> {
        if let Some(name) = &self.elsewhere {
            return Err(Refusal::DrivenElsewhere(name.clone()));
        }
        if let Some(why) = &self.stopped {
            match &command.action {
                Action::Cancel { .. } => return self.cancel_unrecorded(command),
                action if ends_something(action) => {}
                _ => return Err(Refusal::LogStopped(why.clone())),
            }
        }
        if self.in_flight.is_some() {
            return Err(Refusal::Recording);
        }
        let events = self.run.decide(command)?;
        match &command.action {
            Action::Probe { number } => return Ok(vec![Effect::Probe { number: *number }]),
            Action::OpenChild { in_box, out_of_order } => {
                return self.open_child(&command.who, in_box.as_ref(), *out_of_order);
            }
            Action::Start { step, confirmed, retry, .. } => {
                self.left = false;
                self.series = Some(Series {
                    who: command.who.clone(),
                    step: step.clone(),
                    confirmed: confirmed.clone(),
                    retry: *retry,
                    first: self.run.next_number(),
                    since: if self.run.repeats(step) { self.run.next_number() } else { 0 },
                });
            }
            // Who stops a step, or leaves, does not want it to begin on the next host.
            Action::Cancel { .. } => self.series = None,
            Action::Pause { .. } => self.hold(),
            _ => {}
        }
        self.in_flight = Some(Flight::Command);
        Ok(vec![self.record(bare(events), Some(self.others))])
    }

    /// Ends attempts although the log takes nothing: a step that must stop does not wait for a disk. Who asked is
    /// kept and recorded as soon as the log takes it.
    fn cancel_unrecorded(&mut self, command: &Command) -> Result<Vec<Effect>, Refusal> {
        let asked = self.run.decide(command)?;
        self.series = None;
        let mut effects = Vec::new();
        for event in asked {
            let Event::StepCancelRequested(StepCancelRequested { number, who, .. }) = event else { continue };
            effects.extend(self.runs(number).then_some(Effect::Cancel { number }));
            effects.extend(self.report(Report::CancelAsked { number, who }, command.at));
        }
        Ok(effects)
    }

    /// Returns whether the attempt has no end yet; a watch that waits for its next round has nothing to be ended.
    fn runs(&self, number: u32) -> bool {
        self.run.attempts.get(&number).is_some_and(|a| a.finished.is_none())
    }

    fn open_child(&self, who: &Who, in_box: Option<&BoxId>, accepted: bool) -> Result<Vec<Effect>, Refusal> {
        let out_of_order = self.run.child_order(in_box, accepted)?;
        let link = match in_box {
            None => self.run.runbook.front.rollback.clone(),
            Some(id) => self.run.runbook.find_box(id).and_then(|b| b.runbook.clone()),
        };
        let link = link.ok_or(Refusal::NoLink)?;
        Ok(vec![Effect::OpenChild { who: who.clone(), in_box: in_box.cloned(), link, out_of_order }])
    }

    /// Takes a report from outside, seen at `at`. It waits while another fact is on its way.
    pub fn report(&mut self, report: Report, at: Stamp) -> Vec<Effect> {
        self.waiting.push_back((report, at));
        self.go_on()
    }

    /// Takes the time: what has run longer than its limit is to be ended, and rounds of watches that are due are
    /// started. To be called about once a second.
    pub fn tick(&mut self, now: Stamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (number, limit) in self.run.past_limit(now) {
            if !self.late.insert(number) {
                continue;
            }
            let recorded = self.run.attempts.get(&number).is_some_and(|a| a.timed_out.is_some());
            // A step that must stop does not wait for a disk; nor for a record that an earlier driver made.
            if (recorded || self.stopped.is_some()) && self.ending.insert(number) {
                effects.push(Effect::Cancel { number });
            }
            effects.extend(self.report(Report::TimedOut { number, limit }, now));
        }
        let free = self.elsewhere.is_none()
            && self.in_flight.is_none()
            && self.waiting.is_empty()
            && self.stopped.is_none()
            && !self.left;
        if let Some(event) = self.run.due_round(now).filter(|_| free) {
            effects.extend(self.record_now(vec![event]));
        }
        effects
    }

    /// Takes facts that the runtime itself has to record, such as the opening of a child run.
    ///
    /// # Errors
    /// [`Refusal::Recording`] or [`Refusal::LogStopped`].
    pub fn note_down(&mut self, entries: Vec<Entry>) -> Result<Vec<Effect>, Refusal> {
        if let Some(why) = &self.stopped {
            return Err(Refusal::LogStopped(why.clone()));
        }
        if self.in_flight.is_some() {
            return Err(Refusal::Recording);
        }
        self.in_flight = Some(Flight::Command);
        Ok(vec![self.record(entries, None)])
    }

    /// The captain leaves as soon as nothing is on its way to the log any more: nothing begins by itself until then.
    pub fn hold(&mut self) {
        self.series = None;
        self.left = true;
    }

    /// Takes the log's answer to the last [`Effect::Record`].
    pub fn recorded(&mut self, answer: Result<Vec<Recorded>, String>) -> Vec<Effect> {
        let flight = self.in_flight.take();
        let asked = matches!(flight, Some(Flight::Command | Flight::Follows));
        let facts = match answer {
            Ok(facts) => facts,
            Err(why) => {
                self.stopped = Some(why);
                self.series = None;
                if let Some(Flight::Reports(reports)) = flight {
                    for report in reports.into_iter().rev() {
                        self.waiting.push_front(report);
                    }
                }
                return Vec::new();
            }
        };
        let mut effects = Vec::new();
        for fact in &facts {
            self.run.evolve(fact);
            effects.extend(self.follows(&fact.event, asked));
        }
        effects.extend(self.go_on());
        effects
    }

    /// Records what waits, else what follows from the state.
    fn go_on(&mut self) -> Vec<Effect> {
        let next = self.flush();
        if next.is_empty() && self.in_flight.is_none() { self.consequences() } else { next }
    }

    /// The log can be written again: what waited is recorded now.
    pub fn log_is_back(&mut self) -> Vec<Effect> {
        self.stopped = None;
        self.go_on()
    }

    /// Returns the effects with which a run is taken up after another process drove it: attempts without an end are
    /// unknown from now on, and their hosts are asked.
    pub fn take_up(&mut self, why: &str) -> Vec<Effect> {
        let at = self.run.last_at;
        let left = |a: &Attempt| Report::Left { number: a.intent.number, why: why.to_owned() };
        let left: Vec<(Report, Stamp)> = self.run.in_flight().map(|a| (left(a), at)).collect();
        self.waiting.extend(left);
        // A shell is hung up when the process that held its line ends.
        let shells = self.run.shells.values().filter(|s| s.closed.is_none()).map(|s| s.opened.shell);
        let how = "nobody saw it end: the process that held its line ended".to_owned();
        let ended = |shell| (Report::ShellEnded { shell, how: how.clone(), took_ns: None }, at);
        let shells: Vec<(Report, Stamp)> = shells.map(ended).collect();
        self.waiting.extend(shells);
        let mut effects: Vec<Effect> =
            self.run.unknown().map(|a| Effect::Probe { number: a.intent.number }).collect();
        effects.extend(self.go_on());
        effects
    }

    /// What a durable fact sets off; `asked` if it comes from a command.
    fn follows(&mut self, event: &Event, asked: bool) -> Option<Effect> {
        match event {
            Event::StepIntended(intent) => {
                let (_, step) = self.run.runbook.find_step(&intent.step)?;
                let host = self.run.targets(step).ok()?.into_iter().find(|h| h.name == intent.host)?.clone();
                Some(Effect::Exec(Box::new(self.order(intent, host))))
            }
            // One that was asked while the log took nothing has been followed already.
            Event::StepCancelRequested(e) => {
                (asked && self.runs(e.number)).then_some(Effect::Cancel { number: e.number })
            }
            Event::StepTimedOut(e) => {
                self.ending.insert(e.number).then_some(Effect::Cancel { number: e.number })
            }
            Event::ShellOpened(e) => {
                let host = self.run.opened.hosts.iter().find(|h| h.name == e.host)?;
                Some(Effect::Shell { shell: e.shell, host: Box::new(host.clone()) })
            }
            Event::StepUnknown(e) => Some(Effect::Probe { number: e.number }),
            _ => None,
        }
    }

    fn order(&self, intent: &StepIntended, host: HostPin) -> Order {
        let mut vars: Vec<(String, String)> = self.run.values_on(&host.name).into_iter().collect();
        let environment = self.run.opened.environment.as_ref().map(|e| e.name.clone());
        vars.push(("ENV".to_owned(), environment.unwrap_or_default()));
        vars.push(("RUN".to_owned(), self.run.id.clone()));
        vars.push(("HOST".to_owned(), host.name.clone()));
        vars.push(("ROLE".to_owned(), host.role.clone()));
        let step = self.run.runbook.find_step(&intent.step).map(|(_, step)| step);
        let secrets = step.map(|step| self.run.secrets_of(step)).unwrap_or_default();
        let asks_root = step.is_some_and(|step| step.asks_root);
        Order { intent: intent.clone(), host, vars, secrets, asks_root }
    }

    fn flush(&mut self) -> Vec<Effect> {
        // Also when the log takes nothing new: what ends a step in flight may still fit into its reserve.
        if self.in_flight.is_some() || self.waiting.is_empty() {
            return Vec::new();
        }
        let reports: Vec<(Report, Stamp)> = self.waiting.drain(..).collect();
        let entries = self.conclude(&reports);
        if entries.is_empty() {
            return Vec::new();
        }
        self.in_flight = Some(Flight::Reports(reports));
        vec![self.record(entries, None)]
    }

    /// What `reports` come to: each is judged on the state that the ones before it lead to, as if they were recorded
    /// one by one.
    fn conclude(&self, reports: &[(Report, Stamp)]) -> Vec<Entry> {
        if let [(only, at)] = reports {
            return self.run.conclude(only, *at);
        }
        let mut seen = self.run.clone();
        let mut entries = Vec::new();
        for (report, at) in reports {
            let facts = seen.conclude(report, *at);
            for fact in &facts {
                let event = fact.event.clone();
                seen.evolve(&Recorded { seq: seen.last_seq, at: *at, hash: String::new(), event });
            }
            entries.extend(facts);
        }
        entries
    }

    /// What follows from the state itself: the next host of a step under way, and what does not apply is waived.
    fn consequences(&mut self) -> Vec<Effect> {
        let driven = self.stopped.is_none() && self.elsewhere.is_none();
        if !driven || self.run.closed.is_some() || self.run.open_child().is_some() {
            return Vec::new();
        }
        if let Some(series) = self.series.clone() {
            let starts = self.run.goes_on(&series);
            if !starts.is_empty() {
                return self.record_now(starts);
            }
            if self.run.in_flight().next().is_none() {
                self.series = None;
            }
        }
        let waived = self.waived_by_condition();
        if waived.is_empty() { Vec::new() } else { self.record_now(waived) }
    }

    fn waived_by_condition(&self) -> Vec<Event> {
        let boxes = boxes_waived_by_condition(&self.run);
        if !boxes.is_empty() {
            return boxes;
        }
        let Some(index) = self.run.next_open() else { return Vec::new() };
        let Some(item) = self.run.runbook.boxes.get(index) else { return Vec::new() };
        if self.run.shut_gate_before(item.phase).is_some() {
            return Vec::new();
        }
        if self.run.bar(index).is_some() || self.run.waits_for_choice(index).is_some() {
            return Vec::new();
        }
        let Some(step) = self.run.next_step(index) else { return Vec::new() };
        match self.run.does_not_apply(step) {
            Some(why) => vec![moot_step(&self.run.captain, step, &why)],
            None => Vec::new(),
        }
    }

    fn record_now(&mut self, events: Vec<Event>) -> Vec<Effect> {
        self.in_flight = Some(Flight::Follows);
        vec![self.record(bare(events), Some(self.others))]
    }

    fn record(&self, entries: Vec<Entry>, after: Option<u64>) -> Effect {
        Effect::Record { run: self.run.id.clone(), entries, after }
    }
}

fn bare(events: Vec<Event>) -> Vec<Entry> {
    events.into_iter().map(|event| Entry { event, chunk: None }).collect()
}

/// Returns whether `action` starts nothing, so that it is tried even when the log takes nothing new.
const fn ends_something(action: &Action) -> bool {
    matches!(
        action,
        Action::Resolve { .. }
            | Action::Note { .. }
            | Action::Pause { .. }
            | Action::Close { .. }
            | Action::Enough { .. }
    )
}
