//! What belongs to one person at one terminal: size, looks, focus, selection, scrolling, drafts, questions.

use crate::clock::{Stamp, Zone};
use crate::run::fact::Who;
use crate::tui::theme::Look;

/// A session.
#[derive(Debug)]
pub struct Session {
    /// Who sits there.
    pub who: Who,
    /// Columns and rows.
    pub size: (u16, u16),
    /// What the terminal shows.
    pub look: Look,
    /// The zone of shown times.
    pub zone: Zone,
    /// The time of the newest message.
    pub now: Stamp,
}
