//! Tests of the audit log.

mod codec;
mod flips;
mod kill;
mod kinds;
mod locks;
mod manual;
mod query;
mod store;
mod tamper;
mod tools;
mod triggers;
mod verify;
mod writer;
