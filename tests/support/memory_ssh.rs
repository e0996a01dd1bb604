//! An SSH host in memory: russh's server over a pipe, whose commands really run in a shell in a directory of its own.
//!
//! Its faults are switches, because a race is not a test: the order of the last messages, a line cut at a byte, a
//! login that is refused, a command that is another one. Everything it started ends with it.

mod host;
mod link;
mod pty;
mod server;

pub use host::{MemoryHost, Shell, end_processes};
pub use server::{Factor, Faults, Order, Round};
