//! What others record in the same log meanwhile: a look every [`EVERY`], in a task of its own. The database tells cheaply
//! whether anything was committed at all; only then events are read.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::audit::query::{Others, QueryError, Reader};
use crate::run::fact::Recorded;
use crate::runtime::worker::{Answer, Worker};

/// How often the log is looked at.
pub const EVERY: Duration = Duration::from_millis(50);
/// How long it is left alone after it could not be read.
const PAUSE: Duration = Duration::from_secs(2);

/// A log that is followed.
#[derive(Debug)]
pub struct Following {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Following {
    /// Ends it, and returns when the log is not open for it any more: whoever closes a log last leaves one file.
    pub async fn end(self) {
        drop(self.stop);
        // One that panicked holds nothing, and one that hangs on a disk is left behind.
        drop(timeout(PAUSE, self.task).await);
    }
}

/// Follows the log of `worker` from place `after` on, as long as anybody reads its answers.
#[must_use = "it keeps the log open until it is ended"]
pub fn follow(worker: &Worker, after: u64) -> Following {
    let worker = worker.clone();
    let (stop, mut stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let mut follower = Follower { reader: None, after, own: worker.log().session().to_owned() };
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = false;
        while !worker.is_done() {
            tokio::select! {
                _ = &mut stopped => return,
                _ = ticks.tick() => {}
            }
            let (path, allowed) = (worker.log().path().to_owned(), worker.log().allowed().clone());
            follower.after = worker.log().own_since(follower.after).unwrap_or(follower.after);
            // A disk that does not answer keeps nobody waiting but this task.
            let looked = tokio::task::spawn_blocking(move || {
                let found = follower.look(|| Ok(Reader::open(&path)?.judging(allowed)));
                (follower, found)
            });
            let Ok((back, found)) = looked.await else { return };
            follower = back;
            match found {
                Ok(facts) if facts.is_empty() => {}
                Ok(facts) => tokio::select! {
                    _ = &mut stopped => return,
                    () = worker.answer(Answer::Others(facts)) => {}
                },
                Err(error) => {
                    follower.reader = None;
                    if !std::mem::replace(&mut told, true) {
                        worker.tell(&format!("what others record cannot be followed: {error}"));
                    }
                    tokio::select! {
                        _ = &mut stopped => return,
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
            }
        }
    });
    Following { stop, task }
}

struct Follower {
    reader: Option<Reader>,
    after: u64,
    own: String,
}

impl Follower {
    /// Returns what others recorded since the last look.
    fn look(
        &mut self,
        open: impl FnOnce() -> Result<Reader, QueryError>,
    ) -> Result<Vec<(String, Recorded)>, QueryError> {
        let news = match &mut self.reader {
            Some(reader) => reader.changed()?,
            none => {
                *none = Some(open()?);
                true
            }
        };
        let Some(reader) = self.reader.as_ref().filter(|_| news) else { return Ok(Vec::new()) };
        let Others { upto, found } = reader.from_others(&self.own, self.after)?;
        self.after = self.after.max(upto);
        Ok(found)
    }
}
