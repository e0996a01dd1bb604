//! Short conversations with a host: a program in, control lines out, no output of a step.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Closed, Engine, nonce};
use crate::exec::event::{Class, NotStarted, Sudo};
use crate::exec::line::{Line, NoChannel, Receiver, Sender, Wire};
use crate::exec::request::{Host, StepRef};
use crate::exec::wrapper::{
    Piece, Program, Splitter, StateAnswer, ask_sudo, close as close_program, probe,
    witness as witness_program,
};

/// Most bytes kept of what is not a control line.
const NOISE_MAX: usize = 4 * 1024;
/// Control lines that are read at most.
const LINES_MAX: usize = 4096;

/// What else was heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// What was not a control line.
    pub noise: Vec<u8>,
    /// SSH's exit status.
    pub status: Option<i32>,
    /// Whether the conversation came to its own end: neither cut nor given up.
    pub ended: bool,
    /// Whether the time was up.
    pub late: bool,
}

impl Heard {
    /// Takes what is no output; returns whether the other end has said its last word by it.
    pub(super) fn ends(&mut self, message: &Wire) -> bool {
        match message {
            Wire::Status(code) => self.status = Some(*code),
            Wire::Signal(_) | Wire::Close | Wire::Refused => {}
            Wire::Stdout(_) | Wire::Stderr(_) | Wire::Accepted | Wire::Other => return false,
        }
        self.ended = true;
        true
    }

    /// Keeps the beginning of what is not a control line.
    pub(super) fn overheard(&mut self, data: &[u8]) {
        let room = NOISE_MAX.saturating_sub(self.noise.len()).min(data.len());
        self.noise.extend_from_slice(data.get(..room).unwrap_or_default());
    }
}

/// Sends `program` and reads control lines until the host ends the channel, or `limit` is over.
pub(super) async fn converse(
    (sender, mut receiver): (Sender, Receiver),
    program: &Program,
    nonce: &str,
    limit: Duration,
    mut line: impl FnMut(&str) + Send,
) -> Heard {
    let until = Instant::now() + limit;
    let reading = async {
        let mut heard = Heard::default();
        let mut splitters = [Splitter::new(nonce), Splitter::new(nonce)];
        let mut lines = 0;
        loop {
            let message = match timeout_at(until, receiver.next()).await {
                Ok(message) => message,
                Err(_) => {
                    heard.late = true;
                    return heard;
                }
            };
            let [out, err] = &mut splitters;
            let (splitter, bytes) = match message {
                Some(Wire::Stdout(bytes)) => (out, bytes),
                Some(Wire::Stderr(bytes)) => (err, bytes),
                Some(other) => {
                    heard.ends(&other);
                    continue;
                }
                None => return heard,
            };
            splitter.push(&bytes, |piece| match piece {
                Piece::Control(text) if lines < LINES_MAX => {
                    lines += 1;
                    line(text);
                }
                Piece::Control(_) => {}
                Piece::Data(data) => heard.overheard(data),
            });
        }
    };
    // A program that does not read its input never lets `send` end; what counts is what is heard.
    let sending = async {
        sender.send(program).await;
        std::future::pending::<()>().await;
    };
    let heard = tokio::select! {
        heard = reading => heard,
        () = sending => Heard::default(),
    };
    sender.close().await;
    heard
}

/// Asks for the state of a step; with `claim` a number that was never used is used up.
pub(super) async fn state(
    engine: &Engine,
    host: &Host,
    line: &Line,
    step: &StepRef,
    claim: bool,
) -> Result<StateAnswer, NotStarted> {
    let nonce = nonce()?;
    let channel = line.exec_unqueued().await.map_err(|error| no_channel(host, &error))?;
    let mut answer = StateAnswer::default();
    let program = probe(&nonce, step, claim);
    let heard = converse(channel, &program, &nonce, engine.settings.answer, |text| {
        // Progress of a cancel does not occur here.
        answer.line(text);
    })
    .await;
    if answer.done { Ok(answer) } else { Err(unheard(host, &heard, line)) }
}

/// Asks what `sudo` wants.
pub(super) async fn sudo(engine: &Engine, host: &Host, line: &Line) -> Result<Sudo, NotStarted> {
    let nonce = nonce()?;
    let channel = line.exec_unqueued().await.map_err(|error| no_channel(host, &error))?;
    let mut wants = None;
    let heard = converse(channel, &ask_sudo(&nonce), &nonce, engine.settings.answer, |text| {
        wants = match text {
            "sudo none" => Some(Sudo::None),
            "sudo free" => Some(Sudo::Free),
            "sudo password" => Some(Sudo::Password),
            _ => wants.take(),
        };
    })
    .await;
    wants.ok_or_else(|| unheard(host, &heard, line))
}

/// Leaves a line in the system log; returns why not, if so.
pub(super) async fn witness(
    engine: &Engine,
    host: &Host,
    line: &Line,
    words: &str,
) -> Result<Result<(), String>, NotStarted> {
    let nonce = nonce()?;
    let channel = line.exec_unqueued().await.map_err(|error| no_channel(host, &error))?;
    let mut said = None;
    let program = witness_program(&nonce, words);
    let heard = converse(channel, &program, &nonce, engine.settings.answer, |text| {
        said = match text.split_once(' ').unwrap_or((text, "")) {
            ("witnessed", _) => Some(Ok(())),
            ("fail", why) => Some(Err(why.to_owned())),
            _ => said.take(),
        };
    })
    .await;
    said.ok_or_else(|| unheard(host, &heard, line))
}

/// Removes a directory.
pub(super) async fn close(
    engine: &Engine,
    host: &Host,
    line: &Line,
    dir: &str,
    force: bool,
) -> Result<Closed, NotStarted> {
    let nonce = nonce()?;
    let channel = line.exec_unqueued().await.map_err(|error| no_channel(host, &error))?;
    let mut closed = None;
    let program = close_program(&nonce, dir, force);
    let heard = converse(channel, &program, &nonce, engine.settings.answer, |text| {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        closed = match word {
            "closed" if rest == "already" => Some(Closed::Already),
            "closed" => Some(Closed::Closed),
            "busy" => Some(Closed::Busy(rest.to_owned())),
            "fail" => Some(Closed::Failed(rest.to_owned())),
            _ => closed.take(),
        };
    })
    .await;
    closed.ok_or_else(|| unheard(host, &heard, line))
}

/// Returns the refusal for a channel that could not be had.
pub(super) fn no_channel(host: &Host, error: &NoChannel) -> NotStarted {
    if let NoChannel::Sudo(why) = error {
        return NotStarted { class: Class::Sudo, why: why.clone() };
    }
    NotStarted { class: Class::Host, why: format!("cannot run anything on {}: {error}", host.name) }
}

/// Returns the refusal for an answer that did not come.
pub(super) fn silent(host: &Host, what: &str) -> NotStarted {
    NotStarted { class: Class::Host, why: format!("{} did not answer {what}", host.name) }
}

/// Returns why our program was not heard: the line was cut, the time was up, or something else ran.
pub(super) fn unheard(host: &Host, heard: &Heard, line: &Line) -> NotStarted {
    if heard.late {
        let why = format!("{} did not answer in time{}", host.name, said(&heard.noise));
        return NotStarted { class: Class::Host, why };
    }
    if !heard.ended {
        let why = format!("the line to {} was cut: {}", host.name, line.why_gone());
        return NotStarted { class: Class::Host, why };
    }
    foreign(host, &heard.noise, heard.status)
}

/// Returns the refusal for a host that ran another command than ours.
pub(super) fn foreign(host: &Host, noise: &[u8], status: Option<i32>) -> NotStarted {
    let status = status.map(|code| format!(", exit status {code}")).unwrap_or_default();
    let why = format!(
        "{} ran something else than our command{status}{}: a forced command, a login shell that runs nothing, or a \
         start file of the shell that eats its input. The step did not start",
        host.name,
        said(noise)
    );
    NotStarted { class: Class::Foreign, why }
}

/// Returns what was said, harmless and short.
fn said(noise: &[u8]) -> String {
    let text = String::from_utf8_lossy(noise);
    let shown: String = text.trim().chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if shown.is_empty() { String::new() } else { format!(" (it said: {shown})") }
}
