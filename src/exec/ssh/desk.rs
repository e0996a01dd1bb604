//! Where connections get what only a person knows: one question at a time, and what was answered is kept for the life of
//! the process, in memory that is cleared.
//!
//! Invariant: two questions are never open at once. Without somebody to ask every question is refused. Nothing but a reply
//! decides: there is no time limit here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use russh::keys::PrivateKey;
use secrecy::SecretString;
use tokio::sync::watch;

use super::host_keys::HostKey;
use crate::exec::event::KeyAccepted;
use crate::exec::question::{Asker, Asks, Question, Reply};
use crate::exec::target::Target;

/// See the module.
#[derive(Default)]
pub(crate) struct Desk {
    asker: OnceLock<Arc<dyn Asker>>,
    now: OnceLock<fn() -> u64>,
    /// Held while a question is open.
    one: tokio::sync::Mutex<()>,
    /// Who talks to sudo at a place; others wait, so that a password that may be wrong is tried by one alone.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    waiting: AtomicUsize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    keys: HashMap<PathBuf, Arc<PrivateKey>>,
    /// By target and the host's key: a password goes to no other host.
    passwords: HashMap<(String, HostKey), SecretString>,
    /// For sudo, by the place of [`Desk::sudo_turn`] and whose password it is.
    sudo: HashMap<(String, Option<String>), SecretString>,
    /// Keys that were accepted, by the name they are looked up by.
    accepted: Vec<((String, u16), HostKey)>,
    /// Acceptances that nobody was told of yet.
    untold: Vec<KeyAccepted>,
    reached: Vec<String>,
}

/// Tells the time limit of a login that a person is being waited for.
#[derive(Clone)]
pub(crate) struct Pause(watch::Sender<bool>);

impl Pause {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Runs `task`, but not longer than `limit` in which nobody is asked anything. After each question the limit begins
    /// anew. `None` when it has passed.
    pub(super) async fn within<T>(
        &self,
        limit: std::time::Duration,
        task: impl Future<Output = T>,
    ) -> Option<T> {
        let mut asking = self.0.subscribe();
        tokio::pin!(task);
        loop {
            let open = *asking.borrow_and_update();
            tokio::select! {
                result = &mut task => return Some(result),
                () = tokio::time::sleep(limit), if !open => return None,
                // The sender lives as long as we do.
                Ok(()) = asking.changed() => {}
            }
        }
    }
}

/// The place of the one who may ask. Others wait until it is left.
pub(crate) struct Seat<'a> {
    desk: &'a Desk,
    host: String,
    target: String,
    pause: &'a Pause,
    _one: tokio::sync::MutexGuard<'a, ()>,
    _queued: Queued<'a>,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.pause.0.send_replace(false);
    }
}

/// Ends the pause of one who waits in vain: its login was given up.
struct Waits<'a>(Option<&'a Pause>);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if let Some(pause) = self.0 {
            pause.0.send_replace(false);
        }
    }
}

/// One who waits for the desk or sits at it.
struct Queued<'a>(&'a AtomicUsize);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Seat<'_> {
    /// Asks; without anybody the reply is [`Reply::Refuse`].
    pub(crate) async fn ask(&self, asks: Asks) -> Reply {
        let Some(asker) = self.desk.asker.get() else { return Reply::Refuse };
        let waiting = self.desk.waiting.load(Ordering::SeqCst).saturating_sub(1);
        let (host, target) = (self.host.clone(), self.target.clone());
        asker.ask(Question { host, target, asks, waiting }).await
    }
}

impl Desk {
    /// Sets who is asked. The first one stays.
    pub(crate) fn set_asker(&self, asker: Arc<dyn Asker>) {
        self.asker.get_or_init(|| asker);
    }

    /// Sets the clock: seconds since 1970. The first one stays.
    pub(crate) fn set_clock(&self, now: fn() -> u64) {
        self.now.get_or_init(|| now);
    }

    /// Returns seconds since 1970; 0, when no certificate is valid, without a clock.
    pub(super) fn now(&self) -> u64 {
        self.now.get().map_or(0, |now| now())
    }

    /// Returns whether there is somebody to ask.
    pub(crate) fn is_staffed(&self) -> bool {
        self.asker.get().is_some()
    }

    /// Waits until nobody else asks. Who gets the seat looks first whether somebody else was told what it wants to know.
    pub(super) async fn sit<'a>(&'a self, pause: &'a Pause, target: &Target) -> Seat<'a> {
        self.sit_for(pause, &target.name, &target.identity_key()).await
    }

    /// As [`Desk::sit`], for the host of this name and `user@address:port`.
    pub(crate) async fn sit_for<'a>(&'a self, pause: &'a Pause, host: &str, target: &str) -> Seat<'a> {
        let (host, target) = (host.to_owned(), target.to_owned());
        pause.0.send_replace(true);
        let mut waits = Waits(Some(pause));
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let queued = Queued(&self.waiting);
        let one = self.one.lock().await;
        waits.0 = None;
        Seat { desk: self, host, target, pause, _one: one, _queued: queued }
    }

    pub(super) fn key(&self, file: &Path) -> Option<Arc<PrivateKey>> {
        self.held().keys.get(file).cloned()
    }

    pub(super) fn keep_key(&self, file: &Path, key: Arc<PrivateKey>) {
        self.held().keys.insert(file.to_owned(), key);
    }

    pub(super) fn password(&self, target: &Target, host: &HostKey) -> Option<SecretString> {
        self.held().passwords.get(&(target.identity_key(), host.clone())).cloned()
    }

    pub(super) fn keep_password(&self, target: &Target, host: &HostKey, password: SecretString) {
        self.held().passwords.insert((target.identity_key(), host.clone()), password);
    }

    pub(super) fn forget_password(&self, target: &Target, host: &HostKey) {
        self.held().passwords.remove(&(target.identity_key(), host.clone()));
    }

    /// Waits until nobody else talks to sudo at `place`: an account on a host whose key is known.
    pub(crate) async fn sudo_turn(&self, place: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.entry(place.to_owned()).or_default().clone()
        };
        turn.lock_owned().await
    }

    /// Takes the password that sudo at `place` wants of `whose`. Who finds it to be right keeps it again; so none is
    /// sent twice that was not.
    pub(crate) fn take_sudo(&self, place: &str, whose: Option<&str>) -> Option<SecretString> {
        self.held().sudo.remove(&(place.to_owned(), whose.map(str::to_owned)))
    }

    /// Keeps a password for sudo that is right, or was never tried.
    pub(crate) fn keep_sudo(&self, place: &str, whose: Option<&str>, password: SecretString) {
        self.held().sudo.insert((place.to_owned(), whose.map(str::to_owned)), password);
    }

    /// Forgets the passwords for sudo.
    pub(crate) fn forget_sudo(&self) {
        self.held().sudo.clear();
    }

    /// Remembers that `key` was accepted, for as long as this process lives.
    pub(super) fn accept(&self, target: &Target, key: HostKey, told: KeyAccepted) {
        let (name, port) = target.key_name();
        let mut held = self.held();
        held.accepted.push(((name.to_owned(), port), key));
        held.untold.push(told);
    }

    /// Returns the keys that were accepted for this target.
    pub(super) fn accepted(&self, target: &Target) -> Vec<HostKey> {
        let (name, port) = target.key_name();
        let held = self.held();
        let own = held.accepted.iter().filter(|((n, p), _)| n == name && *p == port);
        own.map(|(_, key)| key.clone()).collect()
    }

    /// Returns whether `key` was accepted for this target.
    pub(super) fn accepts(&self, target: &Target, key: &HostKey) -> bool {
        self.accepted(target).contains(key)
    }

    /// Returns the acceptances that nobody was told of yet.
    pub(crate) fn take_untold(&self) -> Vec<KeyAccepted> {
        std::mem::take(&mut self.held().untold)
    }

    pub(super) fn note_reached(&self, host: &str) {
        let mut held = self.held();
        if !held.reached.iter().any(|known| known == host) {
            held.reached.push(host.to_owned());
        }
    }

    pub(super) fn reached(&self) -> Vec<String> {
        self.held().reached.clone()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
