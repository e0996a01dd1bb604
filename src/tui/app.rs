//! The app: shared state and one session, and the way in for messages.

use crate::clock::{Stamp, Zone};
use crate::run::driver;
use crate::run::fact::Who;
use crate::tui::effect::{Effect, Quit};
use crate::tui::input::Input;
use crate::tui::msg::Msg;
use crate::tui::session::Session;
use crate::tui::shared::{Driven, Log, Opened, Shared};
use crate::tui::theme::Look;

/// What a session is opened with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who sits at the terminal.
    pub who: Who,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What the terminal shows.
    pub look: Look,
    /// The zone in which times are shown.
    pub zone: Zone,
    /// The path of the log's file, as it is shown.
    pub log: String,
    /// Lines that stand on the first screen, such as how far the demo is fenced. Shown until the first step runs.
    pub banner: Vec<String>,
}

/// The app.
#[derive(Debug)]
pub struct App {
    /// What all would share.
    pub shared: Shared,
    /// The one session.
    pub session: Session,
    quit: Option<Quit>,
}

impl App {
    /// Returns the app for the open runs, parent first.
    ///
    /// # Errors
    /// `None` if `runs` is empty: there is nothing to show.
    #[must_use]
    pub fn new(settings: Settings, runs: Vec<Opened>, now: Stamp) -> Option<Self> {
        if runs.is_empty() {
            return None;
        }
        let shared = Shared { runs: runs.into_iter().map(Driven::new).collect(), log: Log::Ok };
        let Settings { who, size, look, zone, .. } = settings;
        Some(Self { shared, session: Session { who, size, look, zone, now }, quit: None })
    }

    /// Returns the first effects. `why` says what became of the process that drove the run before (`gonogo was
    /// killed`), which leaves its running steps unknown.
    pub fn start(&mut self, why: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for driven in &mut self.shared.runs {
            let run = driven.run().id.clone();
            effects.extend(wrap(&run, driven.driver.take_up(why)));
        }
        effects
    }

    /// Takes a message.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Input(Input::Resize(columns, rows), _) => {
                self.session.size = (columns, rows);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Returns how the session ended, once it has.
    #[must_use]
    pub const fn quit(&self) -> Option<Quit> {
        self.quit
    }
}

/// Addresses the effects of a driver.
pub(crate) fn wrap(run: &str, effects: Vec<driver::Effect>) -> Vec<Effect> {
    effects.into_iter().map(|effect| Effect::Drive { run: run.to_owned(), effect }).collect()
}
