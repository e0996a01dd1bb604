//! The text that runs a step on a host, and what it answers. Pure: builds programs, reads control lines, does no I/O.

mod values;

pub use values::{VALUE_MAX, VALUES_MAX, ValueRefused, check_value, check_values};
