//! Runbooks: from Markdown text to the model that a run walks through.
//!
//! A file that nobody annotated opens and walks; annotations only add. [`parse`] is pure and never panics, its work
//! is linear in the input; [`load()`] adds the one read from disk. May import `text`, `diag` and `clock`; outside the
//! crate `pulldown-cmark` (in `markdown.rs` alone), `serde-saphyr` (in `yaml.rs` alone) and `sha2`.
//!
//! The way of a file: `source` (bytes to text, limits) -> `front` (front matter) and `markdown` (blocks) -> `walk`
//! (phases, boxes, steps as drafts) -> `assemble` (annotations, names, the model) -> `lint` (what a whole model and
//! its environment say).

mod annotation;
mod assemble;
mod findings;
mod front;
mod markdown;
mod names;
mod parse;
mod shell;
mod source;
mod walk;

pub mod hosts;
pub mod ids;
pub mod lint;
pub mod load;
pub mod model;
pub mod placeholder;
pub mod shipped;
pub mod slug;
pub mod yaml;

pub use lint::{Concealed, Neighbour, Surroundings, Targets, check, lint, lint_text};
pub use load::{LoadError, load, read_limited};
pub use model::Runbook;
pub use parse::{parse, survey};
pub use shell::variables::{check_variable, mentions};
pub use source::{first_hidden, text as source_text};

/// Bytes a runbook may have, as may an environment, answers or settings file.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Boxes a runbook may have.
pub const MAX_BOXES: usize = 10_000;
/// Steps a runbook may have, commands in texts included.
pub const MAX_STEPS: usize = 10_000;
/// Blocks (headings, paragraphs, items, rows of tables, code) a runbook may have.
pub const MAX_BLOCKS: usize = 65_536;
/// Marks of Markdown a runbook may have, such as `*`, `[` and `|`; a line counts as two.
pub const MAX_MARKS: usize = 262_144;
/// Bytes the front matter of a runbook may have.
pub const MAX_FRONT_BYTES: usize = 128 * 1024;
/// Lists and quotes that may stand inside each other.
pub const MAX_NESTING: usize = 32;

/// Returns every key that the format has, by the place it stands in; the manual explains each.
#[must_use]
pub fn keys() -> Vec<(&'static str, Vec<&'static str>)> {
    use annotation::keys::{BOX, FENCE, HEADING};
    let mut out =
        vec![("the front matter", front::KEYS.to_vec()), ("a variable", front::vars::KEYS.to_vec())];
    out.extend([&FENCE, &BOX, &HEADING].map(|keys| (keys.place, keys.all().collect())));
    out
}
