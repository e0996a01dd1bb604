//! The connections of a process: one for each host, made when first needed, and one for each jump host, shared by all
//! that are reached through it.
//!
//! Invariant: a jump host is logged in to by itself, with its own keys, before anything goes through it; nobody waits
//! for a place among the diallers while holding one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::connect::{Dialled, Failed, With, accept, connect};
use super::credentials::Credentials;
use super::desk::Desk;
use super::dial::Dial;
use super::host_keys::HostKeys;
use super::line::Line;
use super::pipe;
use super::resolve::{Resolve, Written};
use crate::exec::engine::Settings;
use crate::exec::event::{Class, Hop, NotStarted};
use crate::exec::output::BoxFuture;
use crate::exec::request::{Host, Way};
use crate::exec::target::{Route, Target};

/// Connections that are being made at once.
const DIALS: usize = 32;
/// Of these, through one jump host: sshd drops some when more than ten are not logged in (MaxStartups).
const DIALS_THROUGH: usize = 8;

/// Connections made for one line: the first, one for a new host key, one for each answer that came too late for a host.
const MOST_ROUNDS: usize = 5;

type Slot = Arc<tokio::sync::Mutex<Option<Arc<Line>>>>;

/// A jump host's connection, and the places for diallers through it.
#[derive(Clone)]
struct Jump {
    slot: Slot,
    dials: Arc<Semaphore>,
}

/// The keys that are expected whatever else is trusted, as far as they are known.
#[derive(Clone, Copy)]
struct Pins<'a> {
    own: Option<&'a str>,
    /// See [`Way::hop_keys`].
    hops: &'a [(String, String)],
}

/// Refuses a way to `target` on which a host showed another key than it showed the run first.
fn unmoved(target: &Target, hops: &[Hop], pins: &[(String, String)]) -> Result<(), NotStarted> {
    let other = |hop: &&Hop| pins.iter().any(|(at, key)| *at == hop.at && *key != hop.fingerprint);
    let Some(hop) = hops.iter().find(other) else { return Ok(()) };
    let first = pins.iter().find(|(at, _)| *at == hop.at).map(|(_, key)| key.as_str()).unwrap_or_default();
    let why = format!(
        "{} is reached through {}, which shows the host key {} {}, and showed {first} when this run first connected; \
         nothing was sent",
        target.name, hop.at, hop.key_type, hop.fingerprint
    );
    Err(NotStarted { class: Class::Moved, why })
}

/// See the module.
pub(crate) struct Pool {
    resolve: Arc<dyn Resolve>,
    dial: Arc<dyn Dial>,
    host_keys: HostKeys,
    credentials: Credentials,
    desk: Arc<Desk>,
    dials: Arc<Semaphore>,
    lines: Mutex<HashMap<Host, Slot>>,
    jumps: Mutex<HashMap<Target, Jump>>,
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
        let dials = Arc::new(Semaphore::new(DIALS));
        Self {
            resolve,
            dial,
            host_keys,
            credentials,
            desk: Arc::default(),
            dials,
            lines: Mutex::default(),
            jumps: Mutex::default(),
        }
    }

    /// Returns where people are asked.
    pub(crate) const fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Returns a pool without lines that resolves hosts by `resolve`.
    pub(crate) fn resolving(&self, resolve: Arc<dyn Resolve>) -> Self {
        Self {
            resolve,
            dial: self.dial.clone(),
            host_keys: self.host_keys.clone(),
            credentials: self.credentials.clone(),
            desk: self.desk.clone(),
            dials: self.dials.clone(),
            lines: Mutex::default(),
            jumps: Mutex::default(),
        }
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
        let pins = Pins { own: host.way.key.as_deref(), hops: &host.way.hop_keys };
        self.reach(settings, &target, pins).await
    }

    /// Connects to `target`, by whatever way, and asks a person in between what only one knows.
    fn reach<'a>(
        &'a self,
        settings: &'a Settings,
        target: &'a Target,
        pins: Pins<'a>,
    ) -> BoxFuture<'a, Result<Line, NotStarted>> {
        Box::pin(async move {
            let (host_keys, credentials, desk) = (&self.host_keys, &self.credentials, &self.desk);
            let with = With { settings, host_keys, credentials, desk, pinned: pins.own };
            let mut rounds = 1;
            loop {
                let failed = match self.once(with, target, pins.hops).await {
                    Ok(line) => return Ok(line),
                    Err(failed) => failed,
                };
                match failed {
                    Failed::For(why) => return Err(why),
                    Failed::Unknown { why, .. } | Failed::Outwaited(why) if rounds >= MOST_ROUNDS => {
                        return Err(why);
                    }
                    Failed::Outwaited(_) => {}
                    Failed::Unknown { key, new, why } => accept(desk, target, key, *new, why).await?,
                }
                rounds += 1;
            }
        })
    }

    async fn once(&self, with: With<'_>, target: &Target, pins: &[(String, String)]) -> Result<Line, Failed> {
        let (mut jump, mut hops) = (None, Vec::new());
        if let Some((last, before)) = target.hops().split_last() {
            let found = self.jump(with.settings, target, last, before, pins).await.map_err(Failed::For)?;
            hops = found.1.hops_and(last.identity_key());
            // Its line may be one that others made, for whom nothing was known of it.
            unmoved(target, &hops, pins).map_err(Failed::For)?;
            jump = Some(found);
        }
        let closed =
            |_| Failed::For(NotStarted { class: Class::Host, why: "nothing is dialled any more".to_owned() });
        let _through = match &jump {
            Some((_, _, dials)) => Some(dials.acquire().await.map_err(closed)?),
            None => None,
        };
        let _dial = self.dials.acquire().await.map_err(closed)?;
        let dialling =
            async { self.dialled(target, jump.as_ref().map(|(name, line, _)| (*name, line))).await };
        Ok(connect(with, dialling, target).await?.through(hops))
    }

    async fn dialled(&self, target: &Target, jump: Option<(&str, &Arc<Line>)>) -> Dialled {
        match (&target.route, jump) {
            (_, Some((name, line))) => Ok((line.tunnel(name, target).await?, None)),
            (Route::Command(command), None) => {
                pipe::start(command).map(|(stream, said)| (stream, Some(said)))
            }
            (Route::Direct | Route::Jump(_), None) => Ok((self.dial.dial(target).await?, None)),
        }
    }

    /// Returns the line to the jump host `last`, which is reached through those `before` it.
    async fn jump<'a>(
        &self,
        settings: &Settings,
        target: &Target,
        last: &'a Target,
        before: &[Target],
        pins: &[(String, String)],
    ) -> Result<(&'a str, Arc<Line>, Arc<Semaphore>), NotStarted> {
        let route = if before.is_empty() { last.route.clone() } else { Route::Jump(before.to_vec()) };
        let whole = Target { route, ..last.clone() };
        let jump = {
            let mut jumps = self.jumps.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Jump { slot: Slot::default(), dials: Arc::new(Semaphore::new(DIALS_THROUGH)) };
            jumps.entry(whole.clone()).or_insert_with(new).clone()
        };
        let mut held = jump.slot.lock().await;
        if let Some(line) = held.as_ref().filter(|line| !line.is_gone()) {
            return Ok((&last.name, line.clone(), jump.dials));
        }
        let at = last.identity_key();
        let own = pins.iter().find(|(hop, _)| *hop == at).map(|(_, key)| key.as_str());
        let made = self.reach(settings, &whole, Pins { own, hops: pins }).await.map_err(|no| NotStarted {
            class: no.class,
            why: format!("{} is reached through {}: {}", target.name, last.name, no.why),
        })?;
        let line = Arc::new(made);
        *held = Some(line.clone());
        Ok((&last.name, line, jump.dials))
    }

    /// Ends all lines.
    pub(crate) async fn disconnect(&self) {
        let slots: Vec<Slot> =
            self.lines.lock().unwrap_or_else(PoisonError::into_inner).drain().map(|(_, slot)| slot).collect();
        let jumps = std::mem::take(&mut *self.jumps.lock().unwrap_or_else(PoisonError::into_inner));
        // What goes through a jump host first.
        for slot in slots.into_iter().chain(jumps.into_values().map(|jump| jump.slot)) {
            if let Some(line) = slot.lock().await.take() {
                line.disconnect().await;
            }
        }
    }

    /// The whole host is the key: another identity or `known_hosts` file is another connection.
    fn slot(&self, host: &Host) -> Slot {
        // The key is known only after the first connection, which goes on serving.
        let way = Way { key: None, hop_keys: Vec::new(), ..host.way.clone() };
        // Root comes over the line of the account.
        let host = Host { way, sudo: false, ..host.clone() };
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).entry(host).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_held_to_the_keys_that_are_known_of_it() {
        let hop = |at: &str, key: &str| Hop {
            at: at.into(),
            fingerprint: key.into(),
            key_type: "ssh-ed25519".into(),
        };
        let pin = |at: &str, key: &str| (at.to_owned(), key.to_owned());
        let target = Target::new("web-1", "layla", "192.0.2.1", 22);
        let way = [hop("omar@192.0.2.7:22", "SHA256:a"), hop("omar@192.0.2.8:22", "SHA256:b")];
        for pins in [
            vec![],
            vec![pin("omar@192.0.2.9:22", "SHA256:x")],
            vec![pin("omar@192.0.2.7:22", "SHA256:a"), pin("omar@192.0.2.8:22", "SHA256:b")],
        ] {
            assert_eq!(unmoved(&target, &way, &pins), Ok(()), "{pins:?}");
        }
        let pins = [pin("omar@192.0.2.7:22", "SHA256:a"), pin("omar@192.0.2.8:22", "SHA256:other")];
        let no = unmoved(&target, &way, &pins).expect_err("the second one is another");
        assert!(no.class == Class::Moved && no.why.contains("through omar@192.0.2.8:22"), "{no}");
        assert!(no.why.contains("shows the host key ssh-ed25519 SHA256:b, and showed SHA256:other"), "{no}");
    }
}
