//! Facts of a log and of the sessions that write it.

use serde::{Deserialize, Serialize};

use super::Who;

fact! {
    /// `log.opened`.
    LogOpened {
        /// The schema's version.
        schema: u32,
    }
}

fact! {
    /// `log.recovered`.
    LogRecovered {
        /// What was found.
        found: String,
        /// Sessions that never closed.
        sessions: Vec<String>,
    }
}

fact! {
    /// `log.degraded`.
    LogDegraded {
        /// What failed.
        why: String,
    }
}

fact! {
    /// `session.opened`.
    SessionOpened {
        /// The program's version.
        version: String,
        /// The account of the operating system.
        os_user: String,
        /// The machine's name.
        hostname: String,
        /// The terminal, if there is one.
        tty: Option<String>,
        /// The process.
        pid: u32,
        /// The boot that monotonic times belong to.
        boot: String,
    }
}

fact! {
    /// `session.closed`.
    SessionClosed {
        /// Why, in a word.
        how: String,
    }
}

fact! {
    /// `clock.stepped`.
    ClockStepped {
        /// Milliseconds that the wall clock moved against the monotonic one.
        by_ms: i64,
    }
}

fact! {
    /// `export.created`.
    ExportCreated {
        /// Who exported.
        who: Who,
        /// The format.
        format: String,
        /// Lower-case hex SHA-256 of the file.
        sha256: String,
    }
}
