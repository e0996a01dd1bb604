//! Taking a step back before anything of it was sent: while its host is reached, while a person is asked.
//!
//! Invariant: a step that was taken back is never sent, and one that is on its way is never taken back.

use tokio::sync::watch;

/// See the module. Clones are of the same step.
#[derive(Debug, Clone)]
pub struct Recall(watch::Sender<Phase>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    Sent,
    Recalled,
}

impl Default for Recall {
    fn default() -> Self {
        Self(watch::Sender::new(Phase::Waiting))
    }
}

impl Recall {
    /// Takes the step back, and returns whether that was possible: then it is not started, and never will be.
    #[must_use]
    pub fn recall(&self) -> bool {
        self.moves_to(Phase::Recalled)
    }

    /// Waits until the step is taken back.
    pub async fn recalled(&self) {
        // The sender lives as long as we do.
        drop(self.0.subscribe().wait_for(|phase| *phase == Phase::Recalled).await);
    }

    /// Says that the step is sent now, and returns whether it may be.
    pub(super) fn send(&self) -> bool {
        self.moves_to(Phase::Sent)
    }

    fn moves_to(&self, next: Phase) -> bool {
        self.0.send_if_modified(|phase| {
            let moves = *phase == Phase::Waiting;
            if moves {
                *phase = next;
            }
            moves
        });
        *self.0.borrow() == next
    }
}

#[cfg(test)]
mod tests {
    use super::Recall;

    #[tokio::test]
    async fn only_one_of_the_two_is_possible() {
        let (one, two) = (Recall::default(), Recall::default());
        assert!(one.send() && !one.recall() && one.send());
        assert!(two.recall() && !two.clone().send() && two.recall());
        two.recalled().await;
    }
}
