//! The audit log: what was recorded stays recorded, and edits show.
//!
//! Nothing acknowledged is lost, nothing is changed in place, and a reader needs no trust in this program to check
//! it. The file is SQLite; events are chained by SHA-256; one thread writes. May import `run` (events) and `clock`;
//! `rusqlite` stays inside. No clock is read here: callers stamp what they append.

pub mod chain;
pub mod chunk;
pub mod codec;
pub mod copy;
mod flock;
pub mod heads;
pub mod ids;
pub mod init;
mod insert;
pub mod judge;
pub mod locks;
mod modes;
pub mod paths;
pub mod query;
pub mod relocate;
pub mod rotate;
mod row;
pub mod schema;
mod session;
pub mod store;
pub mod verify;
pub mod words;
pub mod writer;
