//! Tests of runbook: fixtures and what the parser makes of them, findings with their places, properties.

mod annotations;
mod dump;
mod fixtures;
mod fuzz;
mod hostile;
mod input;
mod keys;
mod lint;
mod manual;
mod mapping;
mod placeholders;
mod properties;
mod refusals;
mod steps;
mod tell;
