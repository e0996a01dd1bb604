//! The keys that can be tried, in the order of ssh: certificates of files, the agent's keys with the named ones first,
//! key files. Each is offered once; what the host does not know is not asked a passphrase for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::keys::agent::AgentIdentity;
use russh::keys::{Certificate, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey};

use super::files::{self, Found, KeyFile};
use super::hand::{self, Agent, Hand, Unsigned};
use super::{Login, Outcome};
use crate::exec::ssh::host_keys::HostKey;
use crate::exec::target::IdentityFile;

/// Who signs.
enum Holder {
    /// The key in memory.
    Memory(Arc<PrivateKey>),
    /// This identity of the agent.
    Agent(Box<AgentIdentity>),
    /// This file.
    File(PathBuf, Option<Arc<PrivateKey>>),
}

/// A key to offer.
struct Candidate {
    public: Option<PublicKey>,
    certificate: Option<Certificate>,
    holder: Holder,
    origin: String,
}

/// See the module.
#[derive(Default)]
pub(super) struct Keys {
    agent: Option<Agent>,
    left: std::collections::VecDeque<Candidate>,
}

/// What the files hold.
#[derive(Default)]
struct OnDisk {
    files: Vec<KeyFile>,
    publics: Vec<PublicKey>,
    certificates: Vec<(PathBuf, Certificate)>,
    unusable: Vec<String>,
}

impl Keys {
    /// Finds what there is to try.
    pub(super) async fn gather(login: &mut Login<'_>) -> Self {
        let target = login.ways.target;
        let (identities, certificates) = (target.identity_files.clone(), target.certificate_files.clone());
        let read = tokio::task::spawn_blocking(move || OnDisk::read(&identities, &certificates)).await;
        let mut disk = read.unwrap_or_default();
        login.unusable.append(&mut disk.unusable);
        let mut agent = None;
        let mut identities = Vec::new();
        if let Some(socket) = &target.agent {
            match reach(socket, login).await {
                Ok((reached, found)) => (agent, identities) = (Some(reached), found),
                Err(why) => login.unusable.push(format!("the agent at {}: {why}", socket.display())),
            }
        }
        let named = |public: &PublicKey| disk.publics.iter().any(|own| same(own, public));
        if target.identities_only {
            identities.retain(|identity| named(&hand::public(identity)));
        }
        identities.sort_by_key(|identity| !named(&hand::public(identity)));
        let mut left = std::collections::VecDeque::new();
        if !target.identities_only
            && let Some(key) = &login.ways.credentials.memory
        {
            let public = Some(key.public_key().clone());
            let holder = Holder::Memory(key.clone());
            left.push_back(Candidate { public, certificate: None, holder, origin: "in memory".to_owned() });
        }
        for (path, certificate) in std::mem::take(&mut disk.certificates) {
            let own = PublicKey::from(certificate.public_key().clone());
            let plain = |identity: &&AgentIdentity| matches!(identity, AgentIdentity::PublicKey { key, .. } if same(key, &own));
            let file = disk.files.iter().find(|file| file.public.as_ref().is_some_and(|key| same(key, &own)));
            let holder = match (identities.iter().find(plain), file) {
                (Some(identity), _) => Holder::Agent(Box::new(identity.clone())),
                (None, Some(file)) => Holder::File(file.path.clone(), file.key.clone()),
                (None, None) => {
                    let why = "neither the agent nor a key file has its key";
                    login.unusable.push(format!("the certificate {}: {why}", path.display()));
                    continue;
                }
            };
            let origin = path.display().to_string();
            left.push_back(Candidate { public: Some(own), certificate: Some(certificate), holder, origin });
        }
        for identity in &identities {
            let certificate = match identity {
                AgentIdentity::Certificate { certificate, .. } => Some(certificate.clone()),
                AgentIdentity::PublicKey { .. } => None,
            };
            let public = Some(hand::public(identity));
            let holder = Holder::Agent(Box::new(identity.clone()));
            left.push_back(Candidate { public, certificate, holder, origin: "agent".to_owned() });
        }
        for file in disk.files {
            let held = |identity: &AgentIdentity| {
                file.public.as_ref().is_some_and(|public| same(public, &hand::public(identity)))
            };
            if identities.iter().any(held) {
                continue;
            }
            let origin = file.path.display().to_string();
            let holder = Holder::File(file.path, file.key);
            left.push_back(Candidate { public: file.public, certificate: None, holder, origin });
        }
        Self { agent, left }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Offers one key after the other until one is accepted.
    pub(super) async fn try_next(&mut self, login: &mut Login<'_>) -> Outcome {
        while let Some(candidate) = self.left.pop_front() {
            if let Some(outcome) = candidate.offer(login, &mut self.agent).await {
                return outcome;
            }
            if login.is_over() || !login.takes("publickey") {
                break;
            }
        }
        Outcome::Exhausted
    }
}

impl Candidate {
    async fn offer(self, login: &mut Login<'_>, held: &mut Option<Agent>) -> Option<Outcome> {
        let ways = login.ways;
        let user = &ways.target.user;
        let mut asked = false;
        let public = match (self.public, &self.holder) {
            (Some(public), _) => public,
            // Only the passphrase tells which key it is.
            (None, Holder::File(path, _)) => match hand::unlock(path.clone(), ways, &mut asked).await {
                Ok(key) => key.public_key().clone(),
                Err(why) => {
                    login.outwaited |= asked;
                    login.unusable.push(format!("{}: {why}", self.origin));
                    return None;
                }
            },
            (None, _) => return None,
        };
        let name = name_of(&public, self.certificate.as_ref(), &self.origin, ways.desk.now());
        let hash = match hash_for(login, &public).await {
            Ok(hash) => hash,
            Err(why) => {
                login.unusable.push(format!("{name}: {why}"));
                return None;
            }
        };
        let mut hand = match (self.holder, held.as_mut()) {
            (Holder::Memory(key), _) => {
                let key = PrivateKeyWithHashAlg::new(key, hash);
                let result = login.session.authenticate_publickey(user, key).await;
                return login.read(result.map_err(|error| error.to_string()), &name);
            }
            (Holder::Agent(identity), Some(agent)) => Hand::Agent { agent, identity, limit: ways.touch },
            (Holder::Agent(_), None) => return None,
            (Holder::File(_, Some(key)), _) => Hand::Key(key),
            (Holder::File(path, None), _) => Hand::Locked { path, ways, asked: &mut asked },
        };
        let result = match self.certificate {
            Some(certificate) => {
                login.session.authenticate_certificate_with(user, certificate, hash, &mut hand).await
            }
            None => login.session.authenticate_publickey_with(user, public, hash, &mut hand).await,
        };
        drop(hand);
        login.outwaited |= asked;
        if matches!(result, Err(Unsigned::Late(_))) {
            *held = None;
        }
        match result {
            // What was unlocked is held: another line may do.
            Err(Unsigned::Gone) if asked => {
                login.remaining = Some(russh::MethodSet::empty());
                None
            }
            other => login.read(other.map_err(|error| error.to_string()), &name),
        }
    }
}

impl OnDisk {
    fn read(identities: &[IdentityFile], certificates: &[PathBuf]) -> Self {
        let mut out = Self::default();
        for IdentityFile { path, named } in identities {
            let shown = path.display();
            match files::read(path) {
                Found::File(file) => {
                    out.publics.extend(file.public.clone());
                    out.files.push(file);
                }
                Found::Public(public, why) => {
                    out.publics.push(public);
                    out.unusable.extend(why.map(|why| format!("{shown}: {why}")));
                }
                Found::Missing if *named => out.unusable.push(format!("{shown}: no such file")),
                Found::Missing => {}
                Found::Unusable(why) => out.unusable.push(format!("{shown}: {why}")),
            }
        }
        let beside = identities.iter().map(|file| (files::with(&file.path, "-cert.pub"), false));
        let named = certificates.iter().map(|path| (path.clone(), true));
        for (path, named) in named.chain(beside) {
            if out.certificates.iter().any(|(known, _)| *known == path) {
                continue;
            }
            match files::certificate(&path) {
                Ok(Some(certificate)) => {
                    out.publics.push(PublicKey::from(certificate.public_key().clone()));
                    out.certificates.push((path, certificate));
                }
                Ok(None) if named => {
                    out.unusable.push(format!("the certificate {}: no such file", path.display()));
                }
                Ok(None) => {}
                Err(why) => out.unusable.push(format!("the certificate {}: {why}", path.display())),
            }
        }
        out
    }
}

/// Reaches the agent and asks for its keys, within the limit for what needs no person.
async fn reach(socket: &Path, login: &mut Login<'_>) -> Result<(Agent, Vec<AgentIdentity>), String> {
    let limit = login.ways.agent;
    let asking = async {
        let mut agent = Agent::connect_uds(socket).await.map_err(|error| error.to_string())?;
        if let Some(binding) = login.session.agent_session_binding() {
            // Agents older than OpenSSH 8.9 do not know it; keys without constraints work all the same.
            drop(agent.bind_session(binding, false).await);
        }
        let identities = agent.request_identities().await.map_err(|error| error.to_string())?;
        Ok((agent, identities))
    };
    let late = |_| format!("it does not answer within {} s", limit.as_secs_f32());
    tokio::time::timeout(limit, asking).await.map_err(late).and_then(|result| result)
}

/// RSA keys sign with SHA-2 or not at all: `ssh-rsa` signatures are SHA-1.
async fn hash_for(login: &Login<'_>, key: &PublicKey) -> Result<Option<HashAlg>, String> {
    if !key.algorithm().is_rsa() {
        return Ok(None);
    }
    let best = login.session.best_supported_rsa_hash().await.map_err(|error| error.to_string())?;
    Ok(Some(best.flatten().unwrap_or(HashAlg::Sha512)))
}

fn same(one: &PublicKey, other: &PublicKey) -> bool {
    one.key_data() == other.key_data()
}

fn name_of(key: &PublicKey, certificate: Option<&Certificate>, origin: &str, now: u64) -> String {
    let key = match HostKey::from_public(key) {
        Ok(key) => format!("{} {}", key.kind, key.fingerprint()),
        Err(_) => "a key".to_owned(),
    };
    let Some(certificate) = certificate else { return format!("{key} ({origin})") };
    let validity = match now {
        0 => "",
        now if now < certificate.valid_after() => ", not valid yet",
        now if now >= certificate.valid_before() => ", expired",
        _ => "",
    };
    format!("certificate {:?}{validity} of {key} ({origin})", certificate.key_id())
}
