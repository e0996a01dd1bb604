//! A runbook on paper: every box with lines for a name and a time, values to write in, steps as code with their hosts,
//! gates with go and no-go, signatures at the end. As Markdown, or as one HTML page that needs nothing else.
//!
//! What the file says is taken for hostile: no tag, attribute or Markdown mark of it has an effect in the form.

mod form;
mod html;
mod markdown;

pub use form::{Entry, Form, Group, Leaf, Note, Script, form};
pub use html::html;
pub use markdown::markdown;
