//! What a client sent for a command that has not read it yet.
//!
//! russh's server acknowledges data on receipt, so nothing holds the client back; and holding back inside the callback would stop the
//! whole connection, which deadlocks a command that answers while it reads (`cat`). So the input waits here, up to a limit.

use std::sync::Arc;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Bytes that may wait.
const MOST_BYTES: usize = 64 << 20;
/// Messages that may wait: typed input comes in very small ones.
const MOST_MESSAGES: usize = 1 << 16;

/// More input waits for the command than is allowed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// The sending side: dropping it is the end of the input.
#[derive(Debug)]
pub(super) struct Stdin {
    queue: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

/// The side that feeds the command.
pub(super) struct Feed(mpsc::Receiver<Waiting>);

struct Waiting {
    data: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// Returns an empty queue.
pub(super) fn queue() -> (Stdin, Feed) {
    let (queue, waiting) = mpsc::channel(MOST_MESSAGES);
    (Stdin { queue, room: Arc::new(Semaphore::new(MOST_BYTES)) }, Feed(waiting))
}

impl Stdin {
    /// Queues `data` without waiting. Data for a command that no longer reads is dropped, as sshd does.
    pub(super) fn push(&self, data: &[u8]) -> Result<(), Full> {
        let permits = u32::try_from(data.len()).map_err(|_| Full)?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(permits).map_err(|_| Full)?;
        match self.queue.try_send(Waiting { data: data.to_vec(), _room: room }) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => Err(Full),
        }
    }
}

impl Feed {
    /// Writes what comes to `pipe`, and closes it at the end of the input, or stops when the command no longer reads.
    pub(super) async fn run(mut self, mut pipe: impl AsyncWrite + Unpin) {
        while let Some(waiting) = self.0.recv().await {
            if pipe.write_all(&waiting.data).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_bytes_and_messages_that_nobody_read() {
        let (stdin, feed) = queue();
        let megabyte = vec![0; 1 << 20];
        for _ in 0..64 {
            assert_eq!(stdin.push(&megabyte), Ok(()));
        }
        assert_eq!(stdin.push(b"x"), Err(Full));
        drop(feed);
        assert_eq!(stdin.push(b"x"), Ok(()), "nobody reads any more: dropped");

        let (stdin, _feed) = queue();
        for _ in 0..MOST_MESSAGES {
            assert_eq!(stdin.push(b"x"), Ok(()));
        }
        assert_eq!(stdin.push(b"x"), Err(Full));
    }
}
