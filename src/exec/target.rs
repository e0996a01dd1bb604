//! A host as it is reached, everything said: what the resolution yields and dialling, host keys and login go by.
//!
//! Plain data. Invariant: no file of a configuration is consulted for it any more; paths are absolute as far as the one
//! who wrote them said so, tokens (ssh_config(5), TOKENS) are expanded. Imports nothing.

use std::path::PathBuf;
use std::time::Duration;

/// A resolved host. Two equal targets may share one connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Name shown to people and used in messages: [`crate::exec::Host::name`], for a jump host what it was asked by.
    pub name: String,
    /// Login name.
    pub user: String,
    /// Name or address that is dialled (`HostName`); an IPv6 address has no brackets.
    pub hostname: String,
    /// TCP port.
    pub port: u16,
    /// Which addresses of the name are dialled.
    pub family: AddressFamily,
    /// By which way it is reached.
    pub route: Route,
    /// Key files to try, in this order, after the agent's keys.
    pub identity_files: Vec<IdentityFile>,
    /// Whether of the agent's keys only those of `identity_files` are tried (`IdentitiesOnly`).
    pub identities_only: bool,
    /// Certificates to try with the key they belong to (`CertificateFile`); one beside a key file
    /// (`FILE-cert.pub`) counts also without being named.
    pub certificate_files: Vec<PathBuf>,
    /// The agent's socket; none when there is no agent or none shall be asked (`IdentityAgent none`).
    pub agent: Option<PathBuf>,
    /// The `known_hosts` files of the user. A missing one is an empty one; the first is where a new key is recorded.
    pub user_known_hosts: Vec<PathBuf>,
    /// The `known_hosts` files of the machine, only read.
    pub global_known_hosts: Vec<PathBuf>,
    /// The list of keys that are refused whatever else is recorded (`RevokedHostKeys`). Without it, if one is named,
    /// every key is refused.
    pub revoked_host_keys: Option<PathBuf>,
    /// The name that its key is looked up and recorded by, instead of `hostname` and port (`HostKeyAlias`); see
    /// [`Target::key_name`].
    pub host_key_alias: Option<String>,
    /// What becomes of a key that is not recorded.
    pub strict: Strict,
    /// Whether a name is recorded hashed (`HashKnownHosts`).
    pub hash_known_hosts: bool,
    /// Methods of login that may be tried.
    pub methods: Methods,
    /// How often a password or an answer is asked for at most (`NumberOfPasswordPrompts`).
    pub password_prompts: u32,
    /// Interval of keepalive messages (`ServerAliveInterval`); none means the engine's.
    pub keepalive: Option<Duration>,
    /// Unanswered keepalives after which the line counts as cut (`ServerAliveCountMax`); none means the engine's.
    pub keepalive_max: Option<usize>,
    /// Limit for dialling and key exchange together (`ConnectTimeout`); none means the engine's.
    pub connect_timeout: Option<Duration>,
    /// Things in the configuration that are not followed, each a sentence to show.
    pub notes: Vec<String>,
}

/// By which way a target is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Route {
    /// By TCP, from this machine.
    Direct,
    /// Through these hosts, the first one dialled first (`ProxyJump`). Their own `route` is [`Route::Direct`], but
    /// for the first one's, which may be [`Route::Command`].
    Jump(Vec<Target>),
    /// Through the standard streams of this command, run by `sh -c` (`ProxyCommand`, tokens expanded).
    Command(String),
}

/// Which addresses of a name are dialled (`AddressFamily`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AddressFamily {
    /// All.
    #[default]
    Any,
    /// IPv4 only.
    Inet,
    /// IPv6 only.
    Inet6,
}

/// A key file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdentityFile {
    /// Its path.
    pub path: PathBuf,
    /// Whether somebody named it; a usual file (`~/.ssh/id_ed25519`, …) that is missing is no news.
    pub named: bool,
}

/// What becomes of a key that is not recorded (`StrictHostKeyChecking`). A changed or revoked one is always refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Strict {
    /// A person is asked; without one it is refused.
    #[default]
    Ask,
    /// It is refused (`yes`).
    Yes,
    /// It is recorded without a question (`accept-new`).
    AcceptNew,
    /// `no` or `off`: here as [`Strict::Ask`], because a changed key must never pass and an unknown one must not
    /// pass unseen.
    No,
}

/// Methods of login that may be tried.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Methods {
    /// Keys and certificates (`PubkeyAuthentication`).
    pub publickey: bool,
    /// Questions of the server (`KbdInteractiveAuthentication`).
    pub keyboard_interactive: bool,
    /// A password (`PasswordAuthentication`).
    pub password: bool,
    /// Their order by their names in SSH (`PreferredAuthentications`): methods that are not in it are not tried;
    /// empty means `publickey`, `keyboard-interactive`, `password`.
    pub order: Vec<String>,
}

impl Default for Methods {
    fn default() -> Self {
        Self { publickey: true, keyboard_interactive: true, password: true, order: Vec::new() }
    }
}

impl Methods {
    /// Returns the methods to try, in order, by their names in SSH (RFC 4252, RFC 4256).
    #[must_use]
    pub fn to_try(&self) -> Vec<&str> {
        let usual = ["publickey", "keyboard-interactive", "password"];
        let order: Vec<&str> = if self.order.is_empty() {
            usual.to_vec()
        } else {
            self.order.iter().map(String::as_str).collect()
        };
        let on = |name: &&str| match *name {
            "publickey" => self.publickey,
            "keyboard-interactive" => self.keyboard_interactive,
            "password" => self.password,
            _ => false,
        };
        order.into_iter().filter(on).collect()
    }
}

impl Target {
    /// Returns a target that nothing more than this is known of: no key files, no agent, no `known_hosts` files.
    #[must_use]
    pub fn new(name: &str, user: &str, hostname: &str, port: u16) -> Self {
        Self {
            name: name.to_owned(),
            user: user.to_owned(),
            hostname: hostname.to_owned(),
            port,
            family: AddressFamily::Any,
            route: Route::Direct,
            identity_files: Vec::new(),
            identities_only: false,
            certificate_files: Vec::new(),
            agent: None,
            user_known_hosts: Vec::new(),
            global_known_hosts: Vec::new(),
            revoked_host_keys: None,
            host_key_alias: None,
            strict: Strict::Ask,
            hash_known_hosts: false,
            methods: Methods::default(),
            password_prompts: 3,
            keepalive: None,
            keepalive_max: None,
            connect_timeout: None,
            notes: Vec::new(),
        }
    }

    /// Returns the name and port that the host's key is looked up and recorded by. As in OpenSSH an alias stands for
    /// both, whatever the port is: then the port is 22, with which a name is written plainly.
    #[must_use]
    pub fn key_name(&self) -> (&str, u16) {
        match &self.host_key_alias {
            Some(alias) => (alias, 22),
            None => (&self.hostname, self.port),
        }
    }

    /// Returns `user@hostname:port`, an IPv6 address in brackets.
    #[must_use]
    pub fn identity_key(&self) -> String {
        format!("{}@{}", self.user, self.address())
    }

    /// Returns `hostname:port`, an IPv6 address in brackets.
    #[must_use]
    pub fn address(&self) -> String {
        let Self { hostname, port, .. } = self;
        if hostname.contains(':') { format!("[{hostname}]:{port}") } else { format!("{hostname}:{port}") }
    }

    /// Returns the hosts that are passed on the way to it, the first one dialled first.
    #[must_use]
    pub fn hops(&self) -> &[Target] {
        match &self.route {
            Route::Jump(hops) => hops,
            Route::Direct | Route::Command(_) => &[],
        }
    }

    /// Returns the way to it in words, for people and for the record: `user@host:port` of every hop, the first one
    /// dialled first, and before it all the command that the first of them is reached through.
    #[must_use]
    pub fn through(&self) -> Vec<String> {
        let first = self.hops().first().unwrap_or(self);
        let command = match &first.route {
            Route::Command(command) => Some(format!("the command `{command}`")),
            Route::Direct | Route::Jump(_) => None,
        };
        command.into_iter().chain(self.hops().iter().map(Target::identity_key)).collect()
    }

    /// Returns the hosts that are passed when something is reached through it: those on the way to it, and itself.
    #[must_use]
    pub fn in_the_way(mut self) -> Vec<Target> {
        match std::mem::replace(&mut self.route, Route::Direct) {
            Route::Jump(mut hops) => {
                hops.push(self);
                hops
            }
            route => {
                self.route = route;
                vec![self]
            }
        }
    }
}
