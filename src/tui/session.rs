//! What belongs to one person at one terminal: size, looks, focus, selection, scrolling, drafts, questions.

use std::collections::BTreeMap;

use crate::clock::{Stamp, Zone};
use crate::run::fact::Who;
use crate::tui::dialog::Dialog;
use crate::tui::field::Field;
use crate::tui::guard::Guard;
use crate::tui::msg::Asked;
use crate::tui::next::Next;
use crate::tui::theme::Look;

/// A session.
#[derive(Debug)]
pub struct Session {
    /// Who sits there.
    pub who: Who,
    /// The key that signs for them, in a few words.
    pub key: Option<String>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// What the terminal shows.
    pub look: Look,
    /// The zone of shown times.
    pub zone: Zone,
    /// The path of the log.
    pub log_path: String,
    /// Lines for the first screen.
    pub banner: Vec<String>,
    /// The values of the last run of the same runbook, which stand in the form when it opens.
    pub last_values: BTreeMap<String, String>,
    /// The time of the newest message.
    pub now: Stamp,
    /// Where the person is.
    pub place: Place,
    /// What is asked of the person.
    pub asking: Asking,
    /// A sentence to be read once.
    pub notice: Option<Notice>,
    /// What Enter does, and when that changed last without the person's doing.
    pub enter: (Next, Option<Stamp>),
    /// How far leaving has come.
    pub leaving: Option<Leaving>,
    /// The remote terminal that has the keyboard, by its number.
    pub keyboard: Option<u32>,
    /// When a terminal that had the keyboard went away by itself, or the newest key that was still meant for it.
    pub released: Option<Stamp>,
}

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// The boxes.
    List,
    /// The selected box and its step.
    Detail,
    /// The output.
    Output,
    /// What happened.
    Feed,
}

/// Where the person is and what is scrolled to.
#[derive(Debug, Clone)]
pub struct Place {
    /// The selected box, as an index into the runbook.
    pub selected: usize,
    /// Whether the selection goes along with what needs attention.
    pub following: bool,
    /// When the selection was last moved by hand.
    pub moved_at: Option<Stamp>,
    /// The pane with the focus.
    pub focus: Pane,
    /// The pane that fills the middle of the screen.
    pub zoom: Option<Pane>,
    /// The chosen host.
    pub host: Option<String>,
    /// The first output line on screen, when the output does not follow.
    pub held: Option<u64>,
    /// Whether long output lines are wrapped.
    pub wrap: bool,
    /// The first line of the detail pane on screen.
    pub detail_top: usize,
    /// The first line of the feed on screen.
    pub feed_top: usize,
    /// The search under way.
    pub find: Option<Find>,
}

/// A search.
#[derive(Debug, Clone)]
pub struct Find {
    /// What is looked for.
    pub field: Field,
    /// Where.
    pub pane: Pane,
}

/// Questions and what belongs to them.
#[derive(Debug, Default)]
pub struct Asking {
    /// The open questions; the last one is asked.
    pub stack: Vec<Dialog>,
    /// Keeps keys that were meant for something else away.
    pub guard: Guard,
    /// What was typed and not sent, by question.
    pub drafts: BTreeMap<String, Vec<String>>,
    /// Whether a command of this session is on its way to the log.
    pub sent: bool,
    /// What a connection wants to know. Asked when no other question is open, and again until it is answered.
    pub asked: Option<Box<Asked>>,
}

/// A sentence to be read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether it says no.
    pub refusal: bool,
    /// Since when it stands there.
    pub at: Stamp,
}

/// How far leaving has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// The running steps are being cancelled.
    Cancelling,
    /// As soon as nothing is on its way to the log.
    Going,
}

impl Session {
    /// Returns the question that is asked.
    #[must_use]
    pub fn dialog(&self) -> Option<&Dialog> {
        self.asking.stack.last()
    }

    /// Says a sentence.
    pub fn tell(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), refusal: false, at: self.now });
    }

    /// Says no.
    pub fn refuse(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), refusal: true, at: self.now });
    }

    /// Selects a box; what belonged to the one before is forgotten.
    pub fn select(&mut self, index: usize) {
        if self.place.selected != index {
            self.place.selected = index;
            self.place.host = None;
            self.place.held = None;
            self.place.detail_top = 0;
        }
    }
}

impl Place {
    /// Returns the place at the box at `selected`.
    #[must_use]
    pub const fn at(selected: usize) -> Self {
        Self {
            selected,
            following: true,
            moved_at: None,
            focus: Pane::List,
            zoom: None,
            host: None,
            held: None,
            wrap: true,
            detail_top: 0,
            feed_top: 0,
            find: None,
        }
    }
}
