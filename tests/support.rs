//! Tools that the tests share.

pub mod temp;
