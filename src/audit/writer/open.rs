//! Opening the log to write: from what lies on the disk to a session on the record.

use std::path::PathBuf;
use std::time::Duration;

use super::fault::{Fault, Health, Status};
use super::reserve;
use super::state::State;
use crate::audit::chunk::Effort;
use crate::audit::insert::{Author, Prepared};
use crate::audit::session::{self, Alive, Left};
use crate::audit::store::connect::damaged;
use crate::audit::store::refuse::{OpenError, Refusal};
use crate::audit::store::tail::Head;
use crate::audit::store::{self, create, side};
use crate::audit::{ids, modes};
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::{Entry, LogRecovered, SessionOpened};

/// What a session begins with.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The log.
    pub path: PathBuf,
    /// Who opens it; goes on the record.
    pub session: SessionOpened,
    /// When.
    pub at: Stamp,
    /// Its bounds.
    pub tuning: Tuning,
}

/// Bounds that only tests have a reason to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuning {
    /// How long other writers are waited for.
    pub busy: Duration,
    /// How much space is set aside for the last records.
    pub reserve_bytes: u64,
    /// The most pages that the file may have, as if the disk were full then.
    pub max_pages: Option<u32>,
    /// How many pages more it may have once the reserve is freed.
    pub reserve_pages: u32,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            busy: Duration::from_secs(30),
            reserve_bytes: 4 * 1024 * 1024,
            max_pages: None,
            reserve_pages: 0,
        }
    }
}

/// What was found and done when the log was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The log's id.
    pub log: String,
    /// This session's id.
    pub session: String,
    /// The head, `session.opened` included.
    pub head: Head,
    /// Whether the log was made just now.
    pub created: bool,
    /// What earlier sessions left behind, if that had to be said; it is on the record too.
    pub recovered: Option<String>,
}

/// Opens the log, making it if it is missing.
pub(super) fn open(opening: Opening) -> Result<(State, Opened), OpenError> {
    let Opening { path, session, at, tuning } = opening;
    let paths = side::resolve_to_write(&path)?;
    store::inspect(&paths)?;
    let turn = store::take_turn(&paths, tuning.busy)?;
    let random = |error| OpenError::io(&paths.log, "make a name for the session")(error);
    let mut author = Author { log: ids::fresh().map_err(random)?, session: ids::fresh().map_err(random)? };
    // Between the first look and the turn another process may have made the log.
    let created = !store::inspect(&paths)?;
    if created && modes::team(&paths.log).is_some() {
        return Err(OpenError::refused(&paths.log, None, Refusal::NoTeamLog));
    }
    if created {
        create::create(&paths, &author, create::alone(), at)?;
    }
    let (db, head) = store::connect(&paths.log)?;
    author.log = store::log_id(&db, &paths.log)?;
    let locks = |doing| OpenError::io(&paths.locks, doing);
    let alive = Alive::begin(&paths.locks, &author.session).map_err(locks("make the session's lock"))?;
    let (left, beside) =
        session::left(&db.conn, &paths.locks, &paths.heads, &author.log).map_err(|error| match error {
            session::LeftError::Sqlite(error) => damaged(&paths.log, error),
            other => locks("look for earlier sessions")(std::io::Error::other(other.to_string())),
        })?;
    reserve::set_aside(&paths.reserve, tuning.reserve_bytes)
        .map_err(OpenError::io(&paths.reserve, "set space aside for the last records"))?;
    let status =
        Status { health: Health::Healthy, others: head.size, head, unwitnessed: 0, heads_file: None };
    let (db, wal) = (Some(db), State::wal_now(&paths));
    let mut state = State { paths, db, wal, turn, author, alive, tuning, status, last: None, overtime: 0 };
    // Still in this turn: whoever was open or ended meanwhile is known.
    let recovered = begin(&mut state, SessionOpened { beside: Some(beside), ..session }, left, at)?;
    state.recount();
    let opened = Opened {
        log: state.author.log.clone(),
        session: state.author.session.clone(),
        head: state.status.head.clone(),
        created,
        recovered,
    };
    Ok((state, opened))
}

/// Puts the session on the record, and before it what earlier ones left.
fn begin(
    state: &mut State,
    session: SessionOpened,
    left: Option<Left>,
    at: Stamp,
) -> Result<Option<String>, OpenError> {
    let path = state.paths.log.clone();
    let doing = "record the session";
    state.limit_pages(0).map_err(|why| OpenError::io(&path, doing)(std::io::Error::other(why)))?;
    let found = left.as_ref().map(|left| left.found.clone());
    let recovered =
        left.map(|Left { found, sessions }| Event::LogRecovered(LogRecovered { found, sessions }));
    let facts = recovered
        .into_iter()
        .chain([Event::SessionOpened(session)])
        .map(|event| Prepared::new(&state.author, None, Entry { event, chunk: None }, at, Effort::Full))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| OpenError::io(&path, doing)(std::io::Error::other(error)))?;
    state.commit(&facts, None).map_err(|fault| match fault {
        Fault::Busy { seconds } => OpenError::Busy { path: path.clone(), seconds },
        Fault::Full(why) | Fault::Broken(why) | Fault::Newer { what: why, .. } => {
            OpenError::io(&path, doing)(std::io::Error::other(why))
        }
    })?;
    state.last = Some(at);
    Ok(found)
}
