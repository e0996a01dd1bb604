//! One running command of a demo host: its pipes, its signals, its end.
//!
//! Order of the end as OpenSSH's sshd has it: end-of-file when both outputs have ended, the status when the process has, whichever comes
//! first; close when both are said. Data may follow the status, when a child of the command still writes.
//! When the channel or the connection ends first, the pipes are closed and the command goes on, until it next writes.

use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use russh::ChannelId;
use russh::server::Handle;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::signals;
use super::stdin::{Full, Stdin, queue};
use crate::pty::{self, Pty};

/// Bytes read from an output at a time: one SSH packet.
const CHUNK: usize = 32 * 1024;
/// The number of the error output (RFC 4254, section 5.2).
const EXTENDED_STDERR: u32 = 1;
/// Signals that may wait; more are dropped.
const SIGNALS: usize = 16;

/// In which order the end of the output and the exit status are said. A real server lets it race, so a test of one order has to force it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExitOrder {
    /// Whichever comes first.
    #[default]
    AsItComes,
    /// The status before the end of the output.
    StatusFirst,
    /// The end of the output before the status.
    EofFirst,
}

/// The session's hold on a running command. Dropping it closes the command's pipes.
#[derive(Debug)]
pub(super) struct Running {
    stdin: Option<Stdin>,
    signals: mpsc::Sender<Signal>,
    /// Its terminal, for its size.
    terminal: Option<OwnedFd>,
    _gone: DropGuard,
}

impl Running {
    /// Takes over `child`: its output goes to channel `id` of the session behind `handle`.
    pub(super) fn start(mut child: Child, handle: Handle, id: ChannelId, order: ExitOrder) -> Self {
        let gone = CancellationToken::new();
        let (signals, requests) = mpsc::channel(SIGNALS);
        let (stdin, feed) = queue();
        if let Some(pipe) = child.stdin.take() {
            let gone = gone.clone();
            tokio::spawn(async move { gone.run_until_cancelled(feed.run(pipe)).await });
        }
        tokio::spawn(serve(child, Channel { handle, id }, order, gone.clone(), requests));
        Self { stdin: Some(stdin), signals, terminal: None, _gone: gone.drop_guard() }
    }

    /// Takes over `child`, which has a terminal: what is said on it goes to the channel, what comes is typed.
    pub(super) fn start_on_terminal(
        child: Child,
        terminal: Pty,
        handle: Handle,
        id: ChannelId,
        order: ExitOrder,
    ) -> Self {
        let gone = CancellationToken::new();
        let (signals, requests) = mpsc::channel(SIGNALS);
        let (stdin, feed) = queue();
        let Pty { said, typed, size } = terminal;
        let typing = gone.clone();
        tokio::spawn(async move { typing.run_until_cancelled(feed.run(typed)).await });
        let (channel, ended) = (Channel { handle, id }, gone.clone());
        tokio::spawn(async move {
            let said = say(&channel, order, channel.pump(Some(said), None), wait(child, requests));
            match ended.run_until_cancelled(said).await {
                Some(Ok(()) | Err(SessionEnded)) | None => ended.cancel(),
            }
        });
        Self { stdin: Some(stdin), signals, terminal: Some(size), _gone: gone.drop_guard() }
    }

    /// Gives the command's terminal another size.
    pub(super) fn resize(&self, size: (u16, u16)) {
        if let Some(terminal) = &self.terminal {
            // A size that cannot be set changes nothing else.
            pty::resize(terminal, size).unwrap_or_default();
        }
    }

    /// Tells whether the command has ended and all is said.
    pub(super) fn is_over(&self) -> bool {
        self.signals.is_closed()
    }

    /// Queues input for the command.
    pub(super) fn push(&self, data: &[u8]) -> Result<(), Full> {
        self.stdin.as_ref().map_or(Ok(()), |stdin| stdin.push(data))
    }

    /// Ends the command's input, after what is queued.
    pub(super) fn end_of_input(&mut self) {
        self.stdin = None;
    }

    /// Sends `signal` to the command's process group, unless the command has ended.
    pub(super) fn signal(&self, signal: Signal) {
        if self.signals.try_send(signal).is_err() {
            // The command has ended, or sixteen signals wait already. RFC 4254 has no answer to a signal request.
        }
    }
}

/// A channel of a session. An error of its methods means that the session has ended: there is nobody to tell.
struct Channel {
    handle: Handle,
    id: ChannelId,
}

struct SessionEnded;

impl Channel {
    async fn pump(
        &self,
        output: Option<impl AsyncRead + Unpin>,
        extended: Option<u32>,
    ) -> Result<(), SessionEnded> {
        let Some(mut output) = output else { return Ok(()) };
        let mut chunk = vec![0; CHUNK];
        loop {
            // A pipe that cannot be read is at its end.
            let data = match output.read(&mut chunk).await {
                Ok(length @ 1..) => chunk.get(..length).unwrap_or_default().to_vec(),
                Ok(0) | Err(_) => return Ok(()),
            };
            // Waits while the client's window is full, and so does the command.
            let sent = match extended {
                None => self.handle.data(self.id, data).await,
                Some(code) => self.handle.extended_data(self.id, code, data).await,
            };
            sent.map_err(|_| SessionEnded)?;
        }
    }

    async fn eof(&self) -> Result<(), SessionEnded> {
        self.handle.eof(self.id).await.map_err(|()| SessionEnded)
    }

    async fn close(&self) -> Result<(), SessionEnded> {
        self.handle.close(self.id).await.map_err(|()| SessionEnded)
    }

    /// Says how the command ended; 255 when that could not be learned, as sshd does.
    async fn exit(&self, status: Option<ExitStatus>) -> Result<(), SessionEnded> {
        let said = if let Some((raw, core)) = status.and_then(|s| Some((s.signal()?, s.core_dumped()))) {
            let signal = signals::reported(raw);
            self.handle.exit_signal_request(self.id, signal, core, String::new(), String::new()).await
        } else {
            let code = status.and_then(|s| s.code()).and_then(|code| u32::try_from(code).ok());
            self.handle.exit_status_request(self.id, code.unwrap_or(255)).await
        };
        said.map_err(|()| SessionEnded)
    }
}

/// Says what the command says, then how it ended. Ends early, without a word, when the channel is gone; the runtime then collects the process.
async fn serve(
    mut child: Child,
    channel: Channel,
    order: ExitOrder,
    gone: CancellationToken,
    requests: mpsc::Receiver<Signal>,
) {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let outputs = async {
        let (out, err) =
            tokio::join!(channel.pump(stdout, None), channel.pump(stderr, Some(EXTENDED_STDERR)));
        out.and(err)
    };
    let said = say(&channel, order, outputs, wait(child, requests));
    // Whether all was said or nobody was left to tell, the rest of the input has no reader now.
    match gone.run_until_cancelled(said).await {
        Some(Ok(()) | Err(SessionEnded)) | None => gone.cancel(),
    }
}

async fn say(
    channel: &Channel,
    order: ExitOrder,
    outputs: impl Future<Output = Result<(), SessionEnded>>,
    end: impl Future<Output = Option<ExitStatus>>,
) -> Result<(), SessionEnded> {
    match order {
        ExitOrder::AsItComes => {
            let outputs = async {
                outputs.await?;
                channel.eof().await
            };
            let (ended, said) = tokio::join!(outputs, async { channel.exit(end.await).await });
            ended.and(said)?;
        }
        ExitOrder::StatusFirst => {
            let (ended, said) = tokio::join!(outputs, async { channel.exit(end.await).await });
            ended.and(said)?;
            channel.eof().await?;
        }
        ExitOrder::EofFirst => {
            let (ended, status) = tokio::join!(outputs, end);
            ended?;
            channel.eof().await?;
            channel.exit(status).await?;
        }
    }
    channel.close().await
}

/// Waits for the end of `child` and passes on the signals asked for until then.
///
/// One task does both: the process is collected only by its `wait`, so until that has answered, its id cannot belong to another.
async fn wait(mut child: Child, mut requests: mpsc::Receiver<Signal>) -> Option<ExitStatus> {
    loop {
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        tokio::select! {
            status = child.wait() => return status.ok(),
            Some(signal) = requests.recv() => if let Some(pid) = pid { send(pid, signal) },
        }
    }
}

/// Signals the process group of `pid`; before the launcher has made that group there is only the process itself.
fn send(pid: Pid, signal: Signal) {
    if kill_process_group(pid, signal).is_err() && kill_process(pid, signal).is_err() {
        // It ended just now.
    }
}
