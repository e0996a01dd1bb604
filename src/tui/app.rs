//! The app: shared state and one session. What changes it is in `update`.

use std::collections::BTreeMap;

use crate::clock::{Stamp, Zone};
use crate::run::driver;
use crate::run::fact::Who;
use crate::run::state::Run;
use crate::tui::dialog::Cx;
use crate::tui::effect::{Effect, Quit};
use crate::tui::ink::Ink;
use crate::tui::next::Next;
use crate::tui::session::{Asking, Place, Session};
use crate::tui::shared::{Driven, Log, Opened, Runs, Shared};
use crate::tui::theme::Look;

/// What a session is opened with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who sits at the terminal.
    pub who: Who,
    /// The key that signs for them, in a few words.
    pub key: Option<String>,
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
    /// The values of the last run of the same runbook.
    pub last_values: BTreeMap<String, String>,
}

/// The app.
#[derive(Debug)]
pub struct App {
    /// What all would share.
    pub shared: Shared,
    /// The one session.
    pub session: Session,
    pub(crate) quit: Option<Quit>,
}

impl App {
    /// Returns the app for the open runs, parent first; none if there are no runs to show.
    #[must_use]
    pub fn new(settings: Settings, runs: Vec<Opened>, now: Stamp) -> Option<Self> {
        let runs = Runs::new(runs.into_iter().map(Driven::new).collect())?;
        let shared = Shared { runs, log: Log::Ok, unwitnessed: 0, signing: None, child: None };
        let Settings { who, key, size, look, zone, log, banner, last_values } = settings;
        let session = Session {
            who,
            key,
            size,
            look,
            zone,
            log_path: log,
            banner,
            last_values,
            now,
            place: Place::at(0),
            asking: Asking::default(),
            notice: None,
            enter: (Next::Nothing, None),
            leaving: None,
            keyboard: None,
            released: None,
        };
        let mut app = Self { shared, session, quit: None };
        app.session.place = Place::at(app.attention());
        app.ask_open();
        app.settle_enter(false);
        Some(app)
    }

    /// Returns the first effects. `why` says what became of the process that drove the run before (`gonogo was
    /// killed`), which leaves its running steps unknown.
    pub fn start(&mut self, why: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for driven in self.shared.runs.iter_mut() {
            let run = driven.run().id.clone();
            effects.extend(addressed(&run, driven.driver.take_up(why)));
        }
        effects.extend(self.after(false));
        effects
    }

    /// Returns how the session ended, once it has.
    #[must_use]
    pub const fn quit(&self) -> Option<Quit> {
        self.quit
    }

    /// Returns the driven run.
    #[must_use]
    pub fn driven(&self) -> &Driven {
        self.shared.runs.last()
    }

    /// Returns the driven run's state.
    #[must_use]
    pub fn run(&self) -> &Run {
        self.driven().run()
    }

    /// Returns what questions look at.
    #[must_use]
    pub fn cx(&self) -> Cx<'_> {
        let driven = self.driven();
        Cx {
            driven,
            run: driven.run(),
            who: &self.session.who,
            key: self.session.key.as_deref(),
            zone: self.session.zone,
            now: self.session.now,
            ink: Ink(self.session.look),
            rows: 2,
        }
    }

    /// Returns the box that needs attention, else the first.
    pub(crate) fn attention(&self) -> usize {
        let run = self.run();
        let first = || run.walked().next().unwrap_or(0);
        run.attention(self.session.now.wall).0.unwrap_or_else(first)
    }
}

/// Addresses the effects of a driver.
pub(crate) fn addressed(run: &str, effects: Vec<driver::Effect>) -> Vec<Effect> {
    effects.into_iter().map(|effect| Effect::Drive { run: run.to_owned(), effect }).collect()
}
