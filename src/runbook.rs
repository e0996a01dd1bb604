//! Runbooks: from Markdown text to the model that a run walks through.

pub mod ids;
pub mod model;
