//! What the app asks of the outside. Plain data; the runtime carries it out.

use secrecy::{ExposeSecret as _, SecretString};

use crate::run::driver;

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// What the driver of this run asks for.
    Drive {
        /// The run.
        run: String,
        /// What is to be done.
        effect: driver::Effect,
    },
    /// Read output of an attempt past the mark; answered by `Msg::Output`. At most 512 KiB, the newest.
    ReadOutput {
        /// The run.
        run: String,
        /// The attempt's number.
        number: u32,
        /// The mark; 0 is the beginning.
        after: u64,
    },
    /// Try to write to the log again.
    RetryLog,
    /// Write the record of a run into a file; answered by `Msg::Told`.
    Export {
        /// The run.
        run: String,
        /// The format.
        format: Format,
    },
    /// Put text into the person's clipboard.
    Copy(String),
    /// Reply to a connection's question.
    Reply {
        /// The question's number.
        id: u64,
        /// The reply.
        reply: Reply,
    },
    /// Type on the terminal of an attempt, or of a shell. Recorded nowhere.
    Type {
        /// The run.
        run: String,
        /// The attempt's number, or the shell's.
        number: u32,
        /// The bytes.
        keys: Secret,
    },
    /// Hang a shell up.
    HangUp {
        /// The run.
        run: String,
        /// The shell's number, as its output has it.
        number: u32,
    },
    /// Stop waiting for a key to sign; answered by `Msg::NotSigned`.
    GiveUpSigning,
    /// Ring the bell.
    Bell,
    /// Give the terminal back to the shell until the process is continued.
    Suspend,
    /// Clear the terminal and draw everything anew.
    Redraw,
    /// Leave. That the run was left open is for the runtime to record.
    Quit(Quit),
}

/// A reply to a connection's question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The key is the host's; it is recorded.
    Accept,
    /// The key is the host's for this session.
    OnlyThisRun,
    /// The key is not accepted, or nothing is typed.
    Refuse,
    /// A text.
    Text {
        /// The text.
        text: Secret,
        /// Whether it may be seen.
        shown: bool,
    },
}

/// A text that shows itself to nobody and leaves nothing behind in memory.
#[derive(Debug, Clone)]
pub struct Secret(pub SecretString);

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl Eq for Secret {}

/// How the session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quit {
    /// Whether the run stays open.
    pub open: bool,
    /// Whether a step goes on running without us; it will be unknown until the run is resumed.
    pub running: bool,
    /// Whether the person comes back at once, to take the run that is offered to them.
    pub take: bool,
}

/// A format of the exported record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown, for people.
    Markdown,
    /// JSON, for programs.
    Json,
}
