//! Facts of hosts: reached, refused, lost, chosen for a step.

use serde::{Deserialize, Serialize};

use super::{HostPin, Who};
use crate::runbook::ids::StepId;

fact! {
    /// `host.chosen`: where a step runs that does not say so itself.
    HostChosen {
        /// Who chose.
        who: Who,
        /// The step.
        step: StepId,
        /// The host's name.
        host: String,
    }
}

fact! {
    /// `host.connected`.
    HostConnected {
        /// The host's name.
        host: String,
        /// The account.
        user: String,
        /// The address that was dialled.
        address: String,
        /// The port.
        port: u16,
        /// The host key's type.
        key_type: String,
        /// Its fingerprint, as `SHA256:…`.
        fingerprint: String,
        /// How it was trusted.
        trusted: String,
        /// What the host said of itself: system, shell.
        about: String,
        /// The run's directory on it.
        dir: String,
        /// What tells this directory from one that is made later in its place.
        born: String,
        /// Whether it is root's directory, reached through sudo.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        sudo: bool,
        /// The hosts that were passed on the way, first what is dialled first.
        #[serde(default, skip_serializing_if = "<[HopSeen]>::is_empty")]
        through: Box<[HopSeen]>,
    }
}

fact! {
    /// A host that was passed on the way to another.
    HopSeen {
        /// `user@address:port`.
        at: String,
        /// Its key's type.
        key_type: String,
        /// Its key's fingerprint, as `SHA256:…`.
        fingerprint: String,
    }
}

fact! {
    /// `host.key_refused`.
    HostKeyRefused {
        /// The host's name.
        host: String,
        /// Why.
        why: String,
        /// The fingerprint it showed.
        fingerprint: Option<String>,
    }
}

fact! {
    /// `host.key_accepted`.
    HostKeyAccepted {
        /// Who said so; none when the SSH configuration did (`StrictHostKeyChecking accept-new`).
        who: Option<Who>,
        /// The host's name.
        host: String,
        /// The type of its key.
        key_type: String,
        /// The fingerprint it showed.
        fingerprint: String,
        /// The file and line that it is recorded in now; none if it counts for one session only.
        recorded: Option<String>,
        /// Why it is not recorded though it should be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_recorded: Option<String>,
    }
}

fact! {
    /// `host.lost`.
    HostLost {
        /// The host's name.
        host: String,
        /// What was seen.
        why: String,
    }
}

fact! {
    /// `host.repinned`.
    HostRepinned {
        /// Who accepted it.
        who: Who,
        /// Where it was, in words.
        before: String,
        /// The fingerprint of the key that it showed first; none if it was never reached.
        before_key: Option<String>,
        /// The hosts on the way to it, and the keys that they showed first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        before_through: Vec<HopSeen>,
        /// The host as the run knows it from here on; which key it shows is known when it is reached.
        pin: HostPin,
    }
}
