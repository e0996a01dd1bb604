//! The text that runs a step on a host, and what it answers. Pure: builds programs, reads control lines, does no I/O.
//!
//! The command of every exec request is the constant [`EXEC`]; everything else (text, values, script) goes over the
//! channel's standard input, so no process list shows it. The program ends in a command without which its whole
//! text is definitions: a program that was cut off anywhere runs nothing. What the texts say comes back as control
//! lines with a nonce that only travelled on standard input. Imports `exec`'s requests and events only.

mod answer;
mod control;
mod program;
mod quote;
mod sudo;
mod text;
mod values;
mod wire;

pub use answer::{KeptNames, OpenAnswer, StateAnswer, end, refusal, started};
pub use control::{Piece, Splitter};
pub use program::{EXEC, Program, cancel, close, fetch, marker, on_terminal, open, probe, step};
pub(super) use program::{ask_sudo, witness};
pub use quote::quote;
pub use sudo::{Handshake, Heard, sudo};
pub use values::{VALUE_MAX, VALUES_MAX, ValueRefused, check_value, check_values};
pub use wire::{Wire, as_root, ssh, wire};
