//! Tests of runbook: fixtures and what the parser makes of them, findings with their places, properties.

mod dump;
mod fixtures;
