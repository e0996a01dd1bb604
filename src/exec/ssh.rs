//! The line to a host: dialling, host keys, authentication, channels, the pool. The only place that knows `russh`.

mod credentials;
mod dial;
mod host_keys;

pub use credentials::Credentials;
pub use dial::{ByteStream, Dial, DialError, Tcp};
pub use host_keys::{HostKey, HostKeys};
