//! Annotations: one grammar, three places that GitHub hides; imports `diag` through `findings`.
//!
//! Unknown keys are errors, and so are keys that the format has but nothing enforces yet: a safety word that is
//! parsed and ignored is worse than none.

pub mod boxes;
pub mod comment;
pub mod fence;
pub mod grammar;
pub mod heading;
pub mod keys;
pub mod repeat;
pub mod values;
