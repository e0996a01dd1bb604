//! The methods that a person answers: questions of the host (RFC 4256) and a password (RFC 4252, 8).

use russh::client::{AuthResult, KeyboardInteractiveAuthResponse as Response};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Login, Outcome};
use crate::exec::question::{Asks, Reply, Wanted, WantedKind};
use crate::exec::ssh::desk::Seat;

/// Rounds of questions in one try; PAM needs two or three. More is a host that plays games.
const MOST_ROUNDS: usize = 16;
/// Questions in one round.
const MOST_QUESTIONS: usize = 16;

impl Login<'_> {
    /// Tries passwords until one is accepted, the person gives up or the host takes no more.
    pub(super) async fn password(&mut self) -> Outcome {
        let ways = self.ways;
        let held = ways.desk.password(ways.target, ways.host_key);
        let tries = ways.target.password_prompts.max(1);
        // One that was accepted earlier comes first and is no try.
        for (attempt, held) in held.map(|p| (0, Some(p))).into_iter().chain((1..=tries).map(|n| (n, None))) {
            let password = match held {
                Some(password) => password,
                None if ways.desk.is_staffed() => {
                    let seat = ways.desk.sit(ways.pause, ways.target).await;
                    match self.text(&seat, WantedKind::Password, false, attempt).await {
                        Some(password) => password,
                        None => break,
                    }
                }
                None => break,
            };
            let sent = password.expose_secret().to_owned();
            let result = self.session.authenticate_password(&ways.target.user, sent).await;
            let gone = matches!(
                &result,
                Ok(AuthResult::Failure { remaining_methods, partial_success: false }) if remaining_methods.is_empty()
            ) || result.is_err();
            match self.read(result.map_err(|error| error.to_string()), "a password") {
                Some(outcome) => {
                    ways.desk.keep_password(ways.target, ways.host_key, password);
                    return outcome;
                }
                // The host was not there any more to take it: it is good for the next line.
                None if gone && self.outwaited => {
                    ways.desk.keep_password(ways.target, ways.host_key, password);
                    break;
                }
                None => ways.desk.forget_password(ways.target, ways.host_key),
            }
            if self.is_over() || !self.takes("password") {
                break;
            }
        }
        Outcome::Exhausted
    }

    /// Lets the person answer the host's questions.
    pub(super) async fn answers(&mut self) -> Outcome {
        let ways = self.ways;
        if !ways.desk.is_staffed() {
            return Outcome::Exhausted;
        }
        for attempt in 1..=ways.target.password_prompts.max(1) {
            let start = self.session.authenticate_keyboard_interactive_start(&self.ways.target.user, None);
            let mut response = start.await.map_err(|error| error.to_string());
            for round in 0.. {
                let (name, instructions, prompts) = match response {
                    Ok(Response::InfoRequest { name, instructions, prompts }) => {
                        (name, instructions, prompts)
                    }
                    Ok(Response::Success) => {
                        return Outcome::Accepted("answers to the host's questions".to_owned());
                    }
                    Ok(Response::Failure { remaining_methods, partial_success }) => {
                        let failure = AuthResult::Failure { remaining_methods, partial_success };
                        match self.read(Ok(failure), "answers to the host's questions") {
                            Some(outcome) => return outcome,
                            None => break,
                        }
                    }
                    Err(why) => {
                        self.unusable.push(format!("answers to the host's questions: {why}"));
                        return Outcome::Exhausted;
                    }
                };
                if round == MOST_ROUNDS || prompts.len() > MOST_QUESTIONS {
                    self.unusable.push("answers to the host's questions: it asks without end".to_owned());
                    self.remaining = Some(russh::MethodSet::empty());
                    return Outcome::Exhausted;
                }
                let mut answers: Vec<String> = Vec::new();
                // The questions of one round stay together.
                let seat = ways.desk.sit(ways.pause, ways.target).await;
                for asked in prompts {
                    let (name, instructions, prompt) = (name.clone(), instructions.clone(), asked.prompt);
                    let kind = WantedKind::Answer { name, instructions, prompt };
                    let Some(answer) = self.text(&seat, kind, asked.echo, attempt).await else {
                        // The host waits for an answer: this line is of no use any more.
                        self.remaining = Some(russh::MethodSet::empty());
                        return Outcome::Exhausted;
                    };
                    answers.push(answer.expose_secret().to_owned());
                }
                drop(seat);
                let respond = self.session.authenticate_keyboard_interactive_respond(answers);
                response = respond.await.map_err(|error| error.to_string());
            }
            if self.is_over() || !self.takes("keyboard-interactive") {
                break;
            }
        }
        Outcome::Exhausted
    }

    /// Asks for a text; `None` when nobody gives it, which is noted.
    async fn text(
        &mut self,
        seat: &Seat<'_>,
        kind: WantedKind,
        echo: bool,
        attempt: u32,
    ) -> Option<SecretString> {
        let what = match kind {
            WantedKind::Password | WantedKind::Sudo { .. } => "a password",
            WantedKind::Passphrase { .. } => "a passphrase",
            WantedKind::Answer { .. } => "an answer to the host's question",
        };
        let reply = seat.ask(Asks::Secret(Wanted { kind, echo, attempt })).await;
        self.outwaited = true;
        let Reply::Text(text) = reply else {
            self.unusable.push(format!("{what}: it was not given"));
            return None;
        };
        Some(text)
    }
}
