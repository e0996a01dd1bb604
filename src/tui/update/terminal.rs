//! Remote terminals: whose keyboard it is, what is typed, what the host says.
//!
//! Two rules: while the keyboard is the host's, every key but one goes there and no question takes it away; and when a
//! terminal goes away by itself, keys that were meant for it do nothing here.

use std::collections::btree_map::Entry;

use secrecy::SecretString;

use crate::run::command::Action;
use crate::run::event::Event;
use crate::run::fact::Recorded;
use crate::run::state::Run;
use crate::runbook::ids::StepId;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::dialog::{Dialog, shell_host, terminal};
use crate::tui::effect::{Effect, Secret};
use crate::tui::input::{Code, Key};
use crate::tui::msg::Output;
use crate::tui::output::Window;
use crate::tui::term::keys::{Modes, encode, paste};
use crate::tui::term::{Term, sized};
use crate::tui::view::layout::Layout;

/// After a terminal went away by itself, keys within this time of each other were meant for it.
const LATE_NS: u64 = 700_000_000;

/// The key that is gonogo's own.
pub(crate) const LEAVE: Key = Key::ctrl(']');

/// Returns the number by which the output of the shell `shell` is known: attempts count from below.
#[must_use]
pub const fn shell_number(shell: u32) -> u32 {
    u32::MAX - shell
}

/// Returns the shell whose output has this number.
#[must_use]
pub fn shell_of(run: &Run, number: u32) -> Option<u32> {
    run.shells.contains_key(&(u32::MAX - number)).then_some(u32::MAX - number)
}

impl App {
    /// Returns columns and rows of remote terminals.
    #[must_use]
    pub fn terminal_size(&self) -> (u16, u16) {
        let (columns, rows) = sized(Layout::of(self.session.size).screen_size());
        (columns.get(), rows.get())
    }

    /// The window has another size.
    pub(super) fn resize_terminals(&mut self) {
        let size = self.terminal_size();
        for driven in self.shared.runs.iter_mut() {
            driven.terms.values_mut().for_each(|term| term.resize(size));
        }
    }

    /// What a durable fact means for terminals.
    pub(super) fn terminal_facts(&mut self, id: &str, fact: &Recorded) {
        let size = self.terminal_size();
        let Some(driven) = self.shared.runs.find_mut(id) else { return };
        match &fact.event {
            Event::StepIntended(e) if e.interactive => {
                driven.terms.insert(e.number, Term::new(size));
                // What is typed ahead, a password perhaps, must not become keys of gonogo's own.
                self.take_keyboard(e.number);
            }
            Event::ShellOpened(e) => {
                let number = shell_number(e.shell);
                driven.terms.insert(number, Term::new(size));
                driven.outputs.entry(number).or_default();
                self.take_keyboard(number);
            }
            Event::StepStarted(e) if e.terminal => {
                if let Entry::Vacant(missing) = driven.terms.entry(e.number) {
                    // It was not known before: what it has said already is read anew.
                    missing.insert(Term::new(size));
                    let mut window = Window::default();
                    window.more();
                    driven.outputs.insert(e.number, window);
                }
                self.take_keyboard(e.number);
            }
            Event::StepFinished(e) => self.gone_terminal(id, e.number),
            Event::StepUnknown(e) => self.gone_terminal(id, e.number),
            Event::ShellClosed(e) => {
                self.gone_terminal(id, shell_number(e.shell));
                self.session.tell(format!("the shell on {} has ended: {}", e.host, e.how));
            }
            _ => {}
        }
    }

    /// Returns whether the terminal that has the keyboard is there, and is not only on its way.
    pub(super) fn typing(&self) -> bool {
        let run = self.run();
        self.session.keyboard.is_some_and(|number| match shell_of(run, number) {
            Some(_) => self.driven().outputs.get(&number).is_some_and(|window| window.last_at().is_some()),
            None => run.runs_in_terminal(number),
        })
    }

    /// Gives the keyboard to a terminal, unless a person is busy with a question.
    fn take_keyboard(&mut self, number: u32) {
        if self.session.dialog().is_none() && self.session.keyboard.is_none() {
            let now = self.session.now;
            self.session.place.find = None;
            self.session.keyboard = Some(number);
            self.session.asking.guard.opened(now);
        }
    }

    /// A terminal went away by itself.
    fn gone_terminal(&mut self, id: &str, number: u32) {
        let here = self.run().id == id;
        if let Some(driven) = self.shared.runs.find_mut(id) {
            driven.terms.remove(&number);
        }
        if here && self.session.keyboard == Some(number) {
            let now = self.session.now;
            self.session.keyboard = None;
            self.session.asking.stack.retain(|dialog| !matches!(dialog, Dialog::Terminal(_)));
            self.session.asking.guard.gone(now);
            self.session.released = Some(now);
        }
    }

    /// Returns whether a key came so soon after a terminal went away that it was meant for it.
    pub(super) fn was_meant_for_terminal(&mut self) -> bool {
        let now = self.session.now;
        match self.session.released {
            Some(at) if now.since_ns(&at) < LATE_NS => {
                self.session.released = Some(now);
                self.session.refuse("the terminal has ended: that key was meant for it and did nothing");
                true
            }
            _ => {
                self.session.released = None;
                false
            }
        }
    }

    /// Returns the terminal that has the keyboard, with its number.
    #[must_use]
    pub fn keyboard(&self) -> Option<(u32, &Term)> {
        let number = self.session.keyboard?;
        self.driven().terms.get(&number).map(|term| (number, term))
    }

    /// Takes a key while a terminal has the keyboard.
    pub(super) fn terminal_key(&mut self, number: u32, key: &Key) -> Vec<Effect> {
        // A second press of the Enter that started it; anything else was typed ahead, for the program.
        if key.code == Code::Enter && self.session.asking.guard.too_early(self.session.now) {
            return Vec::new();
        }
        if *key == (Key { repeat: key.repeat, ..LEAVE }) {
            let typed = self.driven().lines.get(&number).copied().unwrap_or(0);
            let dialog = terminal::Terminal::new(self.run(), number).typing(self.run(), typed);
            self.ask(Dialog::Terminal(dialog));
            return Vec::new();
        }
        match encode(key, self.modes(number)) {
            Some(keys) => self.type_on(number, keys),
            None => Vec::new(),
        }
    }

    /// Takes pasted text while a terminal has the keyboard.
    pub(super) fn terminal_paste(&mut self, number: u32, text: &str) -> Vec<Effect> {
        match paste(text, self.modes(number)) {
            Some(keys) => self.type_on(number, keys),
            None => {
                self.session.refuse(
                    "the paste was dropped: it has several lines, and the program would run each at once",
                );
                Vec::new()
            }
        }
    }

    fn modes(&self, number: u32) -> Modes {
        let screen = self.driven().terms.get(&number).map(Term::screen);
        screen.map_or_else(Modes::default, |screen| Modes {
            arrows: screen.application_cursor(),
            paste: screen.bracketed_paste(),
        })
    }

    pub(super) fn type_on(&self, number: u32, keys: String) -> Vec<Effect> {
        let run = self.run().id.clone();
        vec![Effect::Type { run, number, keys: Secret(SecretString::from(keys)) }]
    }

    /// Ctrl-] once more: that very key is meant for the program.
    pub(super) fn leave_key_itself(&mut self) -> Vec<Effect> {
        self.session.asking.stack.pop();
        match self.session.keyboard {
            Some(number) => self.type_on(number, "\x1d".to_owned()),
            None => Vec::new(),
        }
    }

    /// Goes back to a terminal.
    pub(super) fn back_to(&mut self, number: u32) {
        self.close_questions();
        self.session.keyboard = None;
        self.take_keyboard(number);
    }

    /// Types the next line of the step that a shell was opened for, without its end: Enter stays the person's.
    pub(super) fn type_line(&mut self, line: &str) -> Vec<Effect> {
        let Some(number) = self.session.keyboard else { return Vec::new() };
        self.close_questions();
        let line = line.to_owned();
        if let Some(driven) = shell_of(self.run(), number).map(|_| self.shared.runs.last_mut()) {
            *driven.lines.entry(number).or_default() += 1;
        }
        self.type_on(number, line)
    }

    /// Opens a shell where the selected box works, or goes to the one that is open.
    pub(super) fn shell(&mut self) -> Vec<Effect> {
        let run = self.run();
        if let Some(open) = run.open_shell() {
            let number = shell_number(open.opened.shell);
            self.back_to(number);
            return Vec::new();
        }
        if run.closed.is_some() {
            self.session.refuse("the run is closed");
            return Vec::new();
        }
        let place = &self.session.place;
        let step = about::shown_step(run, place.selected);
        let host =
            step.and_then(|s| about::shown_host(run, s, place.host.as_deref())).map(|(h, _)| h.name.clone());
        // Lines that are no script are typed into the shell; those of any other step are run.
        let lines = step.filter(|s| s.by_hand.is_some()).map(|s| s.id.clone());
        let dialog = shell_host::ShellHost::new(run, host, lines);
        if dialog.is_empty() {
            self.session.refuse("this run has no host that a shell could be opened on");
            return Vec::new();
        }
        self.ask(Dialog::ShellHost(dialog));
        Vec::new()
    }

    /// Feeds output to the terminal it belongs to, and returns what that answers.
    pub(super) fn feed_terminal(&mut self, output: &Output) -> Vec<Effect> {
        let Some(driven) = self.shared.runs.find_mut(&output.run) else { return Vec::new() };
        let fresh = driven.outputs.get(&output.number).is_none_or(|w| output.upto >= w.upto());
        let Some(term) = driven.terms.get_mut(&output.number).filter(|_| fresh) else { return Vec::new() };
        let mut skipped = output.skipped;
        let mut effects = Vec::new();
        let mut answers = String::new();
        if output.pieces.is_empty() {
            term.feed(std::mem::take(&mut skipped), &[]);
        }
        for piece in &output.pieces {
            let said = term.feed(std::mem::take(&mut skipped), &piece.bytes);
            answers.push_str(&said.answers);
            if said.bell && effects.is_empty() {
                effects.push(Effect::Bell);
            }
        }
        if !answers.is_empty() {
            let keys = Secret(SecretString::from(answers));
            effects.push(Effect::Type { run: output.run.clone(), number: output.number, keys });
        }
        effects
    }
}

/// Returns the action that opens a shell.
#[must_use]
pub fn open_shell(host: &str, step: Option<&StepId>) -> Action {
    Action::OpenShell { host: host.to_owned(), step: step.cloned() }
}
