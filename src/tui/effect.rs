//! What the app asks of the outside. Plain data; the runtime carries it out.

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
    /// Ring the bell.
    Bell,
    /// Give the terminal back to the shell until the process is continued.
    Suspend,
    /// Clear the terminal and draw everything anew.
    Redraw,
    /// Leave. That the run was left open is for the runtime to record.
    Quit(Quit),
}

/// How the session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quit {
    /// Whether the run stays open.
    pub open: bool,
    /// Whether a step goes on running without us; it will be unknown until the run is resumed.
    pub running: bool,
}

/// A format of the exported record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown, for people.
    Markdown,
    /// JSON, for programs.
    Json,
}
