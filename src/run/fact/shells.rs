//! Facts of shells that somebody opens on a host. What is typed there and what the host says is recorded nowhere.

use serde::{Deserialize, Serialize};

use super::Who;
use crate::runbook::ids::StepId;

fact! {
    /// `shell.opened`.
    ShellOpened {
        /// Who opens it.
        who: Who,
        /// Its number in the run, from 1.
        shell: u32,
        /// The host's name.
        host: String,
        /// The step whose lines it was opened for, because no script can be made of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
    }
}

fact! {
    /// `shell.closed`.
    ShellClosed {
        /// Its number.
        shell: u32,
        /// The host's name.
        host: String,
        /// How it ended, in words.
        how: String,
        /// Nanoseconds that it was open; none when it was never open, or nobody saw it end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_ns: Option<u64>,
    }
}
