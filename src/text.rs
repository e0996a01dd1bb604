//! Text as people and terminals see it: making hostile text visible, widths, cutting, wrapping, output bytes to lines,
//! and taking secrets out.
//!
//! Invariant: nothing that leaves [`sanitize()`] or [`lines`] can move a cursor, reorder a line or hide a letter.
//! May import nothing of the crate; outside it `vte`, `unicode-width` and `unicode-segmentation`.

pub mod clocks;
pub mod cut;
pub mod lines;
pub mod redact;
pub mod sanitize;
pub mod style;
pub mod wildcard;
pub mod wrap;

pub use sanitize::{sanitize, sanitize_block};
