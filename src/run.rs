//! A run: one walk through a runbook, as a list of facts.
//!
//! `decide` turns a command into facts or a refusal and changes nothing; the audit log makes the facts durable;
//! `evolve` folds them in and cannot fail. Live use, resume after a crash, a second person watching, exports and
//! `verify` are folds over the same events. Pure: no clock, environment or I/O. May import `runbook`, `clock`, `text`.

pub mod attempt;
pub mod choice;
pub mod command;
pub mod conclude;
pub mod condition;
pub mod decide;
pub mod driver;
pub mod event;
pub mod evolve;
pub mod fact;
pub mod family;
pub mod gate;
pub mod kind;
pub mod lasting;
pub mod limits;
pub mod offer;
pub mod open;
pub mod order;
pub mod persons;
mod places;
mod poll;
pub mod proof;
pub mod refusal;
pub mod secrets;
pub mod series;
pub mod state;
pub mod status;
mod values;
pub mod vocabulary;
pub mod watch;
