//! Tests of the audit log.

mod store;
mod tools;
mod writer;
