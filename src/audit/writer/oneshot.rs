//! One answer for one caller, who may be a thread or a task of any executor.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::fault::WriteError;
use super::job::Done;

#[derive(Debug)]
struct Slot<T> {
    value: Option<Result<T, WriteError>>,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Cell<T> {
    slot: Mutex<Slot<T>>,
    filled: Condvar,
}

impl<T> Cell<T> {
    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer of the log's thread that is still to come: a future, or something to wait for.
#[derive(Debug)]
#[must_use = "an append that nobody waits for may have failed"]
pub struct Answer<T>(Arc<Cell<T>>);

impl<T> Answer<T> {
    /// Waits for the answer; not on the event loop.
    ///
    /// # Errors
    /// If the facts were not recorded; see [`WriteError`].
    pub fn wait(self) -> Result<T, WriteError> {
        let mut slot = self.0.slot();
        loop {
            match slot.value.take() {
                Some(value) => return value,
                None => slot = self.0.filled.wait(slot).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl<T> Future for Answer<T> {
    type Output = Result<T, WriteError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.0.slot();
        match slot.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

struct Sender<T>(Arc<Cell<T>>);

impl<T> Sender<T> {
    fn fill(&self, value: Result<T, WriteError>) {
        let mut slot = self.0.slot();
        slot.value.get_or_insert(value);
        let waker = slot.waker.take();
        drop(slot);
        self.0.filled.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Sender<T> {
    // After its use the slot is filled, or was emptied by a caller who looks into it no more.
    fn drop(&mut self) {
        self.fill(Err(WriteError::Gone));
    }
}

/// Returns a callback and the answer that it gives. A callback that is dropped uncalled answers
/// [`WriteError::Gone`].
pub(super) fn pair<T: Send + 'static>() -> (Done<T>, Answer<T>) {
    let cell = Arc::new(Cell { slot: Mutex::new(Slot { value: None, waker: None }), filled: Condvar::new() });
    let sender = Sender(Arc::clone(&cell));
    (Box::new(move |value| sender.fill(value)), Answer(cell))
}
