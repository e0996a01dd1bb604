//! One host of an environment: `user@host[:port]` or a map; pure.

use crate::config::environment::read::plain;
use crate::runbook::hosts::{self, HostSpec, SSH_PORT};
use crate::runbook::yaml::{Node, Reader, Value};

/// A host that steps run on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// What people call it; unique in its environment, one name for one target.
    pub name: String,
    /// The account.
    pub user: String,
    /// What is dialled: a name or an address.
    pub address: String,
    /// The port.
    pub port: u16,
    /// The key file, as written.
    pub identity: Option<String>,
    /// The known-hosts file, as written.
    pub known_hosts: Option<String>,
}

/// Keys that are understood.
pub const KNOWN: [&str; 6] = ["host", "address", "user", "port", "identity", "known_hosts"];
/// Keys that the format has and nothing enforces yet.
pub const LATER: [&str; 1] = ["jump"];

impl Host {
    /// Returns the host that the bare words `user@host[:port]` mean; it is called by its address.
    #[must_use]
    pub fn of(spec: HostSpec) -> Self {
        let HostSpec { user, address, port } = spec;
        Self { name: address.clone(), user, address, port, identity: None, known_hosts: None }
    }

    /// Returns the host as `user@address`, with the port unless it is 22.
    #[must_use]
    pub fn target(&self) -> String {
        let address =
            if self.address.contains(':') { format!("[{}]", self.address) } else { self.address.clone() };
        let port = if self.port == SSH_PORT { String::new() } else { format!(":{}", self.port) };
        format!("{}@{address}{port}", self.user)
    }
}

/// Reads one host.
pub fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Host> {
    if let Value::Text(text) = &node.value {
        return match hosts::parse(text) {
            Ok(spec) => Some(Host::of(spec)),
            Err(why) => {
                reader.error("bad-host", node, why);
                None
            }
        };
    }
    let mut fields = Fields::default();
    for (key, name, value) in reader.entries(node, "a host") {
        match name.as_str() {
            "host" => fields.name = checked(value, "`host`", hosts::check_name, reader),
            "address" => fields.address = checked(value, "`address`", hosts::check_address, reader),
            "user" => fields.user = checked(value, "`user`", hosts::check_user, reader),
            "port" => {
                let text = reader.text(value, "`port`")?;
                match hosts::check_port(&text) {
                    Ok(port) => fields.port = port,
                    Err(why) => reader.error("bad-port", value, why),
                }
            }
            "identity" => fields.identity = plain(value, "`identity`", reader),
            "known_hosts" => fields.known_hosts = plain(value, "`known_hosts`", reader),
            _ => reader.unknown_key(key, &name, &KNOWN, &LATER),
        }
    }
    fields.host(node, reader)
}

struct Fields {
    name: Option<String>,
    address: Option<String>,
    user: Option<String>,
    port: u16,
    identity: Option<String>,
    known_hosts: Option<String>,
}

impl Default for Fields {
    fn default() -> Self {
        Self { name: None, address: None, user: None, port: SSH_PORT, identity: None, known_hosts: None }
    }
}

impl Fields {
    fn host(self, node: &Node, reader: &mut Reader<'_>) -> Option<Host> {
        let Self { name, address, user, port, identity, known_hosts } = self;
        let (Some(name), Some(user)) = (name.clone().or_else(|| address.clone()), user) else {
            let help = Some("hosts of the ssh configuration are not supported yet".to_owned());
            reader.error_help("bad-host", node, "a host needs `host` (or `address`) and `user`", help);
            return None;
        };
        let address = address.unwrap_or_else(|| name.clone());
        Some(Host { name, user, address, port, identity, known_hosts })
    }
}

fn checked(
    node: &Node,
    what: &str,
    check: impl Fn(&str) -> Result<(), String>,
    reader: &mut Reader<'_>,
) -> Option<String> {
    let text = reader.text(node, what)?;
    match check(&text) {
        Ok(()) => Some(text),
        Err(why) => {
            reader.error("bad-host", node, why);
            None
        }
    }
}
