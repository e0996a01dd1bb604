//! Tests of exec: requests in, what the host did and what was told out.

mod accounts;
mod cancels;
mod common;
mod connecting;
mod cuts;
mod host_keys;
mod known_hosts;
mod lines;
mod local;
mod logins;
mod output;
mod pieces;
mod questions;
mod resolving;
mod routes;
mod scenarios;
mod secrets;
mod sshd;
mod steps;
mod sudo;
mod sudoers;
mod terminals;
mod terminals_sshd;
mod wire;
