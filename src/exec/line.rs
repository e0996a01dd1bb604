//! The way to a machine, whichever it is: a connection over SSH, or pipes to a shell of this machine.
//!
//! Everything above this file treats both alike: the same programs go in, the same control lines come out. Invariant: what
//! `open` answered is remembered with the way that it was asked on, and with no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::event::{Connected, HostFacts, Reached};
use super::local::{self, Here};
use super::ssh;
use super::wrapper::Program;

/// See the module. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Line {
    Ssh(Arc<ssh::Line>),
    Local(Arc<Here>),
}

/// Why no channel could be had; nothing was sent.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum NoChannel {
    #[error("the connection is gone ({0})")]
    Gone(String),
    #[error("the host opens no session on this connection (sshd's MaxSessions, or a policy for this user)")]
    Refused,
    #[error("the host opened no channel within {0} s")]
    Slow(f32),
    #[error("no shell can be started: {0}")]
    NoShell(String),
}

/// What comes over a channel.
#[derive(Debug)]
pub(crate) enum Wire {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    /// The exec request was refused.
    Refused,
    Status(i32),
    Signal(String),
    Close,
    /// Nothing that matters here.
    Other,
}

/// The reading half of a channel.
pub(crate) enum Receiver {
    Ssh(ssh::Receiver),
    Local(local::Receiver),
}

/// The writing half of a channel.
pub(crate) enum Sender {
    Ssh(ssh::Sender),
    Local(local::Sender),
}

/// What `open` answered, by the run's seed.
#[derive(Default)]
pub(crate) struct Opened {
    facts: Mutex<HashMap<String, HostFacts>>,
    /// Held while `open` is asked, so that steps that start together ask once.
    pub(crate) asking: tokio::sync::Mutex<()>,
}

impl Opened {
    /// Returns what was answered for the run `seed`.
    pub(crate) fn facts(&self, seed: &str) -> Option<HostFacts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).get(seed).cloned()
    }

    /// Remembers an answer.
    pub(crate) fn set_facts(&self, seed: &str, facts: HostFacts) {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).insert(seed.to_owned(), facts);
    }

    /// Forgets what was answered about `dir`, because it was removed.
    pub(crate) fn forget(&self, dir: &str) {
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.retain(|_, facts| facts.dir != dir);
    }
}

impl Line {
    /// Returns what `open` answered.
    pub(crate) fn opened(&self) -> &Opened {
        match self {
            Self::Ssh(line) => &line.opened,
            Self::Local(here) => &here.opened,
        }
    }

    /// Returns why the line was cut, as far as it is known.
    pub(crate) fn why_gone(&self) -> String {
        match self {
            Self::Ssh(line) => line.why_gone(),
            Self::Local(_) => "its pipes were closed".to_owned(),
        }
    }

    /// Returns the connection without what a host says about itself.
    pub(crate) fn reached(&self) -> Reached {
        match self {
            Self::Ssh(line) => line.reached(),
            Self::Local(_) => local::reached(),
        }
    }

    /// Returns the connection for the record.
    pub(crate) fn connected(&self, facts: HostFacts) -> Connected {
        let Reached { fingerprint, key_type, trust, auth } = self.reached();
        Connected { fingerprint, key_type, trust, auth, facts }
    }

    /// Starts our one command on a channel of its own, waiting for a free place.
    pub(crate) async fn exec(&self) -> Result<(Sender, Receiver), NoChannel> {
        match self {
            Self::Ssh(line) => line.exec().await.map(over_ssh),
            Self::Local(here) => here.exec(),
        }
    }

    /// Starts our one command at once, in one of the places that are left for this.
    pub(crate) async fn exec_unqueued(&self) -> Result<(Sender, Receiver), NoChannel> {
        match self {
            Self::Ssh(line) => line.exec_unqueued().await.map(over_ssh),
            Self::Local(here) => here.exec(),
        }
    }

    /// Returns how long the other end takes to answer; none for this machine, or when it does not.
    pub(crate) async fn round_trip(&self) -> Option<Duration> {
        match self {
            Self::Ssh(line) => line.round_trip().await,
            Self::Local(_) => None,
        }
    }

    /// Says goodbye.
    pub(crate) async fn disconnect(&self) {
        match self {
            Self::Ssh(line) => line.disconnect().await,
            Self::Local(_) => {}
        }
    }
}

fn over_ssh((sender, receiver): (ssh::Sender, ssh::Receiver)) -> (Sender, Receiver) {
    (Sender::Ssh(sender), Receiver::Ssh(receiver))
}

impl Receiver {
    /// Returns the next message; `None` when the channel or the line has ended.
    pub(crate) async fn next(&mut self) -> Option<Wire> {
        match self {
            Self::Ssh(receiver) => receiver.next().await,
            Self::Local(receiver) => receiver.next().await,
        }
    }
}

impl Sender {
    /// Sends the whole program and the end of input; `false` if the line was cut before all was handed over.
    pub(crate) async fn send(&self, program: &Program) -> bool {
        match self {
            Self::Ssh(sender) => sender.send(program).await,
            Self::Local(sender) => sender.send(program).await,
        }
    }

    /// Closes the channel. What runs at the other end is not ended by it.
    pub(crate) async fn close(&self) {
        match self {
            Self::Ssh(sender) => sender.close().await,
            Self::Local(sender) => sender.close().await,
        }
    }
}
