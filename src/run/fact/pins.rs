//! What a run is held to from its opening on: environment, hosts, secrets, the run above it.

use serde::{Deserialize, Serialize};

use crate::runbook::ids::BoxId;

fact! {
    /// The environment of a run.
    EnvironmentPin {
        /// Its name.
        name: String,
        /// Its colour, as the file says.
        colour: Option<String>,
        /// Lower-case hex SHA-256 of the environment file.
        file_sha: String,
        /// The time zone times are shown in.
        timezone: Option<String>,
        /// When the change window closes, as `HH:MM`.
        window: Option<String>,
        /// Where the log's heads are left on each host that the run touches: `syslog`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        witness: Option<String>,
    }
}

fact! {
    /// A host as the run was opened with it.
    HostPin {
        /// The role.
        role: String,
        /// The host's name.
        name: String,
        /// The account.
        user: String,
        /// The address or name that is dialled.
        address: String,
        /// The port.
        port: u16,
        /// The key file to log in with; none means the agent's keys, then the usual files.
        identity: Option<String>,
        /// The `known_hosts` file that stands for the user's own.
        known_hosts: Option<String>,
        /// By which way it is reached; nothing when it is dialled as it stands here.
        #[serde(default, skip_serializing_if = "WayPin::is_plain")]
        way: WayPin,
    }
}

fact! {
    /// By which way a host is reached.
    #[derive(Default)]
    WayPin {
        /// The name of the SSH configuration that it goes by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ssh: Option<SshPin>,
        /// What lay on the way to it when the run was opened, first what is passed first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        through: Vec<String>,
        /// The host that it is reached through, where the environment file says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jump: Option<Box<HostPin>>,
        /// Milliseconds between keepalive messages, where the environment file says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keepalive_ms: Option<u64>,
        /// Fingerprint of the key that it showed first in this run, once that is known. Never part of a fact.
        #[serde(skip)]
        key: Option<String>,
        /// The same of the hosts on the way: `user@address:port` and fingerprint. Never part of a fact.
        #[serde(skip)]
        hop_keys: Vec<(String, String)>,
    }
}

impl WayPin {
    /// Returns whether the host is dialled as it stands in its pin.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

fact! {
    /// A name of the SSH configuration.
    SshPin {
        /// The name.
        name: String,
        /// The configuration file that stands for the user's own and the machine's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        config: Option<String>,
        /// The port, if it is not the configuration's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    }
}

fact! {
    /// A secret of a run, as a reference.
    SecretPin {
        /// The variable.
        name: String,
        /// Where its value comes from: `env`, `prompt` or `command`.
        from: String,
        /// Whether its value is so short that it is neither redacted nor carried.
        short: bool,
    }
}

fact! {
    /// The run that opened a child run.
    Parent {
        /// Its id.
        run: String,
        /// The box whose link was followed; none for a rollback.
        in_box: Option<BoxId>,
        /// Whether the child is its rollback.
        rollback: bool,
    }
}
