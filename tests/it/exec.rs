//! Tests of exec: requests in, what the host did and what was told out.

mod common;
mod output;
mod pieces;
mod scenarios;
mod secrets;
mod steps;
