//! Placeholders: what a file leaves to be filled in, how it is found, what may be put in, and the text with it in.
//!
//! Invariants: pure; work linear in the text; a placeholder that steps wait for is never sent to a shell unfilled; what
//! is shown, what runs and what is recorded are the same bytes, because all three are the runbook that
//! [`fill::filled`] returns. May import `model`, `shell`, `findings` and `diag`; of outside crates `sha2`.
//!
//! Where the format leaves room, this was decided:
//! - A name that a shell or gonogo sets for itself (`<path>`, `<host>`, `{USER}`) gets `YOUR_` before it: a value for
//!   `PATH` would break every step. A name that begins with a digit gets `V`, one with letters that no shell takes gets
//!   `BLANK_` and digits of its hash.
//! - `X.Y.Z` of capital letters is demanded wherever it stands, also in `vX.Y.Z`: no branch is called so, and a tag of
//!   that name must not come to be. Forms with digits (`1.0.x`) and `x.y.z` in a path or after a letter are offered.
//! - `$VERSION` that nothing sets is demanded; `$version` is offered. After `source`, `eval` and the like nobody can
//!   tell what is set, so names are offered from there on.
//! - What only an inline command needs is asked and never demanded at opening; that command waits for it all the same.

mod collect;
mod context;
mod forms;
mod html;
mod name;
mod prose;
mod script;
mod unset;

pub mod asked;
pub mod fill;
pub mod value;

use std::ops::Range;

pub(in crate::runbook) use collect::collect;
pub use name::name;
pub use prose::in_prose;
pub use script::in_script;

/// A placeholder that was found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The variable that holds its value.
    pub name: String,
    /// Its bytes in the text.
    pub bytes: Range<usize>,
    /// In a script: whether the step has to wait for it. In prose: whether it cannot be meant otherwise.
    pub demanded: bool,
}
