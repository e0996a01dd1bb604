//! Logs a user in by the methods that the host and the configuration allow: keys and certificates of the agent and of
//! files, what the host asks, a password. Several may be wanted one after the other.
//!
//! Invariant: after a success nothing more is tried (russh would wait for ever). A secret is asked for only once the host
//! has said that it is worth something, and never without a person.

mod asked;
mod files;
mod hand;
mod keys;

use std::time::Duration;

use russh::client::{AuthResult, Handle};
use russh::{MethodKind, MethodSet};

use super::connect::Client;
use super::credentials::Credentials;
use super::desk::{Desk, Pause};
use super::host_keys::HostKey;
use crate::exec::target::Target;
use keys::Keys;

/// Methods that a host may want one after the other; more is a host that plays games.
const MOST_FACTORS: usize = 8;

/// What a login has to do with.
pub(super) struct Ways<'a> {
    pub(super) credentials: &'a Credentials,
    pub(super) desk: &'a Desk,
    pub(super) pause: &'a Pause,
    pub(super) target: &'a Target,
    /// The key that the host showed: a password is for it alone.
    pub(super) host_key: &'a HostKey,
    /// How long an agent may take to answer.
    pub(super) agent: Duration,
    /// How long an agent may take to sign: a person may have to touch a key.
    pub(super) touch: Duration,
}

/// Why nobody is logged in.
#[derive(Debug)]
pub(super) enum NoLogin {
    /// The sentence.
    Refused(String),
    /// The line went while a person was asked; what was answered is held, so that another line may do. The sentence.
    Outwaited(String),
}

/// How one method ended.
enum Outcome {
    Accepted(String),
    /// The host wants another factor on top of this one.
    Partial(String),
    Exhausted,
}

/// State of one login.
struct Login<'a> {
    session: &'a mut Handle<Client>,
    ways: &'a Ways<'a>,
    /// Methods that the host still takes; not known before its first refusal.
    remaining: Option<MethodSet>,
    /// What the host did not accept, for the refusal.
    tried: Vec<String>,
    /// What could not be tried, and why.
    unusable: Vec<String>,
    /// Whether a person was asked since the host last said something.
    outwaited: bool,
}

/// Logs the target's user in and returns what it was done with.
pub(super) async fn log_in(session: &mut Handle<Client>, ways: &Ways<'_>) -> Result<String, NoLogin> {
    let mut login =
        Login { session, ways, remaining: None, tried: Vec::new(), unusable: Vec::new(), outwaited: false };
    let target = ways.target;
    let methods = target.methods.to_try();
    let mut keys = Keys::default();
    if methods.contains(&"publickey") {
        keys = Keys::gather(&mut login).await;
    }
    if (methods.first() != Some(&"publickey") || keys.is_empty())
        && let Some(how) = login.ask_methods().await
    {
        return Ok(how);
    }
    let mut factors: Vec<String> = Vec::new();
    let mut exhausted: Vec<&str> = Vec::new();
    while factors.len() < MOST_FACTORS {
        let next = methods.iter().find(|name| !exhausted.contains(name) && login.takes(name));
        let Some(method) = next.copied().filter(|_| !login.is_over()) else { break };
        // Before anybody is asked anything, the host says what it takes.
        if method != "publickey" && login.remaining.is_none() {
            if let Some(how) = login.ask_methods().await {
                return Ok(how);
            }
            continue;
        }
        let outcome = match method {
            "publickey" => keys.try_next(&mut login).await,
            "password" => login.password().await,
            _ => login.answers().await,
        };
        match outcome {
            Outcome::Accepted(how) => {
                factors.push(how);
                return Ok(factors.join(", then "));
            }
            Outcome::Partial(how) => {
                factors.push(how);
                exhausted.clear();
            }
            Outcome::Exhausted => exhausted.push(method),
        }
    }
    Err(login.refusal(&factors))
}

impl Login<'_> {
    /// Asks which methods the host takes. Some host wants none at all.
    async fn ask_methods(&mut self) -> Option<String> {
        let result = self.session.authenticate_none(&self.ways.target.user).await;
        match self.read(result.map_err(|error| error.to_string()), "nothing") {
            Some(Outcome::Accepted(_)) => Some("nothing: the host asks for no proof".to_owned()),
            _ => {
                // A host that says nothing takes nothing.
                self.remaining.get_or_insert_with(MethodSet::empty);
                None
            }
        }
    }

    /// Returns whether the host still takes this method, as far as it is known.
    fn takes(&self, method: &str) -> bool {
        let kind = match method {
            "publickey" => MethodKind::PublicKey,
            "password" => MethodKind::Password,
            _ => MethodKind::KeyboardInteractive,
        };
        self.remaining.as_ref().is_none_or(|remaining| remaining.contains(&kind))
    }

    /// Returns whether the line is gone.
    fn is_over(&self) -> bool {
        self.session.is_closed() || self.remaining.as_ref().is_some_and(|remaining| remaining.is_empty())
    }

    /// Reads what came of trying `name`; `None` when it was refused or could not be tried, which is noted.
    fn read(&mut self, result: Result<AuthResult, String>, name: &str) -> Option<Outcome> {
        match result {
            Ok(AuthResult::Success) => return Some(Outcome::Accepted(name.to_owned())),
            Ok(AuthResult::Failure { remaining_methods, partial_success }) => {
                // Nothing remains when the line went instead of an answer.
                let gone = remaining_methods.is_empty() && !partial_success;
                self.remaining = Some(remaining_methods);
                if partial_success {
                    return Some(Outcome::Partial(name.to_owned()));
                }
                self.outwaited &= gone;
                if name != "nothing" && !(gone && self.outwaited) {
                    self.tried.push(name.to_owned());
                }
            }
            Err(why) => self.unusable.push(format!("{name}: {why}")),
        }
        None
    }

    fn refusal(self, factors: &[String]) -> NoLogin {
        let Self { session, ways, remaining, tried, unusable, outwaited } = self;
        let gone = session.is_closed() || remaining.as_ref().is_some_and(|remaining| remaining.is_empty());
        let who = format!("cannot log in to {} as {}", ways.target.name, ways.target.user);
        let list = if tried.is_empty() { "none".to_owned() } else { tried.join(", ") };
        let unusable = if unusable.is_empty() {
            String::new()
        } else {
            format!("; not usable: {}", unusable.join("; "))
        };
        let nobody = self_only(&remaining, ways);
        if gone && outwaited {
            return NoLogin::Outwaited(format!(
                "{who}: the host closed the connection while a question was open; start again to be asked again{unusable}"
            ));
        }
        if gone {
            return NoLogin::Refused(format!(
                "{who}: the host closed the connection during the login, perhaps after too many keys (name one as the \
                 host's identity); tried: {list}{unusable}"
            ));
        }
        if !factors.is_empty() {
            let more = remaining.map(|remaining| names(&remaining)).unwrap_or_default();
            return NoLogin::Refused(format!(
                "{who}: the host accepted {}, but wants another factor on top ({more}); tried: {list}{unusable}{nobody}",
                factors.join(", then ")
            ));
        }
        if tried.is_empty() && unusable.is_empty() && nobody.is_empty() {
            return NoLogin::Refused(format!("{who}: there is no key to try (no agent, no key file)"));
        }
        NoLogin::Refused(format!("{who}: no key was accepted; tried: {list}{unusable}{nobody}"))
    }
}

/// Says what only a person could have given.
fn self_only(remaining: &Option<MethodSet>, ways: &Ways<'_>) -> String {
    let Some(remaining) = remaining.as_ref().filter(|_| !ways.desk.is_staffed()) else {
        return String::new();
    };
    let wanted = [
        (MethodKind::Password, ways.target.methods.password, "a password"),
        (
            MethodKind::KeyboardInteractive,
            ways.target.methods.keyboard_interactive,
            "answers to its questions",
        ),
    ];
    let wanted: Vec<&str> = wanted
        .iter()
        .filter(|(kind, on, _)| *on && remaining.contains(kind))
        .map(|(.., word)| *word)
        .collect();
    if wanted.is_empty() {
        return String::new();
    }
    format!("; the host also takes {}, which nobody is here to type", wanted.join(" or "))
}

fn names(methods: &MethodSet) -> String {
    methods.iter().map(String::from).collect::<Vec<_>>().join(", ")
}
