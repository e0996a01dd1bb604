//! Tools that the tests share.

pub mod runbooks;
pub mod runs;
pub mod temp;
