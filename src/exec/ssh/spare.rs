//! A channel that is opened before it is needed: while a step's end is put on the record, its host starts the shell that
//! waits for the next program. The next step then costs neither the way there and back nor the shell's start.
//!
//! Invariant: nothing is sent on it. It is opened when a step has ended, and lives for a moment only: what a step changes
//! for those after it (a start file, a group) holds for them, too. A check changes nothing, so that one is opened while it
//! runs. A host that opens no second session is not asked again.
//!
//! To open a channel shows that the line stands, as does the end of a step, for some milliseconds. Later the host is asked
//! for an answer first: a step that is sent into a line that was cut has an unknown start.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::{Instant, timeout};

use super::line::{Line, Receiver, Sender};
use crate::exec::line::NoChannel;

/// How long it waits for a program. A run's next step comes at once, or when a person has read and decided.
const KEPT: Duration = Duration::from_secs(1);

/// How long an answer of the host shows that the line stands.
const STANDS: Duration = Duration::from_millis(10);

/// A channel, and when the host opened it.
type Channel = Result<(Sender, Receiver, Instant), NoChannel>;

/// The spare channel of a line, if there is one.
#[derive(Default)]
pub(super) struct Spare {
    held: Mutex<Option<Held>>,
    refused: AtomicBool,
}

/// The way to the task that holds it.
struct Held {
    command: String,
    wanted: oneshot::Sender<oneshot::Sender<Channel>>,
    /// When something was last heard on the line that is not of this channel.
    heard: Instant,
}

impl Spare {
    /// Opens one for `command`, in place of an older one, unless all places are taken.
    pub(super) fn open(&self, line: &Arc<Line>, command: &str, place: Option<OwnedSemaphorePermit>) {
        let (wanted, asked) = oneshot::channel();
        let held = place.filter(|_| !self.refused.load(Ordering::SeqCst)).map(|place| {
            tokio::spawn(hold(line.clone(), command.to_owned(), place, asked));
            Held { command: command.to_owned(), wanted, heard: Instant::now() }
        });
        *self.held() = held;
    }

    /// Returns whether there is one for `command`, now that something was heard on the line.
    pub(super) fn stands(&self, command: &str) -> bool {
        let mut held = self.held();
        let there = held.as_mut().filter(|held| held.command == command && !held.wanted.is_closed());
        there.map(|held| held.heard = Instant::now()).is_some()
    }

    /// Returns the channel on which `command` waits for its program.
    pub(super) async fn take(&self, line: &Line, command: &str) -> Option<(Sender, Receiver)> {
        let held = self.held().take_if(|held| held.command == command)?;
        let (reply, channel) = oneshot::channel();
        held.wanted.send(reply).ok()?;
        let (sender, receiver, at) = channel.await.ok()?.ok()?;
        if at.max(held.heard).elapsed() > STANDS && line.round_trip().await.is_none() {
            sender.close().await;
            return None;
        }
        Some((sender, receiver))
    }

    /// Gives it up; returns whether there was one.
    pub(super) fn drop_it(&self) -> bool {
        self.held().take().is_some_and(|held| !held.wanted.is_closed())
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn hold(
    line: Arc<Line>,
    command: String,
    place: OwnedSemaphorePermit,
    asked: oneshot::Receiver<oneshot::Sender<Channel>>,
) {
    let opened = line.open_spare(place, &command).await;
    let opened = opened.map(|(sender, receiver)| (sender, receiver, Instant::now()));
    if matches!(opened, Err(NoChannel::Refused)) {
        line.spare().refused.store(true, Ordering::SeqCst);
    }
    let unused = match timeout(KEPT, asked).await {
        Ok(Ok(reply)) => reply.send(opened).err(),
        _ => Some(opened),
    };
    if let Some(Ok((sender, _receiver, _))) = unused {
        sender.close().await;
    }
}
