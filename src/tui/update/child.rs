//! Child runs: pushed when the parent's fact is durable, taken off when they close.

use crate::run::event::Event;
use crate::run::fact::{ChildOpened, Entry, RunClosed};
use crate::run::state::Run;
use crate::tui::app::{App, addressed};
use crate::tui::effect::Effect;
use crate::tui::session::Place;
use crate::tui::shared::{Driven, Opened};
use crate::tui::summary;

impl App {
    /// A child run is durable; now the parent's fact is recorded.
    pub(super) fn child_ready(&mut self, parent: &str, opened: ChildOpened, run: Box<Run>) {
        if let Some(driven) = self.shared.runs.find_mut(parent) {
            driven.notes.push_back(Entry { event: Event::ChildOpened(opened), chunk: None });
            self.shared.child = Some(run);
        }
    }

    /// What a durable fact means for the stack of runs.
    pub(super) fn child_facts(&mut self, id: &str, event: &Event) -> Vec<Effect> {
        match event {
            Event::ChildOpened(e) if self.shared.child.as_ref().is_some_and(|c| c.id == e.child) => {
                let Some(run) = self.shared.child.take() else { return Vec::new() };
                self.push_child(*run)
            }
            Event::RunClosed(e) if self.run().id == id => {
                self.pop_child(e);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn push_child(&mut self, run: Run) -> Vec<Effect> {
        let id = run.id.clone();
        let told = format!("child run {id}: {}", run.title());
        self.shared.runs.push(Driven::new(Opened { run, facts: Vec::new() }));
        let effects = self.shared.runs.last_mut().driver.take_up("");
        self.enter_run();
        self.ask_open();
        self.session.tell(told);
        addressed(&id, effects)
    }

    fn pop_child(&mut self, closed: &RunClosed) {
        let Some(child) = self.shared.runs.pop() else { return };
        let run = child.run();
        let told = format!("child run {} {}: back in {}", run.id, closed.outcome.words(), self.run().title());
        let facts = self.run().child_ended(run);
        let owed = summary::owed(run);
        let parent = self.shared.runs.last_mut();
        parent.notes.extend(facts);
        parent.owed.extend(child.owed.iter().cloned().chain(owed));
        self.enter_run();
        self.session.tell(told);
    }

    fn enter_run(&mut self) {
        self.session.asking.stack.clear();
        self.session.place = Place { wrap: self.session.place.wrap, ..Place::at(0) };
        self.session.place.selected = self.attention();
    }

    /// Sends the facts that waited for a free moment.
    pub(super) fn send_notes(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for driven in self.shared.runs.iter_mut() {
            if driven.notes.is_empty() || driven.driver.recording() || driven.driver.stopped().is_some() {
                continue;
            }
            let entries: Vec<Entry> = driven.notes.iter().cloned().collect();
            let id = driven.run().id.clone();
            // A refusal here means that something else went out in between: the facts stay and go out later.
            if let Ok(sent) = driven.driver.note_down(entries) {
                driven.notes.clear();
                effects.extend(addressed(&id, sent));
            }
        }
        effects
    }
}
