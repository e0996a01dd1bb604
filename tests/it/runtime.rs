//! Tests of runtime.

mod pty;
