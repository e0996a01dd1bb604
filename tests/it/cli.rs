//! The command line: the built program, from outside.

mod bad_input;
mod bad_log;
pub mod books;
mod drills;
mod family;
mod flows;
mod killed;
mod outline;
mod secrets;
mod sshd;
mod trust;
