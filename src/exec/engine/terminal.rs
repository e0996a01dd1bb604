//! Terminals on hosts: how a program for a step gets there, who types on it, and the login shell.
//!
//! Invariant: nothing of a step is sent before the host said that it echoes nothing.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use super::ask::{Heard, no_channel, unheard};
use super::{Engine, tell};
use crate::exec::event::{Class, Event, NotStarted};
use crate::exec::line::{Line, Receiver, Sender, Wire};
use crate::exec::output::{Filter, Stream};
use crate::exec::request::Host;
use crate::exec::terminal::{Press, ShellEnd, Terminal};
use crate::exec::wrapper::{Piece, Splitter};

/// Most bytes of output that one event carries.
const PIECE_MAX: usize = 16 * 1024;

/// Passes on what is typed, until nobody types any more or the line is gone.
pub(super) struct Hands;

impl Hands {
    /// Returns what is told when the terminal is taken away.
    pub(super) fn start(sender: Arc<Sender>, mut presses: mpsc::Receiver<Press>) -> oneshot::Receiver<()> {
        let (gone, taken_away) = oneshot::channel();
        tokio::spawn(async move {
            while let Some(press) = presses.recv().await {
                let sent = match press {
                    Press::Bytes(bytes) => sender.write(&bytes).await,
                    Press::Resize(size) => sender.resize(size).await,
                    Press::HangUp => {
                        sender.close().await;
                        // A step has nobody who waits for it.
                        gone.send(()).unwrap_or_default();
                        return;
                    }
                };
                if !sent {
                    return;
                }
            }
        });
        taken_away
    }
}

/// Waits until the terminal is there and echoes nothing; then a program may be sent.
pub(super) async fn greet(
    engine: &Engine,
    host: &Host,
    line: &Line,
    sender: &Sender,
    receiver: &mut Receiver,
    nonce: &str,
) -> Result<(), NotStarted> {
    let until = Instant::now() + engine.settings.answer;
    let mut heard = Heard::default();
    let mut splitter = Splitter::new(nonce);
    let mut granted = false;
    let mut is_ready = false;
    while !is_ready {
        let Ok(message) = timeout_at(until, receiver.next()).await else {
            heard.late = true;
            break;
        };
        let bytes = match message {
            Some(Wire::Stdout(bytes) | Wire::Stderr(bytes)) => bytes,
            Some(Wire::Accepted) => {
                granted = true;
                continue;
            }
            // Answers come in the order of the requests, and the terminal was asked for first.
            Some(Wire::Refused) if !granted => {
                sender.close().await;
                let why = format!(
                    "{} gives no terminal to {} (PermitTTY, or a restricted key). The step did not start",
                    host.name, host.user
                );
                return Err(NotStarted { class: Class::Foreign, why });
            }
            Some(other) => {
                heard.ends(&other);
                continue;
            }
            None => break,
        };
        splitter.push(&bytes, |piece| match piece {
            Piece::Control(text) => is_ready |= text == "ready",
            Piece::Data(data) => heard.overheard(data),
        });
    }
    if is_ready {
        return Ok(());
    }
    sender.close().await;
    Err(unheard(host, &heard, line))
}

pub(super) async fn shell(
    engine: &Engine,
    host: &Host,
    filter: Option<Box<dyn Filter>>,
    events: &mpsc::Sender<Event>,
    terminal: Terminal,
    opened: oneshot::Sender<()>,
) -> ShellEnd {
    let mut again = true;
    let (line, channel) = loop {
        let (line, made) = match engine.pooled(host, Some(events)).await {
            Ok(pooled) => pooled,
            Err(why) => return ShellEnd::NotOpened(why.to_string()),
        };
        if made {
            tell(Some(events), Event::Reached(line.reached())).await;
        }
        match line.on_terminal(None, terminal.size).await {
            Ok(channel) => break (line, channel),
            // A pooled line may turn out to be gone only when it is used.
            Err(_) if again && !made => {
                again = false;
                engine.discard(host, &line).await;
            }
            Err(error) => return ShellEnd::NotOpened(no_channel(host, &error).to_string()),
        }
    };
    let (sender, receiver) = channel;
    let sender = Arc::new(sender);
    let taken_away = Hands::start(sender.clone(), terminal.presses);
    let mut reading = Reading { filter, offset: 0, events, opened: Some(opened), end: None };
    let end = {
        let reading = reading.read(receiver);
        tokio::pin!(reading);
        tokio::select! {
            end = &mut reading => end,
            // After our own close nothing need come any more.
            Ok(()) = taken_away => {
                let last = timeout(engine.settings.drain, reading).await.ok().flatten();
                last.or_else(|| Some(ShellEnd::Signalled("HUP".to_owned())))
            }
        }
    };
    sender.close().await;
    end.unwrap_or_else(|| {
        ShellEnd::Lost(format!("the line to {} was cut, which ends a shell: {}", host.name, line.why_gone()))
    })
}

struct Reading<'a> {
    filter: Option<Box<dyn Filter>>,
    offset: u64,
    events: &'a mpsc::Sender<Event>,
    opened: Option<oneshot::Sender<()>>,
    end: Option<ShellEnd>,
}

impl Reading<'_> {
    /// Reads to the end; none if nobody said how it ended.
    async fn read(&mut self, mut receiver: Receiver) -> Option<ShellEnd> {
        let mut answers = 0;
        while let Some(message) = receiver.next().await {
            match message {
                Wire::Stdout(bytes) | Wire::Stderr(bytes) => self.say(&bytes).await,
                Wire::Accepted => {
                    answers += 1;
                    if answers == 2
                        && let Some(opened) = self.opened.take()
                    {
                        opened.send(()).unwrap_or_default();
                    }
                }
                Wire::Refused if self.opened.is_some() => {
                    let what = if answers == 0 { "no terminal" } else { "no shell" };
                    return Some(ShellEnd::NotOpened(format!("the host gives {what} to this account")));
                }
                Wire::Status(code) => self.end = Some(ShellEnd::Exited(code)),
                Wire::Signal(name) => self.end = Some(ShellEnd::Signalled(name)),
                Wire::Close => {
                    // Closed without a word: it was hung up.
                    self.end.get_or_insert_with(|| ShellEnd::Signalled("HUP".to_owned()));
                    break;
                }
                Wire::Refused | Wire::Other => {}
            }
        }
        self.end.take()
    }

    /// Passes output on. It is nowhere else, so whoever receives it must not wait for a screen.
    async fn say(&mut self, bytes: &[u8]) {
        let mut filtered = Vec::new();
        let bytes = match &mut self.filter {
            Some(filter) => {
                filter.push(Stream::Stdout, bytes, &mut filtered);
                &filtered
            }
            None => bytes,
        };
        for piece in bytes.chunks(PIECE_MAX) {
            let offset = self.offset;
            self.offset += piece.len() as u64;
            let tail = piece.to_vec();
            let note = Event::Output { stream: Stream::Stdout, offset, tail, total: self.offset };
            tell(Some(self.events), note).await;
        }
    }
}
