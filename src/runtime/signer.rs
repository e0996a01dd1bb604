//! Signing facts: with a key of an ssh-agent, or of a file that was opened when the program started.
//!
//! Runs beside everything else: nobody waits for an agent but the fact that is to be signed. Invariant: what does not
//! verify against the allowed signers is not handed out.

pub mod agent;
pub mod find;
pub mod forwarded;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::sign::key::PublicKey;
use crate::sign::secret::SecretKey;
use crate::sign::signers::AllowedSigners;
use crate::sign::sshsig::{SshSig, message, signed_data};
use crate::sign::verify::{Unproven, verify};

/// How long an agent may take: somebody may have to find the key and touch it.
pub const TOUCH: Duration = Duration::from_secs(90);

/// Who holds the private key.
#[derive(Debug)]
pub enum Hand {
    /// The agent at this socket, under these bytes: those of the key, or of its certificate.
    Agent {
        /// The socket.
        socket: PathBuf,
        /// The bytes.
        blob: Vec<u8>,
    },
    /// This process.
    Key(Box<SecretKey>),
}

/// Why something is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// The agent did not.
    #[error("{0}")]
    Agent(String),
    /// It took too long.
    #[error("the agent did not sign within {0} s; was the key touched?")]
    Late(u64),
    /// The person gave up.
    #[error("given up")]
    GivenUp,
    /// The key cannot sign.
    #[error("the key cannot sign: {0}")]
    Key(String),
    /// The signature would prove nothing.
    #[error("{0}; see the file of allowed signers, or `gonogo key`")]
    Unproven(#[from] Unproven),
}

/// See the module. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Signer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    /// What stands in signatures: the key, or a certificate of it.
    shown: PublicKey,
    hand: Hand,
    allowed: Arc<AllowedSigners>,
    limit: Duration,
    give_up: Notify,
    busy: AtomicBool,
}

/// Says that somebody is signing, as long as it lives.
struct Busy<'a>(&'a AtomicBool);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Signer {
    /// Returns a signer for `name` who shows `shown`.
    #[must_use]
    pub fn new(
        name: &str,
        shown: PublicKey,
        hand: Hand,
        allowed: Arc<AllowedSigners>,
        limit: Duration,
    ) -> Self {
        let (give_up, busy) = (Notify::new(), AtomicBool::new(false));
        Self(Arc::new(Inner { name: name.to_owned(), shown, hand, allowed, limit, give_up, busy }))
    }

    /// Returns the name that its signatures prove.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the key, or the certificate, that stands in its signatures.
    #[must_use]
    pub fn shown(&self) -> &PublicKey {
        &self.0.shown
    }

    /// Returns whether an agent signs, who may keep people waiting.
    #[must_use]
    pub fn asks_agent(&self) -> bool {
        matches!(self.0.hand, Hand::Agent { .. })
    }

    /// Returns whether the agent that signs seems to be forwarded from another machine.
    #[must_use]
    pub fn seems_forwarded(&self) -> bool {
        matches!(&self.0.hand, Hand::Agent { socket, .. } if forwarded::seems_so_here(socket))
    }

    /// Ends the wait for an agent, if there is one.
    pub fn give_up(&self) {
        if self.0.busy.load(Ordering::Relaxed) {
            self.0.give_up.notify_one();
        }
    }

    /// Signs a body at `at`, in seconds of Unix; returns the armored signature, which proves the name.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub async fn sign(&self, body: &str, at: i64) -> Result<String, NotSigned> {
        self.0.busy.store(true, Ordering::Relaxed);
        let busy = Busy(&self.0.busy);
        let message = message(body);
        let signature = tokio::select! {
            biased;
            () = self.0.give_up.notified() => Err(NotSigned::GivenUp),
            signature = self.by_hand(signed_data(&message)) => signature,
        };
        drop(busy);
        let armored = SshSig::new(self.0.shown.blob(), &signature?).armor();
        verify(&armored, &message, &self.0.name, at, &self.0.allowed)?;
        Ok(armored)
    }

    async fn by_hand(&self, data: Vec<u8>) -> Result<Vec<u8>, NotSigned> {
        if let Hand::Agent { socket, blob } = &self.0.hand {
            let signing = tokio::time::timeout(self.0.limit, agent::sign(socket, blob, &data));
            return match signing.await {
                Err(_) => Err(NotSigned::Late(self.0.limit.as_secs())),
                Ok(signed) => signed.map_err(NotSigned::Agent),
            };
        }
        let inner = Arc::clone(&self.0);
        // RSA takes its time.
        let signing = tokio::task::spawn_blocking(move || match &inner.hand {
            Hand::Key(key) => key.sign(&data),
            Hand::Agent { .. } => Err("its agent holds it".to_owned()),
        });
        let signed = signing.await.map_err(|error| NotSigned::Key(error.to_string()))?;
        signed.map_err(NotSigned::Key)
    }
}
