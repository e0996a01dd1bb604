//! The edge: the log, tasks and embedded hosts put together as the program does it.

mod asking;
mod cmdline;
mod crash;
mod cut;
mod edits;
mod kills;
mod never;
mod pty;
mod rig;
mod rollback;
mod secrets;
mod signer;
mod starters;
