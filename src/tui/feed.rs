//! What happened, one short line a fact: the event feed.

use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::Recorded;
use crate::run::state::Run;

/// One line of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Stamp,
    /// Who, `gonogo` for what followed by itself.
    pub who: String,
    /// What was done.
    pub what: String,
    /// In which words, or with what.
    pub words: String,
}

/// Returns the line for `fact`, none for facts that people need not read.
#[must_use]
pub fn happened(_run: &Run, fact: &Recorded) -> Option<Happened> {
    match &fact.event {
        Event::NoteAdded(e) => Some(Happened {
            at: fact.at,
            who: e.who.name.clone(),
            what: "noted".to_owned(),
            words: e.text.clone(),
        }),
        _ => None,
    }
}
