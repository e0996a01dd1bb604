//! One connection and its channels.
//!
//! Invariant: at most `Settings::channels` queued channels are open at a time; cancels do not queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use russh::client::{Handle, Msg};
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Disconnect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::connect::{Client, Shared};
use super::dial::{ByteStream, DialError, Held};
use super::host_keys::HostKey;
use super::spare::Spare;
use crate::exec::engine::Settings;
use crate::exec::event::{Hop, Reached, Trust};
use crate::exec::line::{NoChannel, Opened, Wire};
use crate::exec::target::Target;
use crate::exec::terminal::{LANG, Size, TERM};

/// How often, and how long after each other, a session is asked for when the host refuses the only one.
const REFUSALS: u32 = 10;
const AGAIN: Duration = Duration::from_millis(100);

/// A connection that is logged in.
pub(crate) struct Line {
    session: Handle<Client>,
    shared: Arc<Shared>,
    slots: Arc<Semaphore>,
    /// Queued channels that are open.
    in_use: Arc<AtomicUsize>,
    spare: Spare,
    channel_open: Duration,
    key: HostKey,
    trust: Trust,
    auth: String,
    /// What it goes through.
    hops: Vec<Hop>,
    /// What `open` answered the account, and what it answered root.
    pub(crate) opened: [Opened; 2],
}

/// The reading half of a channel; holds the channel's place.
pub(crate) struct Receiver {
    half: ChannelReadHalf,
    /// A session ends when nobody holds it any more.
    _line: Arc<Line>,
    _place: Option<Place>,
}

/// The writing half of a channel.
pub(crate) struct Sender {
    half: ChannelWriteHalf<Msg>,
}

/// What is asked for on a new channel.
#[derive(Clone, Copy)]
enum Ask<'a> {
    Exec(&'a str),
    /// A command in a terminal of this size; without a command the login shell.
    Terminal(Option<&'a str>, Size),
}

/// A queued channel's place; freed when its reader is done.
struct Place {
    in_use: Arc<AtomicUsize>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.in_use.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Line {
    pub(super) fn new(
        session: Handle<Client>,
        shared: Arc<Shared>,
        settings: &Settings,
        key: HostKey,
        trust: Trust,
        auth: String,
    ) -> Self {
        Self {
            session,
            shared,
            slots: Arc::new(Semaphore::new(settings.channels.max(1))),
            in_use: Arc::new(AtomicUsize::new(0)),
            spare: Spare::default(),
            channel_open: settings.channel_open,
            key,
            trust,
            auth,
            hops: Vec::new(),
            opened: Default::default(),
        }
    }

    /// Returns the line as one that goes through `hops`.
    pub(super) fn through(self, hops: Vec<Hop>) -> Self {
        Self { hops, ..self }
    }

    /// Returns what lies on the way of whatever goes through this line to the host at `at`, that host at the end.
    pub(super) fn hops_and(&self, at: String) -> Vec<Hop> {
        let own = Hop { at, fingerprint: self.key.fingerprint(), key_type: self.key.kind.clone() };
        self.hops.iter().cloned().chain([own]).collect()
    }

    /// Returns whether the line is known to be gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.session.is_closed()
    }

    /// Returns why the line was cut, as far as it is known.
    pub(crate) fn why_gone(&self) -> String {
        self.shared.gone().unwrap_or_else(|| "the connection was closed".to_owned())
    }

    /// Returns the connection without what a host says about itself.
    pub(crate) fn reached(&self) -> Reached {
        Reached {
            fingerprint: self.key.fingerprint(),
            key_type: self.key.kind.clone(),
            trust: self.trust.clone(),
            auth: self.auth.clone(),
            hops: self.hops.clone(),
        }
    }

    /// Starts `command` on a channel of its own, waiting for a free place.
    pub(crate) async fn exec(self: &Arc<Self>, command: &str) -> Result<(Sender, Receiver), NoChannel> {
        match self.spare.take(self, command).await {
            Some(channel) => Ok(channel),
            None => self.queued(Ask::Exec(command)).await,
        }
    }

    /// Starts `command` on a spare channel, if a place is free: the next [`Line::exec`] of it need not wait.
    pub(crate) fn get_ready(self: &Arc<Self>, command: &str) {
        self.spare.open(self, command, self.slots.clone().try_acquire_owned().ok());
    }

    /// Does so unless one waits already, while or right after something was heard from the host.
    pub(crate) fn stay_ready(self: &Arc<Self>, command: &str) {
        if !self.spare.stands(command) {
            self.get_ready(command);
        }
    }

    pub(super) async fn open_spare(
        self: &Arc<Self>,
        place: OwnedSemaphorePermit,
        command: &str,
    ) -> Result<(Sender, Receiver), NoChannel> {
        self.open(Some(place), Ask::Exec(command)).await
    }

    pub(super) const fn spare(&self) -> &Spare {
        &self.spare
    }

    /// Starts `command`, without one the login shell, in a terminal of this size, waiting for a free place. The first
    /// answer on the channel is about the terminal, the second about the command.
    pub(crate) async fn on_terminal(
        self: &Arc<Self>,
        command: Option<&str>,
        size: Size,
    ) -> Result<(Sender, Receiver), NoChannel> {
        self.queued(Ask::Terminal(command, size)).await
    }

    async fn queued(self: &Arc<Self>, ask: Ask<'_>) -> Result<(Sender, Receiver), NoChannel> {
        let mut tries = 0;
        loop {
            let permit = self.slots.clone().acquire_owned().await.map_err(|_| NoChannel::Refused)?;
            match self.open(Some(permit), ask).await {
                // The spare one is the only one that the host allows.
                Err(NoChannel::Refused) if self.spare.drop_it() => {}
                // The host allows fewer sessions than we thought: the place that failed is given up for good (see
                // `open`) and the next one waited for.
                Err(NoChannel::Refused) if self.in_use.load(Ordering::SeqCst) > 0 => {}
                // We hold none, but the host may not have noticed yet that the last one ended.
                Err(NoChannel::Refused) if tries < REFUSALS => {
                    tries += 1;
                    tokio::time::sleep(AGAIN).await;
                }
                other => return other,
            }
        }
    }

    /// Starts `command` at once, in one of the places that are left for this.
    pub(crate) async fn exec_unqueued(
        self: &Arc<Self>,
        command: &str,
    ) -> Result<(Sender, Receiver), NoChannel> {
        match self.spare.take(self, command).await {
            Some(channel) => Ok(channel),
            None => match self.open(None, Ask::Exec(command)).await {
                Err(NoChannel::Refused) if self.spare.drop_it() => {
                    tokio::time::sleep(AGAIN).await;
                    self.open(None, Ask::Exec(command)).await
                }
                other => other,
            },
        }
    }

    async fn open(
        self: &Arc<Self>,
        permit: Option<OwnedSemaphorePermit>,
        ask: Ask<'_>,
    ) -> Result<(Sender, Receiver), NoChannel> {
        if self.is_gone() {
            return Err(NoChannel::Gone(self.why_gone()));
        }
        let channel = match timeout(self.channel_open, self.session.channel_open_session()).await {
            Ok(Ok(channel)) => channel,
            Ok(Err(russh::Error::ChannelOpenFailure(_))) => {
                if self.in_use.load(Ordering::SeqCst) > 0
                    && let Some(permit) = permit
                {
                    permit.forget();
                }
                return Err(NoChannel::Refused);
            }
            Ok(Err(_)) => return Err(NoChannel::Gone(self.why_gone())),
            Err(_) => return Err(NoChannel::Slow(self.channel_open.as_secs_f32())),
        };
        let place = permit.map(|permit| {
            self.in_use.fetch_add(1, Ordering::SeqCst);
            Place { in_use: self.in_use.clone(), _permit: permit }
        });
        let asked = match ask {
            Ask::Exec(command) => channel.exec(true, command).await,
            Ask::Terminal(command, Size { columns, rows }) => {
                let (columns, rows) = (u32::from(columns), u32::from(rows));
                match channel.request_pty(true, TERM, columns, rows, 0, 0, &[]).await {
                    Ok(()) => {
                        // Without an answer: whether the host takes it changes nothing.
                        let asked = channel.set_env(false, "LANG", LANG).await;
                        match (asked, command) {
                            (Ok(()), Some(command)) => channel.exec(true, command).await,
                            (Ok(()), None) => channel.request_shell(true).await,
                            (refused, _) => refused,
                        }
                    }
                    refused => refused,
                }
            }
        };
        if asked.is_err() {
            return Err(NoChannel::Gone(self.why_gone()));
        }
        let (half, write) = channel.split();
        Ok((Sender { half: write }, Receiver { half, _line: self.clone(), _place: place }))
    }

    /// Returns a stream to `address` and `port` as this host reaches them.
    pub(super) async fn tunnel(
        self: &Arc<Self>,
        jump: &str,
        target: &Target,
    ) -> Result<Box<dyn ByteStream>, DialError> {
        let no_way = |why: String| DialError::NoWay { jump: jump.to_owned(), address: target.address(), why };
        let opening = self.session.channel_open_direct_tcpip(
            target.hostname.as_str(),
            u32::from(target.port),
            // Where the wish comes from; sshd only writes it into its log.
            "127.0.0.1",
            0,
        );
        match opening.await {
            Ok(channel) => Ok(Box::new(Held::new(channel.into_stream(), self.clone()))),
            Err(russh::Error::ChannelOpenFailure(why)) => Err(no_way(match why {
                russh::ChannelOpenFailure::ConnectFailed => {
                    "nothing answers there, or it does not know the name".to_owned()
                }
                russh::ChannelOpenFailure::AdministrativelyProhibited => {
                    "it does not allow this (AllowTcpForwarding, PermitOpen)".to_owned()
                }
                russh::ChannelOpenFailure::Other { reason, .. } => reason,
                other => format!("{other:?}"),
            })),
            Err(_) => Err(no_way(self.why_gone())),
        }
    }

    /// Returns how long the other end takes to answer a keepalive.
    pub(crate) async fn round_trip(&self) -> Option<Duration> {
        let asked = Instant::now();
        timeout(self.channel_open, self.session.send_ping()).await.ok()?.ok()?;
        (!self.is_gone()).then(|| asked.elapsed())
    }

    /// Says goodbye.
    pub(crate) async fn disconnect(&self) {
        // A line that is gone already needs no goodbye.
        drop(self.session.disconnect(Disconnect::ByApplication, "", "en").await);
    }
}

impl Receiver {
    /// Returns the next message; `None` when the channel or the line has ended.
    pub(crate) async fn next(&mut self) -> Option<Wire> {
        Some(match self.half.wait().await? {
            ChannelMsg::Data { data } => Wire::Stdout(data.into()),
            ChannelMsg::ExtendedData { data, ext: 1 } => Wire::Stderr(data.into()),
            ChannelMsg::Success => Wire::Accepted,
            ChannelMsg::Failure => Wire::Refused,
            ChannelMsg::ExitStatus { exit_status } => {
                Wire::Status(i32::try_from(exit_status).unwrap_or(i32::MAX))
            }
            ChannelMsg::ExitSignal { signal_name, .. } => Wire::Signal(match signal_name {
                russh::Sig::Custom(name) => name,
                known => format!("{known:?}"),
            }),
            ChannelMsg::Close => Wire::Close,
            _ => Wire::Other,
        })
    }
}

impl Sender {
    /// Sends `bytes` and leaves the input open; `false` if the line was cut.
    pub(crate) async fn write(&self, bytes: &[u8]) -> bool {
        self.half.data(bytes).await.is_ok()
    }

    /// Ends the input.
    pub(crate) async fn eof(&self) {
        // A line that is gone has no channels.
        drop(self.half.eof().await);
    }

    /// Tells the terminal's new size; `false` if the line was cut.
    pub(crate) async fn resize(&self, size: Size) -> bool {
        self.half.window_change(u32::from(size.columns), u32::from(size.rows), 0, 0).await.is_ok()
    }

    /// Closes the channel. What runs at the other end is not ended by it.
    pub(crate) async fn close(&self) {
        // A line that is gone has no channels.
        drop(self.half.close().await);
    }
}
