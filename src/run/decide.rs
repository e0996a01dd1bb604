//! Deciding: a command becomes facts or a refusal, and nothing changes. One file per group of commands.

mod boxes;
mod close;
mod gates;
mod handover;
mod shells;
mod steps;

use crate::run::command::{Action, Command};
use crate::run::event::Event;
use crate::run::fact::{NamedValue, NoteAdded, RunPaused, ValueSet};
use crate::run::refusal::Refusal;
use crate::run::secrets::is_secret;
use crate::run::state::Run;
use crate::runbook::placeholder::asked::Unfit;

pub use boxes::{boxes_waived_by_condition, moot_step, wait_until};

/// What a command comes to: the facts, which are recorded in one transaction. Empty for commands that only look.
pub type Decision = Result<Vec<Event>, Refusal>;

impl Run {
    /// Decides `command`.
    ///
    /// # Errors
    /// A [`Refusal`] that names what stands in the way.
    pub fn decide(&self, command: &Command) -> Decision {
        let who = &command.who;
        if self.closed.is_some() && !self.allowed_when_closed(&command.action) {
            return Err(Refusal::Closed);
        }
        if let (Some(child), false) = (self.open_child(), allowed_beside_child(&command.action)) {
            return Err(Refusal::ChildOpen(child.opened.child.clone()));
        }
        match &command.action {
            Action::Start { step, retry, confirmed, out_of_order } => {
                self.decide_start(who, step, *retry, confirmed.as_deref(), *out_of_order)
            }
            Action::Cancel { numbers } => self.decide_cancel(who, numbers),
            Action::Enough { number } => self.decide_enough(who, *number),
            Action::OpenShell { host, step } => self.decide_open_shell(who, host, step.as_ref()),
            Action::Probe { number } => self.decide_probe(*number),
            Action::Resolve { number, verdict, extent, evidence } => {
                self.decide_resolve(who, *number, (*verdict, *extent), evidence)
            }
            Action::WaiveStep { step, reason, risk_owner } => {
                self.decide_waive_step(who, step, reason, risk_owner.as_deref())
            }
            Action::Sign { id, note, value, out_of_order } => self.decide_sign(
                command,
                id,
                &boxes::Words { note: note.as_deref(), value: value.as_deref(), out_of_order: *out_of_order },
            ),
            Action::Unsign { id, reason } => self.decide_unsign(who, id, reason),
            Action::Waive { id, reason, risk_owner, out_of_order } => {
                self.decide_waive(who, id, reason, risk_owner.as_deref(), *out_of_order)
            }
            Action::StartWait { id } => self.decide_start_wait(who, id),
            Action::EndWait { id, reason } => self.decide_end_wait(who, id, reason),
            Action::SetValue { name, value, reason } => {
                let value = NamedValue { name: name.clone(), value: value.clone() };
                self.check_value(&value)?;
                let reason = Some(text(reason, "a reason")?);
                Ok(vec![Event::ValueSet(ValueSet { who: who.clone(), value, reason })])
            }
            Action::SetValues { values } => self.decide_set_values(who, values),
            Action::Vote { gate, vote, text, role } => {
                self.decide_vote(who, *gate, *vote, text.as_deref(), role.as_deref())
            }
            Action::OpenGate { gate, over } => self.decide_open_gate(who, *gate, over),
            Action::Choose { choice, section } => self.decide_choose(who, *choice, *section),
            Action::ChooseHost { step, host } => self.decide_choose_host(who, step, host),
            Action::Note { id, text: words } => {
                if let Some(id) = id.as_ref().filter(|id| self.runbook.find_box(id).is_none()) {
                    return Err(Refusal::NoBox(id.clone()));
                }
                let text = text(words, "a text")?;
                let seen = self.seen_by(who);
                Ok(vec![Event::NoteAdded(NoteAdded { who: who.clone(), id: id.clone(), text, seen })])
            }
            Action::OpenChild { in_box, out_of_order } => {
                self.child_order(in_box.as_ref(), *out_of_order).map(|_| Vec::new())
            }
            Action::OfferHandover { to, text } => self.decide_offer(who, to, text.as_deref()),
            Action::TakeOffer => self.decide_take_offer(who),
            Action::Close { outcome, reason } => self.decide_close(who, *outcome, reason.as_deref()),
            Action::Pause { why } => {
                Ok(vec![Event::RunPaused(RunPaused { who: who.clone(), why: why.clone() })])
            }
        }
    }

    /// Boxes with `due` may be settled after the run has closed, and notes may always be written.
    fn allowed_when_closed(&self, action: &Action) -> bool {
        let of = match action {
            Action::Note { .. } => return true,
            Action::Sign { id, .. }
            | Action::Waive { id, .. }
            | Action::StartWait { id }
            | Action::EndWait { id, .. } => Some(id),
            Action::WaiveStep { step, .. } => self.runbook.find_step(step).map(|(item, _)| &item.id),
            _ => None,
        };
        of.and_then(|id| self.runbook.box_index(id)).is_some_and(|i| self.due(i).is_some())
    }

    /// Checks that `value` is one line that an environment variable can hold, is declared, and matches every pattern
    /// that is written for its name.
    pub(crate) fn check_value(&self, value: &NamedValue) -> Result<(), Refusal> {
        if value.value.len() > LONGEST_VALUE || value.value.chars().any(char::is_control) {
            let pattern = format!("one line without control characters, of at most {LONGEST_VALUE} bytes");
            return Err(Refusal::ValueRefused { name: value.name.clone(), pattern });
        }
        if is_secret(&self.runbook, &value.name) {
            return Err(Refusal::Secret(value.name.clone()));
        }
        let name = value.name.clone();
        self.runbook.check_value(&name, &value.value).map_err(|unfit| match unfit {
            Unfit::Pattern(pattern) => Refusal::ValueRefused { name, pattern },
            other => Refusal::Unfit { name, why: other.to_string() },
        })?;
        let mut declared = self.runbook.takes(&value.name);
        let boxes = || self.runbook.boxes.iter();
        declared |= boxes().filter_map(|b| b.value.as_ref()).any(|v| v.name == value.name);
        // What a condition asks for has to be answerable, whatever else declares it.
        let steps = || boxes().flat_map(|b| &b.steps);
        let conditions = boxes().filter_map(|b| b.condition.as_ref());
        let mut conditions = conditions.chain(steps().filter_map(|s| s.condition.as_ref()));
        declared |= conditions.any(|c| c.name == value.name);
        declared |= steps().filter_map(|s| s.capture.as_ref()).any(|c| c.name == value.name);
        declared |= self.values.contains_key(&value.name);
        if declared { Ok(()) } else { Err(Refusal::Undeclared(value.name.clone())) }
    }
}

const fn allowed_beside_child(action: &Action) -> bool {
    matches!(
        action,
        Action::Note { .. }
            | Action::Pause { .. }
            | Action::OfferHandover { .. }
            | Action::TakeOffer
            | Action::Cancel { .. }
            | Action::Enough { .. }
            | Action::OpenShell { .. }
            | Action::Probe { .. }
    )
}

/// The longest value in bytes: Linux takes 128 KiB for one environment string, name included.
const LONGEST_VALUE: usize = 100 * 1024;

/// Returns `words` trimmed.
///
/// # Errors
/// [`Refusal::TextMissing`] with `what` if nothing is left.
fn text(words: &str, what: &'static str) -> Result<String, Refusal> {
    let words = words.trim();
    if words.is_empty() { Err(Refusal::TextMissing(what)) } else { Ok(words.to_owned()) }
}
