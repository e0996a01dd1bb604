//! Markdown as a tree of blocks with byte ranges; the only user of `pulldown-cmark`. Imports nothing of the crate.
//!
//! GitHub's dialect as far as it matters: task lists, tables, strikethrough, alerts. The YAML-metadata option stays off: it
//! loses boxes at a `---` in mid-document. Invariant: the tree is at most [`MAX_NESTING`](super::MAX_NESTING) lists
//! and quotes deep, so that walking it by recursion is safe. The parser holds about 100 bytes for every line and mark,
//! and the tree as much for every block, so both are bounded before they cost more than a small machine has.

mod build;
pub mod html;
mod inline;
pub mod spots;

use std::ops::Range;

pub use build::build;

/// A block and where it stands, in bytes of the text that was parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub bytes: Range<usize>,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A heading of level 1 to 6.
    Heading(u8, Inline),
    /// A paragraph, also the bare text of a tight list item.
    Paragraph(Inline),
    /// A code block.
    Code(Code),
    /// Raw HTML, comments included.
    Html(String),
    /// A block quote.
    Quote(Option<Alert>, Vec<Block>),
    /// A list.
    List {
        /// The number it begins with, if it is numbered.
        start: Option<u64>,
        /// Its items.
        items: Vec<Item>,
    },
    /// A table.
    Table(Table),
    /// A thematic break.
    Rule,
}

/// What GitHub makes of a quote that begins with `[!NOTE]` and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alert {
    /// `[!NOTE]`
    Note,
    /// `[!TIP]`
    Tip,
    /// `[!IMPORTANT]`
    Important,
    /// `[!WARNING]`
    Warning,
    /// `[!CAUTION]`
    Caution,
}

/// A list item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its bytes.
    pub bytes: Range<usize>,
    /// Whether GitHub shows a check box.
    pub task: bool,
    /// What it holds.
    pub blocks: Vec<Block>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its rows, header first, without their empty cells.
    pub rows: Vec<Vec<String>>,
    /// Bytes of the HTML comments in its cells.
    pub comments: Vec<Range<usize>>,
}

/// A code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The bytes of the info string as written, without the fence; `None` for indented code.
    pub info: Option<Range<usize>>,
    /// The code, lines ending in `\n`.
    pub text: String,
    /// Whether the closing fence is there; indented code is always closed.
    pub closed: bool,
}

/// The inline content of a heading or paragraph.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inline {
    /// The text in one line, marks removed, spaces as written.
    pub text: String,
    /// Bytes of the HTML comments in it.
    pub comments: Vec<Range<usize>>,
    /// Its first code spans, each with its bytes, the backticks included.
    pub codes: Vec<(String, Range<usize>)>,
    /// Destinations of its links.
    pub links: Vec<String>,
    /// Whether all of its text is link text.
    pub only_link: bool,
    /// Whether all of its text is bold.
    pub only_bold: bool,
}

/// Why a text was not turned into a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Lists and quotes are nested too deep at these bytes.
    Nesting(Range<usize>),
    /// More than [`MAX_BLOCKS`](super::MAX_BLOCKS) blocks: this one is too many.
    Blocks(Range<usize>),
    /// More than [`MAX_MARKS`](super::MAX_MARKS) lines and marks: these are too many from here on.
    Marks(Range<usize>),
}
