//! What may be asked of this room: plain data, checked nowhere else. Imports only `secrecy`.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// Name and address of this machine, in messages and records.
const LOCAL: &str = "local";

/// One host as a run knows it: where it is, and what else was written about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host {
    /// Name shown to people and used in messages.
    pub name: String,
    /// Login name.
    pub user: String,
    /// Host name or address that is dialled, and looked up in `known_hosts`.
    pub address: String,
    /// TCP port; 0, which no host has, means this machine: nothing is dialled, and of all else only `name` counts.
    pub port: u16,
    /// The one private key to use; `None` means the agent's keys, then the default key files.
    pub identity: Option<PathBuf>,
    /// A `known_hosts` file to use instead of the user's own.
    pub known_hosts: Option<PathBuf>,
    /// By which way it is reached.
    pub way: Way,
    /// Whether everything there runs as root, through sudo(8): another account to carry state for, over the same
    /// connection.
    pub sudo: bool,
}

/// By which way a host is reached; the default is TCP from this machine, and nothing of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Way {
    /// The name by which the SSH configuration knows it; then user, address and port of the host are what that was
    /// when the run was opened, and a connection to anything else is refused.
    pub ssh: Option<SshName>,
    /// The host that it is reached through. It wins over what the configuration says.
    pub jump: Option<Box<Host>>,
    /// Interval of keepalive messages, instead of the configuration's or the engine's.
    pub keepalive: Option<Duration>,
    /// Fingerprint (`SHA256:…`) of the key that it showed when this run first connected; any other is refused.
    pub key: Option<String>,
    /// The same of the hosts on the way: each one's `user@address:port`, and the fingerprint.
    pub hop_keys: Vec<(String, String)>,
}

/// A host of the SSH configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SshName {
    /// Its name there.
    pub name: String,
    /// The configuration file, instead of the user's own and the machine's.
    pub config: Option<PathBuf>,
    /// The port, instead of the configuration's.
    pub port: Option<u16>,
    /// What it was reached through when the run was opened: [`crate::exec::target::Target::through`].
    pub through: Vec<String>,
}

impl Host {
    /// Returns this machine, as `user` of it.
    #[must_use]
    pub fn local(user: &str) -> Self {
        Self {
            name: LOCAL.to_owned(),
            user: user.to_owned(),
            address: LOCAL.to_owned(),
            port: 0,
            identity: None,
            known_hosts: None,
            way: Way::default(),
            sudo: false,
        }
    }

    /// Returns whether it is this machine.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.port == 0
    }

    /// Returns `user@address:port`, the identity under which connections are pooled and state is carried.
    #[must_use]
    pub fn identity_key(&self) -> String {
        format!("{}@{}:{}", self.user, self.address, self.port)
    }
}

/// A variable given to a step by environment.
#[derive(Debug, Clone)]
pub struct Value {
    /// Name; see [`crate::exec::wrapper::check_value`] for what is refused.
    pub name: String,
    /// Value, at most 100 KiB, without NUL.
    pub value: SecretString,
    /// Whether it is a declared secret: then it, and whatever contains it, is left out of the carried state.
    pub secret: bool,
}

/// What the host does with a step's output besides sending it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing. A step that prints after the line was cut dies of SIGPIPE; for steps that only read.
    Off,
    /// The step survives a cut line, its later output is drained and lost; for steps that get a secret.
    Drain,
    /// The step survives and its output is kept on the host, up to [`crate::exec::Settings::keep_cap`] a stream.
    File,
}

/// One step to run on one host. Values are sent only after `open` has answered on the same connection.
#[derive(Debug, Clone)]
pub struct StepRequest {
    /// Number of the step, unique in the run and on its target; a retry takes a new one (a host refuses it twice).
    pub number: u32,
    /// 32 lower-case hex digits, one per run and identity: names the directory on the host.
    pub seed: String,
    /// The shell text, any bytes but NUL.
    pub script: String,
    /// Whether `set -e -o pipefail` is set (`-e` alone where the shell has no pipefail).
    pub strict: bool,
    /// Whether every command runs and the step fails at the end if one of them failed; then `strict` only says whether
    /// a pipe fails with any of its commands. Needs bash 4.2: no other shell tells which of its commands failed.
    pub keep_going: bool,
    /// The program that reads the script from its standard input, instead of the host's shell: words split at blanks.
    /// It starts in the carried directory with the carried variables.
    pub interpreter: Option<String>,
    /// Whether it only reads: a `check` changes nothing that a later step could find.
    pub check: bool,
    /// What the host keeps of the output.
    pub keep: Keep,
    /// The step whose carried state (directory, variables, functions) is loaded.
    pub load: Option<u32>,
    /// Whether the state is saved for later steps; a `check` does not.
    pub save: bool,
    /// Directory to run in instead of the carried one; `~` and what is relative begin at the account's home.
    pub cwd: Option<String>,
    /// Values given by environment; they win over carried ones.
    pub values: Vec<Value>,
    /// Whether standard output is also returned as text (first MiB) for `capture`, `match` and `expect`.
    pub captures_stdout: bool,
}

/// A step that was sent earlier, as the log remembers it: enough to ask its host about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepRef {
    /// Directory on the host, from [`crate::exec::HostFacts::dir`].
    pub dir: String,
    /// From [`crate::exec::HostFacts::born`]. If it is not known, "never heard of it" cannot be told from "gone".
    pub born: String,
    /// The seed of [`StepRequest::seed`].
    pub seed: String,
    /// The number of [`StepRequest::number`].
    pub number: u32,
}

/// How a running step is to be ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelRequest {
    /// The step.
    pub step: StepRef,
    /// Tenths of a second between TERM and KILL.
    pub grace_tenths: u32,
    /// Whether processes that left the group (found by their marker) are killed too; else they are only named.
    pub all: bool,
}
