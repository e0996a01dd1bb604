//! What messages change. One file per concern; every way in ends in `after`.

mod ask;
mod asked;
mod child;
mod drive;
mod find;
mod keys;
mod leave;
mod mouse;
mod others;
mod read;
mod scroll;
pub mod terminal;

use std::time::Duration;

use crate::tui::app::{App, addressed};
use crate::tui::dialog::Dialog;
use crate::tui::effect::Effect;
use crate::tui::ink::elapsed;
use crate::tui::input::{Code, Input, Key};
use crate::tui::keymap;
use crate::tui::msg::Msg;
use crate::tui::next;
use crate::tui::shared::Log;

/// A sentence stands this long.
const NOTICE: Duration = Duration::from_secs(8);
/// A stopped log is tried again this often.
const RETRY: Duration = Duration::from_secs(5);

impl App {
    /// Takes a message and returns what it leads to.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let by_hand = matches!(msg, Msg::Input(..));
        let mut effects = self.take(msg);
        effects.extend(self.after(by_hand));
        effects
    }

    fn take(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Input(input, at) => {
                self.session.now = at;
                self.input(input)
            }
            Msg::Tick(at) => {
                self.session.now = at;
                self.tick()
            }
            Msg::Recorded { run, answer, at } => {
                self.session.now = at;
                self.recorded(&run, answer)
            }
            Msg::Signing { run, at } => {
                self.session.now = at;
                if self.run().id == run {
                    self.shared.signing = Some(at);
                }
                Vec::new()
            }
            Msg::NotSigned { run, why, newer, at } => {
                self.session.now = at;
                self.not_signed(&run, why, &newer)
            }
            Msg::Others { facts, at } => {
                self.session.now = at;
                self.others(facts)
            }
            Msg::Report { run, report, at } => {
                self.session.now = at;
                self.reported(&run, report)
            }
            Msg::Grew { run, number, at } => {
                self.session.now = at;
                self.grew(&run, number)
            }
            Msg::Output(output) => self.read(&output),
            Msg::ChildReady { parent, opened, run, at } => {
                self.session.now = at;
                self.shared.signing = None;
                self.child_ready(&parent, opened, run);
                Vec::new()
            }
            Msg::ChildRefused { why, at } => {
                self.session.now = at;
                self.shared.signing = None;
                self.session.refuse(why);
                Vec::new()
            }
            Msg::LogBack(at) => {
                self.session.now = at;
                self.log_back()
            }
            Msg::LogStill { why, at } => {
                self.session.now = at;
                if let Log::Stopped { why: old, tried, .. } = &mut self.shared.log {
                    *old = why;
                    *tried = at;
                }
                Vec::new()
            }
            Msg::LogSlow { ms } => {
                if !matches!(self.shared.log, Log::Stopped { .. }) {
                    self.shared.log = if ms == 0 { Log::Ok } else { Log::Slow(ms) };
                }
                Vec::new()
            }
            Msg::Unwitnessed(count) => {
                self.shared.unwitnessed = count;
                Vec::new()
            }
            Msg::Disk { run, disk, at } => {
                self.session.now = at;
                if let Some(driven) = self.shared.runs.find_mut(&run) {
                    driven.see(disk);
                }
                Vec::new()
            }
            Msg::Asked(asked, at) => {
                self.session.now = at;
                self.asked(asked)
            }
            Msg::Withdrawn(id, at) => {
                self.session.now = at;
                self.withdrawn(id);
                Vec::new()
            }
            Msg::Told { text, at } => {
                self.session.now = at;
                let driven = self.shared.runs.last_mut();
                // An export of a run that still goes on is not the one that is wanted at its end.
                if text.starts_with("exported to ") && driven.run().closed.is_some() {
                    driven.exported = Some(text.clone());
                }
                self.session.tell(text);
                Vec::new()
            }
        }
    }

    fn input(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Key(key) => self.key(&key),
            Input::Paste(text) => match self.session.keyboard.filter(|_| self.session.dialog().is_none()) {
                Some(number) => self.terminal_paste(number, &text),
                None => {
                    self.paste(&text);
                    Vec::new()
                }
            },
            Input::Mouse(_) if self.session.keyboard.is_some() => Vec::new(),
            Input::Mouse(mouse) => {
                self.mouse(mouse);
                Vec::new()
            }
            Input::Resize(columns, rows) => {
                self.session.size = (columns, rows);
                self.resize_terminals();
                Vec::new()
            }
            Input::Focus(_) => Vec::new(),
            Input::Gone => self.gone(),
        }
    }

    fn key(&mut self, key: &Key) -> Vec<Effect> {
        let now = self.session.now;
        if let Some(number) = self.session.keyboard.filter(|_| self.session.dialog().is_none()) {
            self.session.notice = None;
            return self.terminal_key(number, key);
        }
        if let (Some(Dialog::Terminal(_)), Code::Char(']'), true) =
            (self.session.dialog(), key.code, key.mods.ctrl)
        {
            return self.leave_key_itself();
        }
        if self.was_meant_for_terminal() {
            return Vec::new();
        }
        let key = &key.unshifted();
        self.session.asking.guard.key(key, now);
        self.session.notice = None;
        if *key == Key::ctrl('l') {
            return vec![Effect::Redraw];
        }
        if self.shared.signing.is_some() && key.code == Code::Esc {
            self.session.tell("giving up the signature…");
            return vec![Effect::GiveUpSigning];
        }
        if self.session.dialog().is_some() {
            return self.question_key(key);
        }
        if self.session.place.find.is_some() {
            self.find_key(key);
            return Vec::new();
        }
        match keymap::find(self.session.place.focus, key) {
            Some(act) if !key.repeat || keymap::repeats(act) => self.act(act, keymap::digit(key)),
            _ => Vec::new(),
        }
    }

    fn tick(&mut self) -> Vec<Effect> {
        let now = self.session.now;
        if self.session.notice.as_ref().is_some_and(|n| elapsed(&n.at, &now) >= NOTICE) {
            self.session.notice = None;
        }
        let mut effects = Vec::new();
        for driven in self.shared.runs.iter_mut() {
            let id = driven.run().id.clone();
            effects.extend(addressed(&id, driven.driver.tick(now)));
        }
        match &mut self.shared.log {
            Log::Stopped { tried, .. } if elapsed(tried, &now) >= RETRY => {
                *tried = now;
                effects.push(Effect::RetryLog);
            }
            _ => {}
        }
        effects
    }

    /// What holds after every message: waiting facts go out, questions that are answered by events go away, output
    /// that is to be seen is asked for, leaving goes on, and what Enter does is known.
    pub(crate) fn after(&mut self, by_hand: bool) -> Vec<Effect> {
        let mut effects = self.send_notes();
        self.drop_stale();
        self.put_asked();
        effects.extend(self.read_shown());
        effects.extend(self.go_on_leaving());
        self.settle_enter(by_hand);
        effects
    }

    /// Works out what Enter does. If that changes without the person's doing, Enter is inert for a moment.
    pub(crate) fn settle_enter(&mut self, by_hand: bool) {
        let driven = self.driven();
        let next = next::next(&self.shared, driven, self.session.place.selected, &self.session.now);
        let (known, since) = &mut self.session.enter;
        if *known != next {
            *since = (!by_hand).then_some(self.session.now);
            *known = next;
        }
    }
}
