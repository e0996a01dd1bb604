//! The embedded default: SSH hosts inside the process, their fence, their guard, and honest stand-ins for the programs of a server.
//!
//! May import `text` and `clock`. Outside crates: tokio, russh's server side, rustix, landlock, getrandom, rusqlite (stand-ins only).

pub mod hidden;
pub mod standin;
pub mod world;

pub use hidden::hidden;
