//! The demo directory: nothing yet.
