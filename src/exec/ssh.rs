//! The line to a host: dialling, host keys, authentication, channels, the pool. The only place that knows `russh`.
//!
//! Invariant: no program is sent to a host whose key was not judged as trusted. russh's own `known_hosts` reader is not
//! used: it accepts revoked keys and stumbles over malformed lines.

mod ack;
mod auth;
mod connect;
mod credentials;
mod desk;
mod dial;
mod host_keys;
mod line;
mod pipe;
mod pool;
mod record;
mod resolve;
mod spare;

pub use credentials::Credentials;
pub use dial::{ByteStream, Dial, DialError, Tcp};
pub use host_keys::{HostKey, HostKeys};
pub use resolve::{Configuration, Configured, OpenSsh, Question, Resolve, Surroundings, Written};

pub(crate) use desk::{Desk, Pause};
pub(crate) use line::{Line, Receiver, Sender};
pub(crate) use pool::Pool;
