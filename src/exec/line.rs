//! The way to a machine, whichever it is: a connection over SSH, or pipes to a shell of this machine; and from there to
//! root, if that is wanted.
//!
//! Everything above this file treats both alike: the same programs go in, the same control lines come out. Invariant: what
//! `open` answered is remembered with the way that it was asked on, and with no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::event::{Connected, HostFacts, Reached};
use super::local::{self, Here};
use super::root::Root;
use super::ssh;
use super::terminal::Size;
use super::wrapper::{EXEC, Program, sudo};

/// See the module. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Line {
    base: Base,
    /// What leads to root there; none for the account itself.
    root: Option<Arc<Root>>,
}

/// What carries channels.
#[derive(Clone)]
pub(super) enum Base {
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
    /// Already a whole sentence.
    #[error("{0}")]
    Sudo(String),
}

/// What comes over a channel.
#[derive(Debug)]
pub(crate) enum Wire {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    /// A request was granted.
    Accepted,
    /// A request was refused.
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

impl From<Base> for Line {
    fn from(base: Base) -> Self {
        Self { base, root: None }
    }
}

impl Line {
    /// Returns the line on which everything runs as root.
    pub(super) fn through(self, root: Root) -> Self {
        Self { root: Some(Arc::new(root)), ..self }
    }

    /// Returns the connection, if it is one.
    pub(super) const fn ssh(&self) -> Option<&Arc<ssh::Line>> {
        match &self.base {
            Base::Ssh(line) => Some(line),
            Base::Local(_) => None,
        }
    }

    /// Returns what `open` answered the one that everything runs as.
    pub(crate) fn opened(&self) -> &Opened {
        let [account, root] = match &self.base {
            Base::Ssh(line) => &line.opened,
            Base::Local(here) => &here.opened,
        };
        if self.root.is_some() { root } else { account }
    }

    /// Returns why the line was cut, as far as it is known.
    pub(crate) fn why_gone(&self) -> String {
        self.base.why_gone()
    }

    /// Returns the connection without what a host says about itself.
    pub(crate) fn reached(&self) -> Reached {
        self.base.reached()
    }

    /// Returns the connection for the record.
    pub(crate) fn connected(&self, facts: HostFacts) -> Connected {
        let Reached { fingerprint, key_type, trust, auth, hops } = self.reached();
        Connected { fingerprint, key_type, trust, auth, hops, facts }
    }

    /// Starts our one command on a channel of its own, waiting for a free place.
    pub(crate) async fn exec(&self) -> Result<(Sender, Receiver), NoChannel> {
        match &self.root {
            None => self.base.exec(true, None).await,
            Some(root) => root.enter(&self.base, true).await,
        }
    }

    /// Starts our one command ahead of the next [`Line::exec`], if a place is free. Not on the way to root, where a person
    /// may be asked.
    pub(crate) fn get_ready(&self) {
        if let (Base::Ssh(line), None) = (&self.base, &self.root) {
            line.get_ready(EXEC);
        }
    }

    /// Does so unless one waits already, while or right after something was heard from the host.
    pub(crate) fn stay_ready(&self) {
        if let (Base::Ssh(line), None) = (&self.base, &self.root) {
            line.stay_ready(EXEC);
        }
    }

    /// Starts `command`, without one the login shell, in a terminal, waiting for a free place. It runs as the account
    /// itself: at a terminal sudo asks by itself.
    pub(crate) async fn on_terminal(
        &self,
        command: Option<&str>,
        size: Size,
    ) -> Result<(Sender, Receiver), NoChannel> {
        match (&self.base, command) {
            _ if self.root.is_some() => Err(NoChannel::NoShell(
                "a step of root has no terminal: write sudo in the command".to_owned(),
            )),
            (Base::Ssh(line), command) => line.on_terminal(command, size).await.map(over_ssh),
            (Base::Local(here), Some(command)) => here.on_terminal(command, size),
            (Base::Local(_), None) => {
                Err(NoChannel::NoShell("it is this machine: open a terminal of your own".to_owned()))
            }
        }
    }

    /// Starts our one command at once, in one of the places that are left for this.
    pub(crate) async fn exec_unqueued(&self) -> Result<(Sender, Receiver), NoChannel> {
        match &self.root {
            None => self.base.exec(false, None).await,
            Some(root) => root.enter(&self.base, false).await,
        }
    }

    /// As [`Line::exec_unqueued`], in `limit`; on the way to root a person may have to be asked, and that takes as long
    /// as it takes.
    pub(crate) async fn exec_soon(&self, limit: Duration) -> Result<(Sender, Receiver), NoChannel> {
        let starting = self.exec_unqueued();
        if self.root.is_some() {
            return starting.await;
        }
        timeout(limit, starting).await.unwrap_or(Err(NoChannel::Slow(limit.as_secs_f32())))
    }

    /// Returns how long the other end takes to answer; none for this machine, or when it does not.
    pub(crate) async fn round_trip(&self) -> Option<Duration> {
        self.ssh()?.round_trip().await
    }

    /// Says goodbye.
    pub(crate) async fn disconnect(&self) {
        if let Some(line) = self.ssh() {
            line.disconnect().await;
        }
    }
}

impl Base {
    pub(super) fn why_gone(&self) -> String {
        match self {
            Self::Ssh(line) => line.why_gone(),
            Self::Local(_) => "its pipes were closed".to_owned(),
        }
    }

    pub(super) fn reached(&self) -> Reached {
        match self {
            Self::Ssh(line) => line.reached(),
            Self::Local(_) => local::reached(),
        }
    }

    /// Starts our one command on a channel of its own, or with a nonce that which leads to root; one that is `queued`
    /// waits for a free place.
    pub(super) async fn exec(
        &self,
        queued: bool,
        root: Option<&str>,
    ) -> Result<(Sender, Receiver), NoChannel> {
        let command = root.map_or_else(|| EXEC.to_owned(), sudo);
        match self {
            Self::Ssh(line) if queued => line.exec(&command).await.map(over_ssh),
            Self::Ssh(line) => line.exec_unqueued(&command).await.map(over_ssh),
            Self::Local(here) => here.exec(if root.is_some() { &command } else { local::COMMAND }),
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
    /// Sends the whole program and the end of input, as far as the line allows.
    pub(crate) async fn send(&self, program: &Program) {
        if self.write(program.bytes()).await {
            self.eof().await;
        }
    }

    /// Ends the input and leaves the channel open.
    pub(crate) async fn eof(&self) {
        match self {
            Self::Ssh(sender) => sender.eof().await,
            Self::Local(sender) => sender.close().await,
        }
    }

    /// Sends `bytes` and leaves the input open; `false` if the line was cut.
    pub(crate) async fn write(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Ssh(sender) => sender.write(bytes).await,
            Self::Local(sender) => sender.write(bytes).await,
        }
    }

    /// Tells the terminal's new size; `false` if the line was cut.
    pub(crate) async fn resize(&self, size: Size) -> bool {
        match self {
            Self::Ssh(sender) => sender.resize(size).await,
            Self::Local(sender) => sender.resize(size),
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
