//! gonogo runs a team's release checklists and runbooks, and remembers who said go.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod audit;
pub mod clock;
pub mod config;
pub mod demo;
pub mod diag;
pub mod exec;
pub mod report;
pub mod run;
pub mod runbook;
pub mod runtime;
pub mod text;
pub mod tui;

pub mod cli;
