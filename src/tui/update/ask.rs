//! Questions: opening, typing, choosing, answering, and going back with the words kept.

use crate::run::state::BoxState;
use crate::tui::app::App;
use crate::tui::dialog::{Answer, Ask, Cx, Dialog, Tone, fill, help};
use crate::tui::effect::{Effect, Reply};
use crate::tui::input::{Code, Key};
use crate::tui::session::{Leaving, Pane};
use crate::tui::update::asked::number;

/// The double frame needs this much room.
const DANGER: (u16, u16) = (60, 12);

impl App {
    /// Asks a question; a draft of an earlier try stands in it.
    pub(super) fn ask(&mut self, mut dialog: Dialog) {
        let draft = dialog.ask().draft().and_then(|name| self.session.asking.drafts.get(&name));
        if let (Some(texts), Some(form)) = (draft, dialog.ask_mut().form_mut()) {
            form.restore(texts);
        }
        self.session.asking.stack.push(dialog);
        let now = self.session.now;
        self.session.asking.guard.opened(now);
    }

    /// Asks at the beginning of a run for what its steps wait for.
    pub(crate) fn ask_open(&mut self) {
        let run = self.run();
        let begun =
            run.closed.is_some() || !run.attempts.is_empty() || run.boxes.iter().any(BoxState::settled);
        if begun || !run.unanswered().any(|a| a.demanded) {
            return;
        }
        let dialog = self.fill(&[]);
        self.ask(Dialog::Fill(dialog));
    }

    /// Returns the form of what stands open.
    pub(super) fn fill(&self, wanted: &[String]) -> fill::Fill {
        // A child run has its values from its parent; what the last run of another runbook had says nothing.
        let none = std::collections::BTreeMap::new();
        let child = self.run().opened.parent.is_some();
        fill::Fill::new(self.run(), if child { &none } else { &self.session.last_values }, wanted)
    }

    /// Goes one question back; what was typed is kept.
    pub(super) fn back(&mut self) {
        let Some(dialog) = self.session.asking.stack.pop() else { return };
        let ask = dialog.ask();
        if let (Some(name), Some(form)) = (ask.draft(), ask.form()) {
            self.session.asking.drafts.insert(name, form.texts());
        }
    }

    /// Closes all questions; they are answered, so that no draft is kept.
    pub(super) fn close_questions(&mut self) {
        for dialog in std::mem::take(&mut self.session.asking.stack) {
            if let Some(name) = dialog.ask().draft() {
                self.session.asking.drafts.remove(&name);
            }
        }
    }

    /// Closes questions that events have answered.
    pub(super) fn drop_stale(&mut self) {
        // Between two hosts of a step nothing runs, but the next intent is on its way.
        if self.session.asking.sent || self.driven().driver.recording() {
            return;
        }
        let run = self.run();
        let stack = &self.session.asking.stack;
        let found = stack.iter().enumerate().find_map(|(n, d)| d.ask().stale(run).map(|why| (n, why)));
        if let Some((n, why)) = found {
            while self.session.asking.stack.len() > n {
                self.back();
            }
            let now = self.session.now;
            self.session.asking.guard.gone(now);
            self.session.tell(why);
        }
    }

    /// Takes pasted text: into a text field, nowhere else.
    pub(super) fn paste(&mut self, text: &str) {
        let sent = self.session.asking.sent;
        let Some(dialog) = self.session.asking.stack.last_mut() else {
            if let Some(find) = &mut self.session.place.find {
                find.field.insert(text);
                return;
            }
            return self.session.refuse("pasted text was dropped: it only goes into text fields");
        };
        let pastes = dialog.ask().pastes();
        match dialog.ask_mut().form_mut().and_then(|f| f.field()).filter(|_| pastes && !sent) {
            Some(field) => field.insert(text),
            None if !pastes => self.session.refuse("paste does not count: type it"),
            None => self.session.refuse("pasted text was dropped: it only goes into text fields"),
        }
    }

    /// Takes a key while a question is asked.
    pub(super) fn question_key(&mut self, key: &Key) -> Vec<Effect> {
        if self.session.asking.guard.too_early(self.session.now) {
            return Vec::new();
        }
        if self.session.asking.sent {
            self.session.refuse("recording…");
            return Vec::new();
        }
        let Some(mut dialog) = self.session.asking.stack.pop() else { return Vec::new() };
        let too_small = self.too_small(&dialog);
        let answer = if key.code == Code::Enter {
            let answer = match too_small {
                true => Answer::Refuse("make the window larger: at least 60 columns and 12 rows".to_owned()),
                false => dialog.ask().enter(&self.cx()),
            };
            if key.repeat || (answer.acts() && self.session.asking.guard.double()) {
                Answer::Refuse("that Enter came too soon after the one before: press again".to_owned())
            } else {
                answer
            }
        } else {
            typed(&mut dialog, &self.cx(), key)
        };
        self.session.asking.stack.push(dialog);
        self.answered(answer)
    }

    /// Whether the window is too small to show what must be seen before this is confirmed.
    pub(crate) fn too_small(&self, dialog: &Dialog) -> bool {
        let (columns, rows) = self.session.size;
        dialog.ask().tone(&self.cx()) == Tone::Danger && (columns < DANGER.0 || rows < DANGER.1)
    }

    fn answered(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Nothing => {}
            Answer::Refuse(why) => self.session.refuse(why),
            Answer::Back => self.back(),
            Answer::Do(action, who) => return self.submit(action, who),
            Answer::Ask(dialog) => self.ask(*dialog),
            Answer::Slot(at) => {
                if let Some(form) = self.session.asking.stack.last_mut().and_then(|d| d.ask_mut().form_mut())
                {
                    form.at = at;
                }
            }
            Answer::Look => {
                self.close_questions();
                self.zoom(Pane::Output);
            }
            Answer::Reply(id, reply) => return self.reply(id, reply),
            Answer::Copy(text) => {
                self.session.tell("copied");
                return vec![Effect::Copy(text)];
            }
            Answer::LookAround => {
                self.close_questions();
                self.session.keyboard = None;
            }
            Answer::HangUp(number) => {
                self.close_questions();
                let run = self.run().id.clone();
                return vec![Effect::HangUp { run, number }];
            }
            Answer::TypeLine(line) => return self.type_line(&line),
            Answer::LeaveRunning => {
                self.close_questions();
                self.session.leaving = Some(Leaving::Going);
            }
            Answer::Take => {
                self.close_questions();
                return self.leave_to_take();
            }
            Answer::CancelAndLeave => return self.cancel_and_leave(),
            Answer::Export(format) => {
                self.close_questions();
                let run = self.run().id.clone();
                return vec![Effect::Export { run, format }];
            }
            Answer::Key(act) => {
                self.back();
                return self.act(act, None);
            }
        }
        Vec::new()
    }
}

/// What a key other than Enter makes of a question.
fn typed(dialog: &mut Dialog, cx: &Cx<'_>, key: &Key) -> Answer {
    if *key == Key::ctrl('c') && matches!(dialog, Dialog::Cancel(_)) {
        return Answer::Refuse(
            "Ctrl-C chooses nothing here: x then Enter cancels it, Esc lets it run".to_owned(),
        );
    }
    if key.code == Code::Esc || *key == Key::ctrl('c') {
        // Nothing but a reply closes what a connection asks.
        if let Some(id) = number(dialog) {
            return if key.repeat { Answer::Nothing } else { Answer::Reply(id, Reply::Refuse) };
        }
        let back = match dialog {
            Dialog::Help(help) => !help.unfind(),
            _ => true,
        };
        return if back && !key.repeat { Answer::Back } else { Answer::Nothing };
    }
    if let Dialog::Help(help) = dialog {
        match key.code {
            Code::Down => help.step(false),
            Code::Up => help.step(true),
            _ => return other(dialog.ask_mut(), cx, key),
        }
        return Answer::Nothing;
    }
    other(dialog.ask_mut(), cx, key)
}

fn other(ask: &mut dyn Ask, cx: &Cx<'_>, key: &Key) -> Answer {
    if let Some(form) = ask.form_mut() {
        match key.code {
            Code::Tab | Code::Down => form.step(false),
            Code::BackTab | Code::Up => form.step(true),
            Code::Left | Code::Right if form.chooser().is_some() => {
                if let Some(slot) = form.chooser() {
                    slot.choose(key.code == Code::Left);
                }
            }
            Code::F(1) => return Answer::Ask(Box::new(Dialog::Help(help::Help::new()))),
            _ => {
                if let Some(field) = form.field() {
                    field.key(key);
                    return Answer::Nothing;
                }
            }
        }
        if !form.slots.is_empty() {
            return Answer::Nothing;
        }
    }
    let letter = key.letter();
    if let Some(choices) = ask.choices_mut() {
        match (key.code, letter) {
            (Code::Down, _) | (_, Some('j')) => choices.step(false),
            (Code::Up, _) | (_, Some('k')) => choices.step(true),
            (_, Some(letter)) if choices.select(letter) => {}
            _ => return help_or(ask, cx, key),
        }
        return Answer::Nothing;
    }
    help_or(ask, cx, key)
}

fn help_or(ask: &mut dyn Ask, cx: &Cx<'_>, key: &Key) -> Answer {
    if let Some(answer) = key.letter().filter(|_| !key.repeat).and_then(|c| ask.letter(cx, c)) {
        return answer;
    }
    // Before a dangerous step all keys but Esc only type.
    if (key.letter() == Some('?') || key.code == Code::F(1)) && ask.pastes() {
        return Answer::Ask(Box::new(Dialog::Help(help::Help::new())));
    }
    Answer::Nothing
}
