//! Makes a connection: dial, key exchange with the host key judged, login. Each with its own time limit, which russh
//! does not have.
//!
//! A person is never waited for while a host waits: a new host key is asked about when the connection is closed again,
//! and a login whose host did not wait for a passphrase is begun anew with the key that was unlocked.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};

use russh::client::{self, DisconnectReason};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PublicKeyOrCertificate};
use russh::{Preferred, cipher};
use tokio::time::timeout;

use super::auth::{NoLogin, Ways, log_in};
use super::credentials::Credentials;
use super::desk::{Desk, Pause};
use super::dial::{ByteStream, DialError};
use super::host_keys::{Distrust, HostKey, HostKeys, Policy};
use super::line::Line;
use super::pipe::Said;
use super::record::record;
use crate::exec::engine::Settings;
use crate::exec::event::{Class, KeyAccepted, NotStarted, Trust};
use crate::exec::known_hosts::{Sought, Spot};
use crate::exec::question::{Asks, NewHostKey, Reply};
use crate::exec::target::{Strict, Target};

/// What the session's callbacks leave for the others.
#[derive(Default)]
pub(super) struct Shared {
    /// The host key that was shown, and the verdict on it.
    judged: Mutex<Option<(HostKey, Result<Trust, Distrust>)>>,
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
        let verdict = self.policy.judge(&self.name, shown);
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

/// Lets a person say whether a new key is the host's, or the configuration, and records it.
pub(super) async fn accept(
    desk: &Desk,
    target: &Target,
    key: HostKey,
    mut new: NewHostKey,
    why: NotStarted,
) -> Result<(), NotStarted> {
    let asked = target.strict != Strict::AcceptNew;
    let own = new.file.is_some();
    let (name, port) = target.key_name();
    let sought = Sought::new(name, port);
    // Kept until the answer is recorded: others who ask about this key find it then.
    let (pause, seat);
    let remember = if asked {
        new.reached = desk.reached();
        pause = Pause::new();
        seat = desk.sit(&pause, target).await;
        if desk.accepts(target, &key) {
            return Ok(());
        }
        match seat.ask(Asks::NewHostKey(new)).await {
            Reply::Accept => true,
            Reply::OnlyThisRun => false,
            _ if desk.is_staffed() => {
                let shown = format!("{} {}", key.kind, key.fingerprint());
                let why = format!(
                    "the new host key of {} ({shown}) was not accepted; nothing was sent",
                    target.name
                );
                return Err(NotStarted { class: Class::HostKey, why });
            }
            _ => return Err(why),
        }
    } else {
        true
    };
    let mut accepted = KeyAccepted {
        host: target.name.clone(),
        key_type: key.kind.clone(),
        fingerprint: key.fingerprint(),
        asked,
        recorded: None,
        not_recorded: None,
    };
    if let Some(file) = target.user_known_hosts.first().filter(|_| remember && own).cloned() {
        let (path, own, hash) = (file.clone(), key.clone(), target.hash_known_hosts);
        let written = tokio::task::spawn_blocking(move || record(&path, &sought, &own, hash)).await;
        let file = file.display().to_string();
        match written.map_err(std::io::Error::other).and_then(|result| result) {
            Ok(line) => accepted.recorded = Some(Spot { file, line }),
            Err(error) => accepted.not_recorded = Some(format!("{file} cannot be written: {error}")),
        }
    } else if remember {
        accepted.not_recorded = Some("the configuration names no known_hosts file to write to".to_owned());
    }
    desk.accept(target, key, accepted);
    Ok(())
}

/// What a connection is made with.
#[derive(Clone, Copy)]
pub(super) struct With<'a> {
    pub(super) settings: &'a Settings,
    pub(super) host_keys: &'a HostKeys,
    pub(super) credentials: &'a Credentials,
    pub(super) desk: &'a Desk,
    /// The fingerprint that the key must have, however trusted another is.
    pub(super) pinned: Option<&'a str>,
}

/// Why one connection came to nothing.
pub(super) enum Failed {
    For(NotStarted),
    /// The key is new: whoever accepts it ([`accept`]) may try again.
    Unknown {
        key: HostKey,
        new: Box<NewHostKey>,
        why: NotStarted,
    },
    /// The host did not wait for a person, whose answer is held now: another connection may do.
    Outwaited(NotStarted),
}

/// Connects to `target` over what `dialling` yields, and logs in.
pub(super) async fn connect(
    with: With<'_>,
    dialling: impl Future<Output = Dialled>,
    target: &Target,
) -> Result<Line, Failed> {
    let With { settings, host_keys, credentials, desk, pinned } = with;
    let unreachable = |why: String| Failed::For(NotStarted { class: Class::Host, why });
    let policy = host_keys.policy(target, desk.accepted(target), desk.now()).await.map_err(Failed::For)?;
    let config = Arc::new(config(settings, target, &policy));
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
    if let Some((key, Ok(_) | Err(Distrust::Unknown { .. }))) = &judged
        && let Some(pinned) = pinned.filter(|pinned| *pinned != key.fingerprint())
    {
        let why = format!(
            "{at} shows the host key {} {}, and showed {pinned} when this run first connected; nothing was sent",
            key.kind,
            key.fingerprint()
        );
        return Err(Failed::For(NotStarted { class: Class::Moved, why }));
    }
    let judged = match judged {
        Some((key, Err(Distrust::Unknown { new, why }))) => {
            return Err(Failed::Unknown { key, new, why: NotStarted { class: Class::HostKey, why } });
        }
        Some((_, Err(Distrust::Refused(why)))) => {
            return Err(Failed::For(NotStarted { class: Class::HostKey, why }));
        }
        Some((key, Ok(trust))) => Some((key, trust)),
        None => None,
    };
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
    let Some((key, trust)) = judged else {
        // No session without a judged key: a library that skipped the question is not believed.
        let why = format!("the host key of {at} was not checked");
        return Err(Failed::For(NotStarted { class: Class::HostKey, why }));
    };
    let pause = Pause::new();
    let ways = Ways {
        credentials,
        desk,
        pause: &pause,
        target,
        host_key: &key,
        agent: settings.agent,
        touch: settings.auth,
    };
    let late = || {
        let seconds = settings.auth.as_secs_f32();
        Err(NoLogin::Refused(format!("{at} did not finish the login within {seconds} s")))
    };
    let auth = pause.within(settings.auth, log_in(&mut session, &ways)).await.unwrap_or_else(late);
    let auth = auth.map_err(|no| {
        let failed = |why: String| {
            let said = shared.gone().filter(|said| !said.is_empty());
            let why = said.map(|said| format!("{why} ({said})")).unwrap_or(why);
            NotStarted { class: Class::Auth, why }
        };
        match no {
            NoLogin::Refused(why) => Failed::For(failed(why)),
            NoLogin::Outwaited(why) => Failed::Outwaited(failed(why)),
        }
    })?;
    desk.note_reached(&target.name);
    Ok(Line::new(session, shared, settings, key, trust, auth))
}

const CLOSED_AT_ONCE: &str =
    "it closed the connection at once (is this the SSH port; does sshd limit connections, MaxStartups?)";

fn explain(error: &russh::Error) -> String {
    match error {
        russh::Error::Disconnect | russh::Error::HUP => CLOSED_AT_ONCE.into(),
        // What was sent to a server that had closed already comes back as a reset.
        russh::Error::IO(error)
            if matches!(
                error.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
            ) =>
        {
            CLOSED_AT_ONCE.into()
        }
        russh::Error::IO(error) => format!("{error} (is this the SSH port?)"),
        russh::Error::Version => "what answers there is not SSH 2.0".into(),
        russh::Error::NoCommonAlgo { kind, theirs, .. } => {
            format!("no common algorithm of kind {kind:?}; the host offers {}", theirs.join(", "))
        }
        other => other.to_string(),
    }
}

fn config(settings: &Settings, target: &Target, policy: &Policy) -> client::Config {
    let keys = key_order(&policy.preferred());
    client::Config {
        client_id: russh::SshId::Standard(Cow::Borrowed(concat!(
            "SSH-2.0-gonogo_",
            env!("CARGO_PKG_VERSION")
        ))),
        // Memory per channel is this times 32 KiB.
        channel_buffer_size: 32,
        preferred: Preferred {
            host_key_certificates: if policy.wants_certificate() { keys.clone() } else { Vec::new() }.into(),
            key: keys.into(),
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
