//! Files around a runbook: environments, the operator's settings, answers, and where all of it lies on disk.
//!
//! Parsing is pure and every finding has its place; files are read through [`crate::runbook::read_limited`], never
//! more than 1 MiB of them. May import `diag`, `clock`, `runbook`; outside the crate `etcetera` (in `paths.rs` alone).

pub mod answers;
pub mod environment;
pub mod file;
pub mod paths;
pub mod reserved;
pub mod settings;

pub use environment::{Environment, Environments, Host};
pub use file::{FileError, Parsed};
pub use paths::Paths;
pub use reserved::is_reserved;
pub use settings::Settings;
