//! What signs for a key: the agent, the key itself, or a key file that is unlocked when the host wants its signature.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use russh::SendError;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::signature::Signer as _;
use russh::keys::ssh_encoding::Encode as _;
use russh::keys::ssh_key::private::KeypairData;
use russh::keys::ssh_key::{self, Signature};
use russh::keys::{HashAlg, PrivateKey, PublicKey};
use tokio::net::UnixStream;

use super::Ways;
use super::files;
use crate::exec::question::{Asks, Reply, Wanted, WantedKind};

/// How often a passphrase is asked for, as ssh does.
const PASSPHRASES: u32 = 3;

pub(super) type Agent = AgentClient<UnixStream>;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsigned {
    /// The agent or the key said no.
    #[error("{0}")]
    Refused(String),
    /// The agent does not answer in time: what it says later would be taken for something else.
    #[error("the agent did not sign within {0} s")]
    Late(f32),
    /// The line is gone.
    #[error("the connection was closed")]
    Gone,
}

impl From<SendError> for Unsigned {
    fn from(_: SendError) -> Self {
        Self::Gone
    }
}

/// See the module.
pub(super) enum Hand<'a> {
    /// The agent signs, within a limit in which a person may have to touch a key.
    Agent { agent: &'a mut Agent, identity: Box<AgentIdentity>, limit: Duration },
    /// The key signs.
    Key(Arc<PrivateKey>),
    /// The file is unlocked first.
    Locked { path: PathBuf, ways: &'a Ways<'a>, asked: &'a mut bool },
}

impl russh::Signer for Hand<'_> {
    type Error = Unsigned;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        hash: Option<HashAlg>,
        mut data: Vec<u8>,
    ) -> Result<Vec<u8>, Unsigned> {
        let refused = |error: ssh_key::Error| Unsigned::Refused(error.to_string());
        let key = match self {
            Self::Agent { agent, identity, limit } => {
                // By the identity that the agent told: it may hold the key of a certificate that lies in a file.
                let signed = tokio::time::timeout(*limit, agent.sign_request(identity, hash, data)).await;
                return signed
                    .map_err(|_| Unsigned::Late(limit.as_secs_f32()))?
                    .map_err(|error| Unsigned::Refused(format!("the agent did not sign: {error}")));
            }
            Self::Key(key) => key.clone(),
            Self::Locked { path, ways, asked } => unlock(path.clone(), ways, asked).await?,
        };
        let signature = sign(&key, hash, &data).map_err(refused)?;
        let encoded = Vec::<u8>::try_from(signature).map_err(refused)?;
        encoded.encode(&mut data).map_err(|error| Unsigned::Refused(error.to_string()))?;
        Ok(data)
    }
}

fn sign(key: &PrivateKey, hash: Option<HashAlg>, data: &[u8]) -> Result<Signature, ssh_key::Error> {
    Ok(match key.key_data() {
        KeypairData::Rsa(pair) => (pair, hash).try_sign(data)?,
        other => other.try_sign(data)?,
    })
}

/// Asks for the passphrase of a key file until it is right or not given. Another login may have unlocked it meanwhile.
pub(super) async fn unlock(
    path: PathBuf,
    ways: &Ways<'_>,
    asked: &mut bool,
) -> Result<Arc<PrivateKey>, Unsigned> {
    let file = path.display().to_string();
    if let Some(key) = ways.desk.key(&path) {
        return Ok(key);
    }
    if !ways.desk.is_staffed() {
        return Err(Unsigned::Refused(format!(
            "it needs a passphrase, which nobody is here to type: add it to ssh-agent (`ssh-add {file}`)"
        )));
    }
    let seat = ways.desk.sit(ways.pause, ways.target).await;
    if let Some(key) = ways.desk.key(&path) {
        return Ok(key);
    }
    for attempt in 1..=PASSPHRASES {
        let kind = WantedKind::Passphrase { file: file.clone() };
        let asks = Asks::Secret(Wanted { kind, echo: false, attempt });
        let answer = seat.ask(asks).await;
        *asked = true;
        let Reply::Text(passphrase) = answer else {
            return Err(Unsigned::Refused("its passphrase was not given".to_owned()));
        };
        let from = path.clone();
        // The key derivation takes 170 ms of a processor, by design.
        let unlocked = tokio::task::spawn_blocking(move || files::unlock(&from, &passphrase)).await;
        let key =
            unlocked.map_err(|error| Unsigned::Refused(error.to_string()))?.map_err(Unsigned::Refused)?;
        if let Some(key) = key {
            let key = Arc::new(key);
            ways.desk.keep_key(&path, key.clone());
            return Ok(key);
        }
    }
    Err(Unsigned::Refused(format!("its passphrase was wrong {PASSPHRASES} times")))
}

/// Returns the key that an identity of the agent stands for.
pub(super) fn public(identity: &AgentIdentity) -> PublicKey {
    identity.public_key().into_owned()
}
