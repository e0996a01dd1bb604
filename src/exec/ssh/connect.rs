//! Makes a connection: dial, key exchange with the host key judged, login. Each with its own time limit, which russh
//! does not have.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use russh::client::{self, DisconnectReason};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKeyOrCertificate};
use russh::{Preferred, cipher};
use tokio::time::timeout;

use super::auth::log_in;
use super::credentials::Credentials;
use super::dial::{ByteStream, DialError};
use super::host_keys::{HostKey, HostKeys, Policy};
use super::line::Line;
use super::pipe::Said;
use crate::exec::engine::Settings;
use crate::exec::event::{Class, NotStarted, Trust};
use crate::exec::target::Target;

/// What the session's callbacks leave for the others.
#[derive(Default)]
pub(super) struct Shared {
    /// The host key that was shown, and the verdict on it.
    judged: Mutex<Option<(HostKey, Result<Trust, String>)>>,
    /// Why the session ended, if it did not end by itself.
    gone: Mutex<Option<String>>,
}

impl Shared {
    /// Returns why the line was cut, as far as it is known.
    pub(super) fn gone(&self) -> Option<String> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The callbacks of a session.
pub(super) struct Client {
    name: String,
    policy: Policy,
    shared: Arc<Shared>,
}

impl client::Handler for Client {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        let key = HostKey::from_public(&shown.public_key())?;
        // Certificates are not asked for, so a server that sends one all the same is not judged by its key.
        let verdict = if shown.certificate().is_some() {
            Err(format!("{} shows a host certificate, which is not supported; nothing was sent", self.name))
        } else {
            self.policy.judge(&self.name, &key)
        };
        let trusted = verdict.is_ok();
        *self.shared.judged.lock().unwrap_or_else(PoisonError::into_inner) = Some((key, verdict));
        Ok(trusted)
    }

    async fn disconnected(&mut self, reason: DisconnectReason<russh::Error>) -> Result<(), russh::Error> {
        let why = match &reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                format!("the host ended the connection: {}", info.message)
            }
            DisconnectReason::Error(russh::Error::KeepaliveTimeout) => "the host answers no more".to_owned(),
            DisconnectReason::Error(russh::Error::Disconnect) => "the connection was closed".to_owned(),
            DisconnectReason::Error(error) => format!("the connection broke: {error}"),
        };
        self.shared.gone.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        match reason {
            DisconnectReason::ReceivedDisconnect(_) => Ok(()),
            DisconnectReason::Error(error) => Err(error),
        }
    }
}

/// What dialling yields: the stream, and the voice of the command behind it.
pub(super) type Dialled = Result<(Box<dyn ByteStream>, Option<Said>), DialError>;

/// Connects to `target` over what `dialling` yields, and logs in. A key with another fingerprint than `pinned` is
/// refused, however trusted it is.
pub(super) async fn connect(
    settings: &Settings,
    dialling: impl Future<Output = Dialled>,
    host_keys: &HostKeys,
    credentials: &Credentials,
    target: &Target,
    pinned: Option<&str>,
) -> Result<Line, NotStarted> {
    let unreachable = |why: String| NotStarted { class: Class::Host, why };
    let policy = host_keys.policy(target).await?;
    let config = Arc::new(config(settings, target, &policy.preferred()));
    let limit = target.connect_timeout.unwrap_or(settings.connect);
    let seconds = limit.as_secs_f32();
    let at = format!("{} ({})", target.name, target.address());
    let begun = tokio::time::Instant::now();
    let (stream, said) = timeout(limit, dialling)
        .await
        .map_err(|_| unreachable(format!("{at} did not answer within {seconds} s")))?
        .map_err(|error| unreachable(format!("cannot reach {}: {error}", target.name)))?;
    let shared = Arc::new(Shared::default());
    let handler = Client { name: target.name.clone(), policy, shared: shared.clone() };
    let left = limit.saturating_sub(begun.elapsed());
    let connected = timeout(left, client::connect_stream(config, stream, handler)).await;
    let judged = shared.judged.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((_, Err(why))) = judged {
        return Err(NotStarted { class: Class::HostKey, why });
    }
    let mut session = match connected {
        Ok(Ok(session)) => session,
        other => {
            let why = match other {
                Ok(Err(error)) => format!("cannot speak SSH with {at}: {}", explain(&error)),
                _ => format!("{at} took the connection but sent no SSH greeting or key within {seconds} s"),
            };
            let said = match said {
                Some(said) => said.words().await,
                None => String::new(),
            };
            return Err(unreachable(why + &said));
        }
    };
    let Some((key, Ok(trust))) = judged else {
        // No session without a judged key: a library that skipped the question is not believed.
        return Err(NotStarted {
            class: Class::HostKey,
            why: format!("the host key of {at} was not checked"),
        });
    };
    if let Some(pinned) = pinned.filter(|pinned| *pinned != key.fingerprint()) {
        let why = format!(
            "{at} shows the host key {} {}, and showed {pinned} when this run first connected; nothing was sent",
            key.kind,
            key.fingerprint()
        );
        return Err(NotStarted { class: Class::Moved, why });
    }
    let auth = timeout(settings.auth, log_in(&mut session, credentials, target))
        .await
        .map_err(|_| format!("{at} did not finish the login within {} s", settings.auth.as_secs_f32()))
        .and_then(|result| result)
        .map_err(|why| NotStarted { class: Class::Auth, why })?;
    Ok(Line::new(session, shared, settings, key, trust, auth))
}

fn explain(error: &russh::Error) -> String {
    match error {
        russh::Error::Disconnect | russh::Error::HUP => {
            "it closed the connection at once (is this the SSH port; does sshd limit connections, MaxStartups?)".into()
        }
        russh::Error::IO(error) => format!("{error} (is this the SSH port?)"),
        russh::Error::Version => "what answers there is not SSH 2.0".into(),
        russh::Error::NoCommonAlgo { kind, theirs, .. } => {
            format!("no common algorithm of kind {kind:?}; the host offers {}", theirs.join(", "))
        }
        other => other.to_string(),
    }
}

fn config(settings: &Settings, target: &Target, recorded: &[String]) -> client::Config {
    client::Config {
        client_id: russh::SshId::Standard(Cow::Borrowed(concat!(
            "SSH-2.0-gonogo_",
            env!("CARGO_PKG_VERSION")
        ))),
        // Memory per channel is this times 32 KiB.
        channel_buffer_size: 32,
        preferred: Preferred {
            key: key_order(recorded).into(),
            cipher: cipher_order().into(),
            ..Preferred::DEFAULT
        },
        // Alone it would end healthy commands that are silent.
        inactivity_timeout: None,
        keepalive_interval: Some(target.keepalive.unwrap_or(settings.keepalive)),
        keepalive_max: target.keepalive_max.unwrap_or(settings.keepalive_max),
        nodelay: true,
        ..client::Config::default()
    }
}

/// Recorded types first: a host with keys of several types shows only the one that both like best. SHA-1 signatures
/// are not asked for.
fn key_order(recorded: &[String]) -> Vec<Algorithm> {
    let rsa = |hash| Algorithm::Rsa { hash: Some(hash) };
    let all = [
        Algorithm::Ed25519,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
        rsa(HashAlg::Sha512),
        rsa(HashAlg::Sha256),
    ];
    let kind = |algorithm: &Algorithm| {
        if matches!(algorithm, Algorithm::Rsa { .. }) {
            "ssh-rsa".to_owned()
        } else {
            algorithm.as_str().to_owned()
        }
    };
    let (mut first, rest): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|algorithm| recorded.contains(&kind(algorithm)));
    first.extend(rest);
    first
}

/// AES-GCM is the fastest where the processor has AES instructions.
fn cipher_order() -> Vec<cipher::Name> {
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    let fast = std::arch::is_x86_feature_detected!("aes");
    #[cfg(target_arch = "aarch64")]
    let fast = std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
    let fast = false;
    let mut order = vec![cipher::CHACHA20_POLY1305, cipher::AES_256_GCM];
    if fast {
        order.reverse();
    }
    order.extend([cipher::AES_256_CTR, cipher::AES_192_CTR, cipher::AES_128_CTR]);
    order
}
