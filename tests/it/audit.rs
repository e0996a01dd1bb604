//! Tests of the audit log.

mod attacks;
mod codec;
#[cfg(target_os = "linux")]
mod faults;
mod flips;
mod forge;
mod kill;
pub mod kinds;
mod listing;
mod locks;
mod manual;
mod query;
pub mod signed;
mod soak;
mod store;
mod tamper;
pub mod tools;
mod triggers;
mod verify;
mod witness;
mod writer;
