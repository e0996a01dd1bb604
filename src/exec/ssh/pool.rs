//! The connections of a process: one for each user, address and port, made when first needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::connect::connect;
use super::credentials::Credentials;
use super::dial::Dial;
use super::host_keys::HostKeys;
use super::line::Line;
use super::resolve::{Resolve, Written};
use crate::exec::engine::Settings;
use crate::exec::event::NotStarted;
use crate::exec::request::Host;

type Slot = Arc<tokio::sync::Mutex<Option<Arc<Line>>>>;

/// See the module.
pub(crate) struct Pool {
    resolve: Arc<dyn Resolve>,
    dial: Arc<dyn Dial>,
    host_keys: HostKeys,
    credentials: Credentials,
    lines: Mutex<HashMap<Host, Slot>>,
}

impl Pool {
    pub(crate) fn new(dial: Arc<dyn Dial>, host_keys: HostKeys, credentials: Credentials) -> Self {
        let (user, global) = match &host_keys {
            HostKeys::Files(files) => files.split_at(files.len().min(1)),
            HostKeys::Exact(_) => Default::default(),
        };
        let resolve = Arc::new(Written {
            agent: credentials.agent.clone(),
            identity_files: credentials.files.clone(),
            user_known_hosts: user.to_vec(),
            global_known_hosts: global.to_vec(),
        });
        Self { resolve, dial, host_keys, credentials, lines: Mutex::default() }
    }

    /// Returns the line to `host`, making it if there is none or the old one is gone; `dialling` is awaited first
    /// then. Two callers never dial the same host at once. Returns also whether it was made.
    pub(crate) async fn line(
        &self,
        settings: &Settings,
        host: &Host,
        dialling: impl Future<Output = ()>,
    ) -> Result<(Arc<Line>, bool), NotStarted> {
        let slot = self.slot(host);
        let mut held = slot.lock().await;
        if let Some(line) = held.as_ref()
            && !line.is_gone()
        {
            return Ok((line.clone(), false));
        }
        dialling.await;
        let line = Arc::new(self.fresh(settings, host).await?);
        *held = Some(line.clone());
        Ok((line, true))
    }

    /// Forgets `line`: it turned out to be gone before it said so.
    pub(crate) async fn discard(&self, host: &Host, line: &Arc<Line>) {
        let slot = self.slot(host);
        let mut held = slot.lock().await;
        if held.as_ref().is_some_and(|pooled| Arc::ptr_eq(pooled, line)) {
            *held = None;
        }
    }

    /// Returns the line that is there, if it is not being made right now.
    pub(crate) fn existing(&self, host: &Host) -> Option<Arc<Line>> {
        let slot = self.slot(host);
        let held = slot.try_lock().ok()?;
        held.as_ref().filter(|line| !line.is_gone()).cloned()
    }

    /// Returns a new line that is not pooled.
    pub(crate) async fn fresh(&self, settings: &Settings, host: &Host) -> Result<Line, NotStarted> {
        let target = self.resolve.resolve(host).await?;
        connect(settings, self.dial.as_ref(), &self.host_keys, &self.credentials, &target).await
    }

    /// Ends all lines.
    pub(crate) async fn disconnect(&self) {
        let slots: Vec<Slot> =
            self.lines.lock().unwrap_or_else(PoisonError::into_inner).drain().map(|(_, slot)| slot).collect();
        for slot in slots {
            if let Some(line) = slot.lock().await.take() {
                line.disconnect().await;
            }
        }
    }

    /// The whole host is the key: another identity or `known_hosts` file is another connection.
    fn slot(&self, host: &Host) -> Slot {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).entry(host.clone()).or_default().clone()
    }
}
