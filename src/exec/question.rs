//! What a person is asked before a host can be used: a new host key, a passphrase, a password, what a host wants to know.
//! Plain data; whoever shows it names the host and makes the texts of hosts harmless.
//!
//! Invariant: there is one question at a time in a process, and only a reply decides: a question may stay open for ever.

use secrecy::SecretString;

use super::known_hosts::Spot;
use super::output::BoxFuture;

/// A question about one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Name of the host, as people know it.
    pub host: String,
    /// `user@address:port`.
    pub target: String,
    /// What is asked.
    pub asks: Asks,
    /// Questions that wait behind this one.
    pub waiting: usize,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// Whether this key, which is not recorded, is the host's. Nothing was sent to it.
    NewHostKey(NewHostKey),
    /// A text that is kept secret, or an answer that the host may see typed.
    Secret(Wanted),
}

/// A key that is not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHostKey {
    /// Type, for example `ssh-ed25519`.
    pub kind: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The name that it would be recorded by.
    pub recorded_as: String,
    /// The file that it would be recorded in; none if there is none to write to.
    pub file: Option<String>,
    /// Types of the keys that are recorded for the host's bare name, without the port.
    pub other_types: Vec<String>,
    /// Other names that this very key is recorded for, and where.
    pub other_names: Vec<(String, Spot)>,
    /// Why the certificate that came with it does not count, if one did.
    pub certificate: Option<String>,
    /// Hosts that were reached by this process, whose keys were trusted.
    pub reached: Vec<String>,
}

/// A text that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What it is.
    pub kind: WantedKind,
    /// Whether what is typed may be shown; else it is a secret.
    pub echo: bool,
    /// Which try this is, from 1.
    pub attempt: u32,
}

/// What a wanted text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedKind {
    /// The passphrase of this key file. It stays on this machine.
    Passphrase {
        /// Path of the file.
        file: String,
    },
    /// The account's password, which the host gets.
    Password,
    /// A password that sudo(8) on the host asks for, and gets, before it runs anything as root.
    Sudo {
        /// Whose it is: as a rule the account's own. Hostile text.
        whose: String,
    },
    /// What the host asks, and gets. All of it is hostile text.
    Answer {
        /// Title of the questions; may be empty.
        name: String,
        /// What it says before them; may be empty.
        instructions: String,
        /// The question.
        prompt: String,
    },
}

/// What a person replied.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The key is the host's; it is recorded.
    Accept,
    /// The key is the host's as far as this process goes.
    OnlyThisRun,
    /// The key is not accepted, or the text is not given.
    Refuse,
    /// The text.
    Text(SecretString),
}

/// Somebody who can be asked.
pub trait Asker: Send + Sync {
    /// Puts a question and waits for the reply, for ever if need be. Dropped when nobody wants to know any more.
    fn ask(&self, question: Question) -> BoxFuture<'_, Reply>;
}
