//! Facts of a log and of the sessions that write it.

use serde::{Deserialize, Serialize};

use super::{Proof, Who};

fact! {
    /// `log.opened`.
    LogOpened {
        /// The schema's version.
        schema: u32,
        /// The log that this one goes on from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Segment>,
        /// The accounts that share the log; without any it is its owner's alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<Group>,
    }
}

fact! {
    /// The end of a log that goes on in another one.
    Segment {
        /// Its id.
        log: String,
        /// How many events it has.
        size: u64,
        /// The hash of its last event.
        head: String,
        /// The name of its file: beside the log that goes on from it, unless it is a path.
        file: String,
    }
}

fact! {
    /// A group of accounts.
    Group {
        /// Its name when the log was made.
        name: String,
        /// Its number, which is what counts.
        gid: u32,
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
        /// Who sits there, as they say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        principal: Option<String>,
        /// How that name is proven in what they answer for; here it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signs: Option<Proof>,
        /// The fingerprint of the key that signs for it, as `SHA256:…`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<String>,
        /// The sessions that were open when this one began: nobody has to look further back for those.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        beside: Option<Vec<String>>,
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

fact! {
    /// `log.rotated`: the last but the end of its session.
    LogRotated {
        /// The id of the log that goes on from this one.
        next: String,
        /// The name that this log's file has from now on.
        file: String,
    }
}

fact! {
    /// `log.checkpoint`.
    LogCheckpoint {
        /// How many events the log had.
        size: u64,
        /// The hash of the last of them.
        head: String,
        /// The run that it was taken for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        for_run: Option<String>,
        /// Where it was left: `heads` for the heads file, `syslog NAME` for a host's system log.
        at: String,
        /// Why it could not be left there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    }
}

fact! {
    /// `log.moved`.
    LogMoved {
        /// The file that this log is a copy of.
        from: String,
        /// How many events it had.
        size: u64,
        /// The hash of the last of them.
        head: String,
    }
}
