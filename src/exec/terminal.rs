//! A terminal on a host: its size, and what a person types on it. Plain data.
//!
//! What is typed may be a password: it is never recorded, shows itself to nobody and is wiped from memory.

use std::fmt;

use secrecy::zeroize::Zeroizing;
use tokio::sync::mpsc;

/// What `TERM` says on the host: what the screen draws is a subset of it, and every host knows it.
pub const TERM: &str = "xterm-256color";

/// The locale that a terminal asks its host for (`LANG`): the screen draws UTF-8. sshd takes it where `AcceptEnv` allows
/// it, and what the host itself says (PAM) wins over it.
pub const LANG: &str = "C.UTF-8";

/// Columns and rows, at least one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

/// One thing that a person does to a terminal.
pub enum Press {
    /// Bytes, as a terminal sends keys.
    Bytes(Zeroizing<Vec<u8>>),
    /// It has another size now.
    Resize(Size),
    /// It is taken away: the host hangs up what runs in it.
    HangUp,
}

impl fmt::Debug for Press {
    /// Says nothing of what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Resize(size) => write!(f, "Resize({size:?})"),
            Self::HangUp => write!(f, "HangUp"),
        }
    }
}

/// A terminal that a step or a shell gets.
#[derive(Debug)]
pub struct Terminal {
    /// Its size at the beginning.
    pub size: Size,
    /// What happens to it. When the other end is dropped nothing more is typed; the step goes on.
    pub presses: mpsc::Receiver<Press>,
}

/// How a shell on a host ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShellEnd {
    /// It never opened; why.
    NotOpened(String),
    /// It ended with this status.
    Exited(i32),
    /// It was ended by this signal.
    Signalled(String),
    /// The line was cut, which hangs a shell up; why.
    Lost(String),
}
