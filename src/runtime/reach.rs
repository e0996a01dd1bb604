//! From a host as the record pins it to a host as `exec` reaches it, and back.

use std::time::Duration;

use crate::exec::target::Target;
use crate::exec::{Host, SshName, Trust, Way};
use crate::run::event::StepIntended;
use crate::run::fact::{HostPin, WayPin};
use crate::run::state::Run;

/// How the key of an embedded host is trusted: it is made with the host, and another one whenever that starts.
pub const EMBEDDED: &str = "the embedded host's own key";

/// Returns the host that `pin` means.
#[must_use]
pub fn reach(pin: &HostPin) -> Host {
    let way = &pin.way;
    let ssh = way.ssh.as_ref().map(|ssh| SshName {
        name: ssh.name.clone(),
        config: ssh.config.clone().map(Into::into),
        port: ssh.port,
        through: way.through.clone(),
    });
    Host {
        name: pin.name.clone(),
        user: pin.user.clone(),
        address: pin.address.clone(),
        port: pin.port,
        identity: pin.identity.clone().map(Into::into),
        known_hosts: pin.known_hosts.clone().map(Into::into),
        way: Way {
            ssh,
            jump: way.jump.as_deref().map(|jump| Box::new(reach(jump))),
            keepalive: way.keepalive_ms.map(Duration::from_millis),
            key: way.key.clone(),
            hop_keys: way.hop_keys.clone(),
        },
        sudo: false,
    }
}

/// Returns the host that an attempt runs on, as the one that it runs as.
#[must_use]
pub fn reach_for(pin: &HostPin, intent: &StepIntended) -> Host {
    Host { sudo: intent.sudo, ..reach(pin) }
}

/// Returns `pin` as it is resolved: user, address and port of `target`, and what lies on the way to it.
#[must_use]
pub fn resolved(pin: HostPin, target: &Target) -> HostPin {
    let way = WayPin { through: target.through(), ..pin.way };
    HostPin { user: target.user.clone(), address: target.hostname.clone(), port: target.port, way, ..pin }
}

/// Returns `pin` with the keys that its host and those on the way to it showed first in `run`, if it was reached already:
/// any other is refused.
#[must_use]
pub fn held(run: &Run, pin: HostPin) -> HostPin {
    let seen = run.reached(&pin.name).filter(|seen| seen.trusted != EMBEDDED);
    let key = seen.as_ref().map(|seen| seen.fingerprint.clone());
    let hops = seen.into_iter().flat_map(|seen| &seen.through);
    let hop_keys = hops.map(|hop| (hop.at.clone(), hop.fingerprint.clone())).collect();
    HostPin { way: WayPin { key, hop_keys, ..pin.way }, ..pin }
}

/// Returns who says that a host's key is trusted.
#[must_use]
pub fn trusted_by(trust: &Trust) -> String {
    match trust {
        Trust::KnownHosts { file, line } => format!("{file}:{line}"),
        Trust::Authority { file, line, id } => {
            format!("an authority vouches for it: {file}:{line}, certificate {id:?}")
        }
        Trust::Accepted => "accepted for this run".to_owned(),
        Trust::ThisMachine => "this machine itself".to_owned(),
        Trust::Pinned => EMBEDDED.to_owned(),
    }
}
