//! Logs a user in: the key in memory, the agent's keys, key files; stops at the first success.
//!
//! Invariant: after a success nothing more is tried (russh would wait for ever).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::client::{AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey};

use super::connect::Client;
use super::credentials::Credentials;
use super::host_keys::HostKey;
use crate::exec::target::Target;

type Agent = AgentClient<tokio::net::UnixStream>;

/// One try.
enum Tried {
    Accepted,
    Refused,
    /// The server wants another factor on top.
    Partial,
    /// The key itself could not be used, or the line is gone; the sentence says so.
    Failed(String),
}

/// State of one login.
struct Login<'a> {
    session: &'a mut Handle<Client>,
    user: &'a str,
    /// What was tried, for the refusal.
    tried: Vec<String>,
    /// Keys that could not be tried, and why.
    unusable: Vec<String>,
    partial: bool,
}

/// Logs `target.user` in and returns what it was done with, or the sentence for the refusal.
pub(super) async fn log_in(
    session: &mut Handle<Client>,
    credentials: &Credentials,
    target: &Target,
) -> Result<String, String> {
    let mut login =
        Login { session, user: &target.user, tried: Vec::new(), unusable: Vec::new(), partial: false };
    if !target.identities_only
        && let Some(key) = &credentials.memory
        && let Some(how) = login.private(key.clone(), "in memory").await
    {
        return Ok(how);
    }
    if let Some(socket) = &target.agent {
        // A host's own key may be in the agent only, so the agent is asked for these keys.
        let files = target.identity_files.iter();
        let only: Option<Vec<PublicKey>> =
            target.identities_only.then(|| files.filter_map(|file| public_of(&file.path)).collect());
        if only.as_ref().is_none_or(|keys| !keys.is_empty())
            && let Some(how) = login.agent(socket, only.as_deref()).await
        {
            return Ok(how);
        }
    }
    for file in &target.identity_files {
        if login.partial || login.session.is_closed() {
            break;
        }
        if let Some(how) = login.file(&file.path, file.named).await {
            return Ok(how);
        }
    }
    Err(login.refusal(target))
}

impl Login<'_> {
    async fn agent(&mut self, socket: &Path, only: Option<&[PublicKey]>) -> Option<String> {
        let mut agent = match Agent::connect_uds(socket).await {
            Ok(agent) => agent,
            Err(error) => {
                self.unusable.push(format!("the agent at {}: {error}", socket.display()));
                return None;
            }
        };
        if let Some(binding) = self.session.agent_session_binding() {
            // Agents older than OpenSSH 8.9 do not know it; keys without constraints work all the same.
            drop(agent.bind_session(binding, false).await);
        }
        let identities = match agent.request_identities().await {
            Ok(identities) => identities,
            Err(error) => {
                self.unusable.push(format!("the agent at {}: {error}", socket.display()));
                return None;
            }
        };
        for identity in identities {
            let own = |key: &PublicKey| key.key_data() == identity.public_key().key_data();
            if only.is_some_and(|keys| !keys.iter().any(own)) {
                continue;
            }
            if self.partial || self.session.is_closed() {
                return None;
            }
            let name = name_of(&identity.public_key(), "agent");
            let tried = self.agent_identity(&mut agent, identity).await;
            if let Some(how) = self.note(tried, name) {
                return Some(how);
            }
        }
        None
    }

    async fn agent_identity(&mut self, agent: &mut Agent, identity: AgentIdentity) -> Tried {
        let hash = match self.hash_for(&identity.public_key()).await {
            Ok(hash) => hash,
            Err(error) => return Tried::Failed(error),
        };
        let result = match identity {
            AgentIdentity::PublicKey { key, .. } => {
                self.session.authenticate_publickey_with(self.user, key, hash, agent).await
            }
            AgentIdentity::Certificate { certificate, .. } => {
                self.session.authenticate_certificate_with(self.user, certificate, hash, agent).await
            }
        };
        read(result.map_err(|error| error.to_string()))
    }

    async fn file(&mut self, path: &Path, demanded: bool) -> Option<String> {
        let shown = path.display();
        let from = path.to_owned();
        let loaded = tokio::task::spawn_blocking(move || russh::keys::load_secret_key(from, None)).await;
        let key = match loaded {
            Ok(Ok(key)) => Arc::new(key),
            Ok(Err(russh::keys::Error::KeyIsEncrypted)) => {
                self.unusable
                    .push(format!("{shown} needs a passphrase: add it to ssh-agent (`ssh-add {shown}`)"));
                return None;
            }
            Ok(Err(russh::keys::Error::IO(error)))
                if error.kind() == std::io::ErrorKind::NotFound && !demanded =>
            {
                return None;
            }
            Ok(Err(error)) => {
                self.unusable.push(format!("{shown}: {error}"));
                return None;
            }
            Err(error) => {
                self.unusable.push(format!("{shown}: {error}"));
                return None;
            }
        };
        self.private(key, &shown.to_string()).await
    }

    async fn private(&mut self, key: Arc<PrivateKey>, origin: &str) -> Option<String> {
        let name = name_of(key.public_key(), origin);
        let hash = match self.hash_for(key.public_key()).await {
            Ok(hash) => hash,
            Err(error) => return self.note(Tried::Failed(error), name),
        };
        let result =
            self.session.authenticate_publickey(self.user, PrivateKeyWithHashAlg::new(key, hash)).await;
        self.note(read(result.map_err(|error| error.to_string())), name)
    }

    /// RSA keys sign with SHA-2 or not at all: `ssh-rsa` signatures are SHA-1.
    async fn hash_for(&self, key: &PublicKey) -> Result<Option<HashAlg>, String> {
        if !key.algorithm().is_rsa() {
            return Ok(None);
        }
        let best = self.session.best_supported_rsa_hash().await.map_err(|error| error.to_string())?;
        Ok(Some(best.flatten().unwrap_or(HashAlg::Sha512)))
    }

    fn note(&mut self, tried: Tried, name: String) -> Option<String> {
        match tried {
            Tried::Accepted => return Some(name),
            Tried::Refused => self.tried.push(name),
            Tried::Partial => {
                self.partial = true;
                self.tried.push(name);
            }
            Tried::Failed(why) => self.unusable.push(format!("{name}: {why}")),
        }
        None
    }

    fn refusal(self, target: &Target) -> String {
        let who = format!("{} as {}", target.name, target.user);
        let tried = if self.tried.is_empty() { "none".to_owned() } else { self.tried.join(", ") };
        let unusable = if self.unusable.is_empty() {
            String::new()
        } else {
            format!("; not usable: {}", self.unusable.join("; "))
        };
        if self.partial {
            return format!(
                "cannot log in to {who}: the key was accepted, but the host wants another factor, which is not supported yet ({tried})"
            );
        }
        if self.session.is_closed() {
            return format!(
                "cannot log in to {who}: the host closed the connection during the login, perhaps after too many keys \
                 (name one as the host's identity); keys tried: {tried}{unusable}"
            );
        }
        if self.tried.is_empty() && self.unusable.is_empty() {
            return format!("cannot log in to {who}: there is no key to try (no agent, no key file)");
        }
        format!("cannot log in to {who}: no key was accepted; keys tried: {tried}{unusable}")
    }
}

fn read(result: Result<AuthResult, String>) -> Tried {
    match result {
        Ok(AuthResult::Success) => Tried::Accepted,
        Ok(AuthResult::Failure { partial_success: true, .. }) => Tried::Partial,
        Ok(AuthResult::Failure { .. }) => Tried::Refused,
        Err(error) => Tried::Failed(error),
    }
}

fn name_of(key: &PublicKey, origin: &str) -> String {
    match HostKey::from_public(key) {
        Ok(key) => format!("{} {} ({origin})", key.kind, key.fingerprint()),
        Err(_) => format!("a key ({origin})"),
    }
}

/// Returns the public half of a key file, from `FILE.pub` or the file itself: an encrypted one shows it too.
fn public_of(path: &Path) -> Option<PublicKey> {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    russh::keys::load_public_key(PathBuf::from(name)).ok().or_else(|| {
        let text = std::fs::read_to_string(path).ok()?;
        Some(PrivateKey::from_openssh(text).ok()?.public_key().clone())
    })
}
