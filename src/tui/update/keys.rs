//! Keys of the run screen.

use crate::run::command::{Action, Command};
use crate::run::fact::{RunOutcome, Vote};
use crate::run::offer::Offer;
use crate::run::refusal::Refusal;
use crate::run::state::BoxState;
use crate::runbook::ids::BoxId;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::dialog::{
    Dialog, cancel, choose, close, commands, end_wait, evidence, export, failed, gate, help, note, offer,
    open_gate, rollback, sign, take, unsign, value, verdict, vote, waive,
};
use crate::tui::effect::{Effect, Format};
use crate::tui::guard::NEW_NS;
use crate::tui::keymap::Act;
use crate::tui::next::Next;
use crate::tui::now;
use crate::tui::session::{Find, Pane};
use crate::tui::shared::Log;

impl App {
    /// Does what a key stands for.
    pub(super) fn act(&mut self, act: Act, digit: Option<usize>) -> Vec<Effect> {
        match act {
            Act::Enter => return self.enter(),
            Act::Leave => return self.leave(),
            Act::Interrupt if self.run().in_flight().next().is_some() => self.ask_cancel(),
            Act::Interrupt => return self.leave(),
            Act::Suspend => return vec![Effect::Suspend],
            Act::Redraw => return vec![Effect::Redraw],
            Act::CopyNow => {
                let sentence = now::sentence(self.run(), &now::now(self), &self.session.now);
                self.session.tell(format!("copied: {sentence}"));
                return vec![Effect::Copy(sentence)];
            }
            Act::CopyThis => return self.copy_this(),
            Act::Up => self.scroll(true, 1),
            Act::Down => self.scroll(false, 1),
            Act::PageUp => self.scroll(true, self.page()),
            Act::PageDown => self.scroll(false, self.page()),
            Act::Home => self.scroll_end(true),
            Act::End => self.scroll_end(false),
            Act::PhaseBack => self.phase(true),
            Act::PhaseOn => self.phase(false),
            Act::Attention => self.next_attention(),
            Act::PaneOn => self.pane(false),
            Act::PaneBack => self.pane(true),
            Act::Host => self.host(digit),
            Act::Back => self.level_back(),
            Act::Zoom => match self.session.place.focus {
                Pane::List => self.zoom(Pane::Output),
                pane => self.zoom(pane),
            },
            Act::Feed => self.zoom(Pane::Feed),
            Act::Detail => self.zoom(Pane::Detail),
            Act::Follow => self.follow(),
            Act::Wrap => self.session.place.wrap = !self.session.place.wrap,
            Act::Find => {
                let pane = self.session.place.focus;
                self.session.place.find = Some(Find { field: Default::default(), pane });
            }
            Act::Shell => return self.shell(),
            Act::Help => self.ask(Dialog::Help(help::Help::new())),
            asks => self.ask_about(asks),
        }
        Vec::new()
    }

    /// Keys that open a question.
    fn ask_about(&mut self, act: Act) {
        if act == Act::HandOver && self.is_offered() {
            let dialog = take::Take::new(&self.session.who.name);
            return self.ask(Dialog::Take(dialog));
        }
        if let Some(name) = self.driven().driver.elsewhere().filter(|_| act != Act::Export) {
            let why = format!("{name} drives this run now: here it can only be looked at");
            return self.session.refuse(why);
        }
        let ends = matches!(act, Act::Cancel | Act::Verdict | Act::Note | Act::Close | Act::Export);
        if matches!(self.shared.log, Log::Stopped { .. }) && !ends {
            return self.session.refuse("nothing new starts until the log can be written");
        }
        let run = self.run();
        let id = run.box_id(self.session.place.selected);
        let dialog = match act {
            Act::Sign => return self.ask_sign(&self.signable(id)),
            Act::Waive => return self.ask_waive(&id),
            Act::Cancel => return self.ask_cancel(),
            Act::Commands if run.closed.is_some() => return self.session.refuse("the run is closed"),
            Act::Commands => match commands::Commands::new(run, self.session.place.selected) {
                Some(commands) => Dialog::Commands(commands),
                None => return self.session.refuse("this box offers no commands beside its steps"),
            },
            Act::Retry => return self.ask_failed('r'),
            Act::Verdict => return self.ask_verdict(),
            Act::Fill => return self.ask_fill(&[]),
            Act::HandOver => return self.ask_offer(),
            Act::Note => Dialog::Note(note::Note::new((!id.as_str().is_empty()).then_some(id))),
            Act::Rollback if run.closed.is_some() => return self.session.refuse("the run is closed"),
            Act::Rollback if run.runbook.front.rollback.is_none() => {
                return self.session.refuse("this runbook links no rollback");
            }
            Act::Rollback => Dialog::Rollback(rollback::Rollback::new()),
            Act::Gate | Act::NoGo | Act::OpenAnyway => match run.next_gate() {
                None => return self.session.refuse("no gate is shut"),
                Some(shut) => match act {
                    Act::NoGo => Dialog::Vote(vote::Cast::new(shut, Vote::NoGo)),
                    Act::OpenAnyway => Dialog::OpenGate(open_gate::OpenGate::new(shut)),
                    _ => Dialog::Gate(gate::Gate::new(shut)),
                },
            },
            Act::Unsign => {
                let settled = run.boxes.get(self.session.place.selected).is_some_and(BoxState::settled);
                if !settled || run.closed.is_some() {
                    let why =
                        if settled { "the run is closed" } else { "this box is neither signed nor waived" };
                    return self.session.refuse(why);
                }
                Dialog::Unsign(unsign::Unsign::new(&id))
            }
            Act::Close if run.closed.is_some() => return self.session.refuse("the run is closed"),
            Act::Close => Dialog::Close(close::Close::new(run)),
            Act::Export => Dialog::Export(export::Export::new()),
            _ => return,
        };
        self.ask(dialog);
    }

    /// The one obvious thing.
    fn enter(&mut self) -> Vec<Effect> {
        let (next, changed) = self.session.enter.clone();
        let now = self.session.now;
        if changed.is_some_and(|at| now.since_ns(&at) < NEW_NS) {
            self.session.refuse("what Enter does changed just now: press again");
            return Vec::new();
        }
        if next.starts() && self.session.asking.guard.misses(now) {
            self.session.refuse("the question went away by itself, that Enter did nothing: press again");
            return Vec::new();
        }
        if next.starts() && self.session.asking.guard.double() {
            self.session.refuse("that Enter came too soon after the one before: press again");
            return Vec::new();
        }
        let who = self.session.who.clone();
        let run = self.run();
        match next {
            Next::RetryLog => return vec![Effect::RetryLog],
            Next::Export => return vec![Effect::Export { run: run.id.clone(), format: Format::Markdown }],
            Next::Start(step) => {
                let action = Action::Start { step, retry: false, confirmed: None, out_of_order: false };
                return self.submit(action, who);
            }
            Next::StartWait(id) => return self.submit(Action::StartWait { id }, who),
            Next::OpenLink(id) => {
                let action = Action::OpenChild { in_box: Some(id), out_of_order: false };
                return self.submit(action, who);
            }
            Next::Terminal(number) => self.back_to(number),
            Next::Complete => {
                let action = Action::Close { outcome: RunOutcome::Completed, reason: None };
                return self.submit(action, who);
            }
            Next::RolledBack => {
                let action = Action::Close { outcome: RunOutcome::RolledBack, reason: None };
                return self.submit(action, who);
            }
            Next::Failed(number) => {
                let dialog = failed::Failed::new(run, number);
                self.ask(Dialog::Failed(dialog));
            }
            Next::Verdict(number) => {
                let dialog = verdict::Verdict::new(run, number);
                self.ask(Dialog::Verdict(dialog));
            }
            Next::Choose(choice) => {
                let dialog = choose::Choose::new(run, choice);
                self.ask(Dialog::Choose(dialog));
            }
            Next::Value(name) => self.ask(Dialog::Value(value::Value::new(&name, None))),
            Next::Sign(id) => self.ask_sign(&id),
            Next::GoTo(index) => {
                self.session.select(index);
                self.session.place.following = true;
            }
            Next::Gate(shut) => self.ask(Dialog::Gate(gate::Gate::new(shut))),
            Next::ReadOnly(_) if self.is_offered() => self.ask_about(Act::HandOver),
            Next::ReadOnly(_)
            | Next::Running(_)
            | Next::Waiting(..)
            | Next::Elsewhere(_)
            | Next::Exported(_)
            | Next::Nothing => {}
        }
        Vec::new()
    }

    /// Returns the selected box, or, in a closed run, the first that may still be signed.
    fn signable(&self, selected: BoxId) -> BoxId {
        let run = self.run();
        if run.closed.is_none() {
            return selected;
        }
        let open = |i: &usize| run.boxes.get(*i).is_some_and(|b| !b.settled()) && run.due(*i).is_some();
        let mut owed = run.walked().filter(open).map(|i| run.box_id(i)).peekable();
        let first = owed.peek().cloned();
        owed.find(|id| *id == selected).or(first).unwrap_or(selected)
    }

    /// Opens the form to sign, unless the run says now already that it cannot be signed.
    fn ask_sign(&mut self, id: &BoxId) {
        let action = Action::Sign { id: id.clone(), note: None, value: None, out_of_order: true };
        if self.may(action, |r| matches!(r, Refusal::ValueMissing(_))) {
            let dialog = sign::Sign::new(self.run(), id, &self.session.who.name);
            self.ask(Dialog::Sign(dialog));
        }
    }

    /// Opens the form of what stands open, with the cursor in the first of the `wanted`.
    pub(super) fn ask_fill(&mut self, wanted: &[String]) {
        let run = self.run();
        if run.closed.is_some() {
            return self.session.refuse("the run is closed");
        }
        let dialog = self.fill(wanted);
        if dialog.is_empty() {
            return self.session.refuse("nothing is to be filled in here");
        }
        self.ask(Dialog::Fill(dialog));
    }

    fn ask_waive(&mut self, id: &BoxId) {
        let reason = "?".to_owned();
        let action = Action::Waive { id: id.clone(), reason, risk_owner: None, out_of_order: true };
        if self.may(action, |_| false) {
            let optional = self.run().runbook.find_box(id).is_some_and(|b| b.optional_words().is_some());
            self.ask(Dialog::Waive(waive::Waive::new(id, optional)));
        }
    }

    /// Returns whether the run is driven elsewhere and offered to the person who sits here.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.driven().driver.elsewhere().is_some() && self.run().is_offered_to(&self.session.who.name)
    }

    fn ask_offer(&mut self) {
        let action = Action::OfferHandover { to: "?".to_owned(), text: None };
        if self.may(action, |_| false) {
            let dialog = offer::Offer::new(self.run());
            self.ask(Dialog::Offer(dialog));
        }
    }

    /// Tries a command without sending it; if it would be refused for another reason than `fine`, says so.
    fn may(&mut self, action: Action, fine: fn(&Refusal) -> bool) -> bool {
        let command = Command { who: self.session.who.clone(), at: self.session.now, action };
        match self.run().decide(&command) {
            Err(refusal) if !fine(&refusal) => {
                self.refused(refusal, command);
                false
            }
            _ => true,
        }
    }

    fn ask_cancel(&mut self) {
        let run = self.run();
        let id = run.box_id(self.session.place.selected);
        let watches = || {
            let here = run.between_rounds().find(|(.., a)| a.intent.in_box == id);
            here.or_else(|| run.between_rounds().next()).map(|(.., a)| a.intent.number)
        };
        let looked_at = self.session.place.host.as_deref();
        let here = run.in_flight().find(|a| Some(a.intent.host.as_str()) == looked_at);
        let flying = here.or_else(|| run.in_flight().next()).map(|a| a.intent.number).or_else(watches);
        if let Some(number) = flying {
            return self.ask(Dialog::Cancel(cancel::Cancel::new(run, number)));
        }
        let wall = self.session.now.wall;
        let waits = |i: &usize| run.boxes.get(*i).is_some_and(|b| b.wait_started.is_some() && !b.settled());
        let selected = std::iter::once(self.session.place.selected).chain(run.walked().filter(waits));
        let waiting = selected.into_iter().find_map(|i| match run.offer(i, wall) {
            Offer::Waiting(id, _) => Some(id),
            _ => None,
        });
        match waiting {
            Some(id) => self.ask(Dialog::EndWait(end_wait::EndWait::new(&id))),
            None => self.session.refuse("nothing runs that could be cancelled"),
        }
    }

    fn ask_failed(&mut self, letter: char) {
        let run = self.run();
        let wall = self.session.now.wall;
        let boxes = std::iter::once(self.session.place.selected).chain(about::tried(run));
        let found = boxes.into_iter().find_map(|i| match run.offer(i, wall) {
            Offer::Failed(_, number) => Some((i, number)),
            _ => None,
        });
        match found {
            Some((index, number)) => {
                let dialog = failed::Failed::new(run, number).with(letter);
                self.session.select(index);
                self.ask(Dialog::Failed(dialog));
            }
            None => self.session.refuse("no step has failed"),
        }
    }

    fn ask_verdict(&mut self) {
        let run = self.run();
        let id = run.box_id(self.session.place.selected);
        let here = run.unknown().find(|a| a.intent.in_box == id);
        if let Some(attempt) = here.or_else(|| run.unknown().next()) {
            let dialog = verdict::Verdict::new(run, attempt.intent.number);
            return self.ask(Dialog::Verdict(dialog));
        }
        match run.offer(self.session.place.selected, self.session.now.wall) {
            Offer::Failed(_, number) if !run.attempts.get(&number).is_some_and(|a| a.never_started()) => {
                self.ask(Dialog::Evidence(evidence::Evidence::new(number, evidence::Word::Passed)));
            }
            _ => self.session.refuse("no step is unknown or failed here"),
        }
    }

    fn level_back(&mut self) {
        let place = &mut self.session.place;
        if place.zoom.take().is_none() && place.focus == Pane::List {
            return;
        }
        place.focus = Pane::List;
        place.held = None;
    }

    /// Gives `pane` all the room, or takes it away again.
    pub(super) fn zoom(&mut self, pane: Pane) {
        let place = &mut self.session.place;
        if place.zoom == Some(pane) {
            return self.level_back();
        }
        place.zoom = Some(pane);
        place.focus = pane;
    }

    fn host(&mut self, digit: Option<usize>) {
        let run = self.run();
        let hosts = about::shown_step(run, self.session.place.selected)
            .map(|s| run.host_statuses(s))
            .unwrap_or_default();
        let Some(at) = digit.and_then(|d| d.checked_sub(1)) else { return };
        match hosts.get(at) {
            Some((host, _)) => {
                let name = host.name.clone();
                self.session.place.host = Some(name);
                self.session.place.held = None;
            }
            None => self.session.refuse(format!("there is no host {}", at + 1)),
        }
    }

    fn copy_this(&mut self) -> Vec<Effect> {
        let place = &self.session.place;
        let run = self.run();
        let attempt = about::shown_attempt(run, place.selected, place.host.as_deref());
        let window = attempt.and_then(|a| self.driven().outputs.get(&a.intent.number));
        let (what, text) = match (place.focus, window) {
            (Pane::Output, Some(window)) => {
                let lines: Vec<String> = window.rows(0).map(|r| r.line.plain()).collect();
                let word = if lines.len() == 1 { "line" } else { "lines" };
                (format!("{} {word} of output", lines.len()), lines.join("\n"))
            }
            _ => match about::shown_step(run, place.selected) {
                Some(step) => (format!("the script of {}", step.title), step.script.clone()),
                None => {
                    self.session.refuse("there is nothing to copy here");
                    return Vec::new();
                }
            },
        };
        self.session.tell(format!("copied {what}"));
        vec![Effect::Copy(text)]
    }
}
