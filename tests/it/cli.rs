//! The command line: the built program, from outside.

mod bad_input;
mod bad_log;
pub mod books;
mod bundle;
mod check;
mod drills;
mod family;
#[cfg(target_os = "linux")]
mod faults;
mod flows;
mod forwarded;
#[cfg(target_os = "linux")]
mod full;
mod golden;
mod hosts;
mod keeping;
mod keys;
mod killed;
#[cfg(target_os = "linux")]
mod killed_keeping;
mod killed_sshd;
mod manuals;
mod outline;
mod plan;
pub mod second;
mod secrets;
pub mod signing;
mod sshd;
mod sudo;
mod team;
mod trust;
mod unannotated;
