//! Leaving the log's head with the hosts that a run touches, where its environment says so.

use std::sync::PoisonError;
use std::time::Duration;

use crate::run::fact::HostPin;
use crate::run::state::Run;
use crate::runtime::reach::{held, reach};
use crate::runtime::worker::Worker;

/// How long a host may take, so that no run waits for its end.
const LIMIT: Duration = Duration::from_secs(10);

/// A run, and the hosts that witness its log.
pub(super) struct Place {
    run: String,
    hosts: Vec<HostPin>,
}

impl Place {
    /// Returns the hosts of `run` that witness; none unless its environment says so.
    pub(super) fn of(run: &Run) -> Self {
        let wanted = run.opened.environment.as_ref().and_then(|environment| environment.witness.as_deref());
        let hosts = run.opened.hosts.iter().filter(|pin| wanted == Some("syslog") && !pin.is_local());
        Self { run: run.id.clone(), hosts: hosts.map(|pin| held(run, pin.clone())).collect() }
    }
}

impl Worker {
    /// Leaves the head with hosts that were just reached for the first time in this process.
    pub(super) async fn witness_first(&self, place: &Place, reached: Vec<String>) {
        for name in reached {
            let Some(pin) = place.hosts.iter().find(|pin| pin.name == name) else { continue };
            let fresh = {
                let mut witnesses = self.witnesses.lock().unwrap_or_else(PoisonError::into_inner);
                witnesses.insert((place.run.clone(), name))
            };
            if fresh {
                self.witness(&place.run, pin).await;
            }
        }
    }

    /// Leaves the head with every host of `run` that this process has reached.
    pub async fn witness_last(&self, run: &Run) {
        let place = Place::of(run);
        for pin in &place.hosts {
            let key = (place.run.clone(), pin.name.clone());
            let reached = {
                let witnesses = self.witnesses.lock().unwrap_or_else(PoisonError::into_inner);
                witnesses.contains(&key)
            };
            if reached {
                self.witness(&place.run, pin).await;
            }
        }
    }

    async fn witness(&self, run: &str, pin: &HostPin) {
        let seen = self.log.head();
        let left = tokio::time::timeout(LIMIT, self.engine.witness(&reach(pin), &seen.to_string())).await;
        let failed = match left {
            Ok(left) => left.err(),
            Err(_) => Some("it did not answer in time".to_owned()),
        };
        self.log.left(Some(run), seen.head, &format!("syslog {}", pin.name), failed).await;
    }
}
