//! From an account to root, on the host that it has a line to: sudo(8) is asked, answers its question if it has one, and
//! only then is there a channel for a program.
//!
//! Invariant: a password is sent only when sudo asked with our own prompt, once for each question, and one that was not
//! right (or of which nobody knows) is never sent again by itself: three are enough for pam_faillock(8) to lock an
//! account. It is in no argument list, and no program is sent before a shell of root says that it is there.
//!
//! sudo asks anew on every channel, because there is no terminal that it could remember. So a right password is kept, at
//! the [`Desk`], until the engine disconnects.

use std::sync::Arc;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, timeout_at};

use super::engine::Settings;
use super::line::{Base, NoChannel, Receiver, Sender, Wire};
use super::question::{Asks, Reply, Wanted, WantedKind};
use super::request::Host;
use super::ssh::{Desk, Pause};
use super::wrapper::{Handshake, Heard};

/// Wrong passwords after which it is given up: one more would lock an account where pam_faillock(8) counts as usual.
const WRONG_MAX: u32 = 2;

/// See the module.
pub(crate) struct Root {
    desk: Arc<Desk>,
    /// The host's name.
    host: String,
    /// `user@address:port`.
    target: String,
    /// The account that sudo is asked from.
    user: String,
    /// Longest that sudo may take from one question to the next, or to a shell, while nobody is asked anything.
    silence: Duration,
    /// Longest that its last words are waited for when it has ended.
    drain: Duration,
}

/// One who talks to sudo about a password; others wait.
struct Turn {
    place: String,
    /// Passwords that were not right.
    wrong: u32,
    _one: OwnedMutexGuard<()>,
}

/// What came of a channel.
enum Talked {
    Root(Sender, Receiver),
    /// sudo ended while a person was asked: now there is a password, and it is asked once more.
    Again,
    No(NoChannel),
}

/// A password on its way: sudo has it and has not said yet whether it is right.
struct Sent {
    whose: Option<String>,
    password: SecretString,
}

impl Root {
    pub(super) fn new(host: &Host, desk: Arc<Desk>, settings: &Settings) -> Self {
        let target =
            if host.is_local() { format!("{}@{}", host.user, host.name) } else { host.identity_key() };
        Self {
            desk,
            host: host.name.clone(),
            target,
            user: host.user.clone(),
            silence: settings.sudo,
            drain: settings.drain,
        }
    }

    /// Returns a channel of `base` on which a shell of root waits for a program.
    pub(super) async fn enter(&self, base: &Base, queued: bool) -> Result<(Sender, Receiver), NoChannel> {
        let mut turn = None;
        loop {
            let nonce = super::engine::nonce().map_err(|no| NoChannel::NoShell(no.why))?;
            let (sender, receiver) = base.exec(queued, Some(&nonce)).await?;
            match self.talk(base, sender, receiver, &nonce, &mut turn).await {
                Talked::Root(sender, receiver) => return Ok((sender, receiver)),
                Talked::Again => {}
                Talked::No(why) => return Err(why),
            }
        }
    }

    async fn talk(
        &self,
        base: &Base,
        sender: Sender,
        mut receiver: Receiver,
        nonce: &str,
        turn: &mut Option<Turn>,
    ) -> Talked {
        let mut shake = Handshake::new(nonce);
        let mut sent: Option<Sent> = None;
        let mut status = None;
        // For all that is said between two questions: who says much and nothing of use is not listened to for ever.
        let mut until = Instant::now() + self.silence;
        loop {
            let heard = match timeout_at(until, receiver.next()).await {
                Err(_) if status.is_none() => {
                    sender.close().await;
                    return Talked::No(NoChannel::Sudo(self.silent(&shake.said())));
                }
                Ok(None) if status.is_none() => return Talked::No(NoChannel::Gone(base.why_gone())),
                Err(_) | Ok(None | Some(Wire::Close)) => {
                    let said = shake.said();
                    if let (Some(turn), Some(sent)) = (turn.as_mut(), sent) {
                        // It takes fewer wrong ones than we do (`passwd_tries`): it is asked once more.
                        if said.contains("incorrect password attempt") && turn.wrong + 1 < WRONG_MAX {
                            turn.wrong += 1;
                            return Talked::Again;
                        }
                        // It went a moment before the password came, and has not read it.
                        if said.contains("timed out reading password") {
                            self.desk.keep_sudo(&turn.place, sent.whose.as_deref(), sent.password);
                            return Talked::Again;
                        }
                    }
                    return Talked::No(NoChannel::Sudo(self.refused(&said, status)));
                }
                Ok(Some(Wire::Refused)) => {
                    let why = format!("{} refuses to run commands for {}", self.host, self.user);
                    return Talked::No(NoChannel::Sudo(why));
                }
                Ok(Some(Wire::Status(code))) => {
                    status = Some(code);
                    until = Instant::now() + self.drain;
                    continue;
                }
                Ok(Some(Wire::Signal(_))) => {
                    status = Some(-1);
                    until = Instant::now() + self.drain;
                    continue;
                }
                Ok(Some(Wire::Stdout(bytes))) => {
                    shake.overheard(&bytes);
                    continue;
                }
                Ok(Some(Wire::Accepted | Wire::Other)) => continue,
                Ok(Some(Wire::Stderr(bytes))) => shake.push(&bytes),
            };
            for heard in heard {
                let whose = match heard {
                    Heard::Ready => {
                        if let (Some(turn), Some(sent)) = (turn.as_ref(), sent) {
                            self.desk.keep_sudo(&turn.place, sent.whose.as_deref(), sent.password);
                        }
                        return Talked::Root(sender, receiver);
                    }
                    Heard::Password(whose) => whose,
                };
                let mut ended = false;
                if turn.is_none() {
                    let place = format!("{} {}", self.target, base.reached().fingerprint);
                    let waiting = self.desk.sudo_turn(&place);
                    let one = beside(waiting, &mut receiver, &mut ended).await;
                    *turn = Some(Turn { place, wrong: 0, _one: one });
                }
                let Some(turn) = turn.as_mut() else { continue };
                turn.wrong += u32::from(sent.take().is_some());
                let found = match self.desk.take_sudo(&turn.place, whose.as_deref()) {
                    Some(password) => Ok(password),
                    None => self.ask(turn, whose.as_deref(), &mut receiver, &mut ended).await,
                };
                let password = match found {
                    Ok(password) => password,
                    Err(why) => {
                        sender.close().await;
                        return Talked::No(NoChannel::Sudo(why));
                    }
                };
                let mut line = Zeroizing::new(password.expose_secret().as_bytes().to_vec());
                line.push(b'\n');
                if ended || !sender.write(&line).await {
                    // It was never sent: it is good for the question that comes next.
                    self.desk.keep_sudo(&turn.place, whose.as_deref(), password);
                    return Talked::Again;
                }
                sent = Some(Sent { whose, password });
                until = Instant::now() + self.silence;
            }
        }
    }

    /// Asks a person; `ended` becomes true when sudo did not wait for the reply.
    async fn ask(
        &self,
        turn: &Turn,
        whose: Option<&str>,
        receiver: &mut Receiver,
        ended: &mut bool,
    ) -> Result<SecretString, String> {
        let (host, whose) = (&self.host, whose.unwrap_or(&self.user));
        if turn.wrong >= WRONG_MAX {
            return Err(format!(
                "sudo on {host} did not take the password of {whose}, {WRONG_MAX} times; it is not tried again by \
                 itself, because an account may be locked after three. Nothing ran"
            ));
        }
        if !self.desk.is_staffed() {
            let before =
                if turn.wrong > 0 { ", and the one it had before is not right any more" } else { "" };
            return Err(format!(
                "sudo on {host} wants the password of {whose}{before}, and there is nobody to type it: run it with a \
                 terminal, or allow it there without one (NOPASSWD). Nothing ran"
            ));
        }
        let pause = Pause::new();
        let asking = async {
            let seat = self.desk.sit_for(&pause, host, &self.target).await;
            let kind = WantedKind::Sudo { whose: whose.to_owned() };
            seat.ask(Asks::Secret(Wanted { kind, echo: false, attempt: turn.wrong + 1 })).await
        };
        let Reply::Text(text) = beside(asking, receiver, ended).await else {
            return Err(format!(
                "sudo on {host} wants the password of {whose}, and it was not given. Nothing ran"
            ));
        };
        if text.expose_secret().contains(['\n', '\r', '\0']) {
            return Err(format!("a password for sudo on {host} cannot have a line end in it. Nothing ran"));
        }
        Ok(text)
    }

    fn silent(&self, said: &str) -> String {
        let Self { host, silence, .. } = self;
        format!(
            "sudo on {host} neither asked for a password as it was told to nor started a shell in {} s{}. Nothing ran",
            silence.as_secs_f32(),
            quoted(said)
        )
    }

    /// Returns why there is no shell of root, from how sudo ended and what it said (sudo 1.8 to 1.9, in English).
    fn refused(&self, said: &str, status: Option<i32>) -> String {
        let Self { host, user, .. } = self;
        let has = |words: &[&str]| words.iter().any(|words| said.contains(words));
        let missing = has(&[
            "sudo: not found",
            "sudo: command not found",
            "sudo: Command not found",
            "sudo: inaccessible",
        ]);
        let why = if status == Some(127) || (missing && status != Some(0)) {
            format!("there is no sudo on {host}: log in as root, or install it")
        } else if has(&["not in the sudoers file", "may not run sudo"]) {
            format!("{user} may not use sudo on {host}")
        } else if has(&["is not allowed to execute", "is not allowed to run"]) {
            format!(
                "sudo on {host} lets {user} run only some commands, and no shell: take `sudo` off the code block and \
                 write `sudo COMMAND` in it"
            )
        } else if has(&["must have a tty", "a terminal is required"]) {
            format!(
                "sudo on {host} works at a terminal only (requiretty), and a step has none: have \
                 `Defaults:{user} !requiretty` written into sudoers there"
            )
        } else if has(&["incorrect password attempt", "Authentication failure", "try again"]) {
            format!("sudo on {host} did not take the password")
        } else if status == Some(0) {
            format!(
                "{host} ran something else than sudo: a forced command, a login shell that runs nothing, or a start \
                 file of the shell"
            )
        } else {
            let status = status.filter(|code| *code >= 0).map(|code| format!(" with status {code}"));
            format!("sudo on {host} ended{} and started no shell", status.unwrap_or_default())
        };
        format!("{why}{}. Nothing ran", quoted(said))
    }
}

/// Does `task`, and notes meanwhile whether what the receiver belongs to has ended.
async fn beside<T>(task: impl Future<Output = T>, receiver: &mut Receiver, ended: &mut bool) -> T {
    tokio::pin!(task);
    loop {
        tokio::select! {
            // An end that is there is seen first: then nothing is sent to nobody.
            biased;
            message = receiver.next(), if !*ended => {
                *ended = matches!(
                    message,
                    None | Some(Wire::Status(_) | Wire::Signal(_) | Wire::Close | Wire::Refused)
                );
            }
            done = &mut task => return done,
        }
    }
}

/// Returns the end of what was said, harmless and short: in front of it are greetings and the lecture.
fn quoted(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(3)..).unwrap_or_default().join("; ");
    let shown: String = last.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if shown.is_empty() { String::new() } else { format!(" (it said: {shown})") }
}
