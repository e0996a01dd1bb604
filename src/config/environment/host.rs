//! One host of an environment: `user@host[:port]`, a name of the SSH configuration, or a map; pure.

use crate::config::environment::read::plain;
use crate::runbook::hosts::{self, HostSpec, SSH_PORT};
use crate::runbook::yaml::{Node, Reader, Value};

/// A host that steps run on, or are reached through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// What people call it; unique in its environment, one name for one target.
    pub name: String,
    /// The account; none means that `address` is a name of the SSH configuration, which says whatever is not said here.
    pub user: Option<String>,
    /// What is dialled: a name or an address. Without a user, the name in the SSH configuration.
    pub address: String,
    /// The port, if it is written.
    pub port: Option<u16>,
    /// The key file, as written.
    pub identity: Option<String>,
    /// The known-hosts file, as written.
    pub known_hosts: Option<String>,
    /// What it is reached through, as written: a host or role of its environment, a name of the SSH configuration, or
    /// `user@host[:port]`; see [`super::Environment::jump_of`].
    pub jump: Option<String>,
}

/// Keys that are understood.
pub const KNOWN: [&str; 7] = ["host", "address", "user", "port", "identity", "known_hosts", "jump"];
/// Keys that the format has and nothing enforces yet.
pub const LATER: [&str; 0] = [];

impl Host {
    /// Returns the host that the bare words `user@host[:port]` or `name[:port]` mean; it is called by its address.
    #[must_use]
    pub fn of(spec: HostSpec) -> Self {
        let HostSpec { user, address, port } = spec;
        Self { name: address.clone(), user, address, port, identity: None, known_hosts: None, jump: None }
    }

    /// Returns the host as `user@address`, with the port unless it is 22, or as a name of the SSH configuration.
    #[must_use]
    pub fn target(&self) -> String {
        let address =
            if self.address.contains(':') { format!("[{}]", self.address) } else { self.address.clone() };
        let port = self.port.filter(|port| *port != SSH_PORT || self.user.is_none());
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        match &self.user {
            Some(user) => format!("{user}@{address}{port}"),
            None => format!("{address}{port} of the SSH configuration"),
        }
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
                    Ok(port) => fields.port = Some(port),
                    Err(why) => reader.error("bad-port", value, why),
                }
            }
            "identity" => fields.identity = plain(value, "`identity`", reader),
            "known_hosts" => fields.known_hosts = plain(value, "`known_hosts`", reader),
            "jump" => {
                let jump = |text: &str| hosts::parse(text).map(drop);
                fields.jump = checked(value, "`jump`", jump, reader);
            }
            _ => reader.unknown_key(key, &name, &KNOWN, &LATER),
        }
    }
    fields.host(node, reader)
}

#[derive(Default)]
struct Fields {
    name: Option<String>,
    address: Option<String>,
    user: Option<String>,
    port: Option<u16>,
    identity: Option<String>,
    known_hosts: Option<String>,
    jump: Option<String>,
}

impl Fields {
    fn host(self, node: &Node, reader: &mut Reader<'_>) -> Option<Host> {
        let Self { name, address, user, port, identity, known_hosts, jump } = self;
        let name = match (name, &address, &user) {
            (Some(name), None, _) | (Some(name), Some(_), Some(_)) => name,
            (None, Some(address), Some(_)) => address.clone(),
            _ => {
                let help =
                    "without both, `host` is a name of the SSH configuration, which says them".to_owned();
                reader.error_help("bad-host", node, "a host needs `user` and `address`", Some(help));
                return None;
            }
        };
        let address = address.unwrap_or_else(|| name.clone());
        Some(Host { name, user, address, port, identity, known_hosts, jump })
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
