//! What connections ask: one question, shown when no other is open, until it is answered or not wanted any more.

use crate::tui::app::App;
use crate::tui::dialog::{Dialog, host_key, wanted};
use crate::tui::effect::{Effect, Reply};
use crate::tui::msg::{Asked, Wanted};

impl App {
    /// Takes a question.
    pub(super) fn asked(&mut self, asked: Box<Asked>) -> Vec<Effect> {
        if self.typing() {
            self.session.tell(format!("{} waits for an answer: Ctrl-] takes the keyboard back", asked.host));
        } else if self.session.dialog().is_some() {
            self.session.tell(format!("{} waits for an answer: it is asked after this question", asked.host));
        }
        self.session.asking.asked = Some(asked);
        vec![Effect::Bell]
    }

    /// Forgets a question.
    pub(super) fn withdrawn(&mut self, id: u64) {
        self.session.asking.asked.take_if(|asked| asked.id == id);
        let before = self.session.asking.stack.len();
        self.session.asking.stack.retain(|dialog| number(dialog) != Some(id));
        if self.session.asking.stack.len() < before {
            let now = self.session.now;
            self.session.asking.guard.gone(now);
            self.session.tell("the connection does not want to know it any more");
        }
    }

    /// Puts the question that waits, unless another one is open.
    pub(super) fn put_asked(&mut self) {
        // Keys for a host must not become an answer: it is asked when the keyboard is back. What stands in the way of a
        // terminal that is not there yet is asked first.
        if !self.session.asking.stack.is_empty() || self.typing() {
            return;
        }
        let Some(asked) = &self.session.asking.asked else { return };
        let dialog = match &asked.wants {
            Wanted::HostKey(key) => Dialog::HostKey(host_key::HostKey::new(asked, key)),
            Wanted::Text { want, shown, attempt } => {
                Dialog::Wanted(wanted::Wanted::new(asked, want, *shown, *attempt))
            }
        };
        self.ask(dialog);
    }

    /// Replies to the question of this number.
    pub(super) fn reply(&mut self, id: u64, reply: Reply) -> Vec<Effect> {
        self.session.asking.stack.retain(|dialog| number(dialog) != Some(id));
        match self.session.asking.asked.take_if(|asked| asked.id == id) {
            Some(_) => vec![Effect::Reply { id, reply }],
            None => Vec::new(),
        }
    }
}

/// Returns the number of a connection's question.
pub(super) const fn number(dialog: &Dialog) -> Option<u64> {
    match dialog {
        Dialog::HostKey(question) => Some(question.id),
        Dialog::Wanted(question) => Some(question.id),
        _ => None,
    }
}
