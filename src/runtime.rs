//! The edge: clocks, files, the terminal, tasks. It turns the core's effects into deeds and deeds into messages.
//!
//! Everything that waits runs in a task of its own and answers through one bounded channel, so that no frontend ever
//! blocks: not on a slow disk, not on a dead host, not on output. May import every room but `cli`.

pub mod asking;
pub mod bundle;
pub mod clock;
pub mod crash;
pub mod debug;
pub mod demo;
pub mod dumps;
pub mod fail;
pub mod follow;
pub mod headless;
pub mod input;
pub mod listing;
pub mod log;
pub mod opening;
pub mod questioner;
pub mod reach;
pub mod record;
pub mod resuming;
pub mod screen;
pub mod session;
pub mod signer;
pub mod sink;
pub mod tails;
pub mod terminal;
pub mod trust;
pub mod vault;
pub mod watch;
pub mod worker;

pub use fail::Fail;
