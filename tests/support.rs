//! Tools that the tests share.

pub mod binary;
pub mod desk;
pub mod faults;
pub mod memory;
pub mod memory_ssh;
pub mod proxy;
pub mod pty;
pub mod runbooks;
pub mod runs;
pub mod screen;
pub mod screen_runs;
pub mod secrets;
pub mod signers;
pub mod sshd;
pub mod temp;
pub mod times;
pub mod unix_user;
