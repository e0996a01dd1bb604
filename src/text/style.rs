//! How a piece of output looks: the own small type between terminal bytes and widgets; plain data, imports nothing.

/// A colour as the remote program named it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Colour {
    /// One of the 256 indexed colours; 0 to 7 are the plain ones, 8 to 15 the bright ones.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// The attributes of a piece of output. Blinking and hiding are never taken over from a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Style {
    /// Foreground; `None` is the default colour.
    pub fg: Option<Colour>,
    /// Background; `None` is the default colour.
    pub bg: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined, in whatever way.
    pub underline: bool,
    /// Foreground and background swapped.
    pub reversed: bool,
    /// Crossed out.
    pub crossed: bool,
}

/// A piece of a line in one style.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    /// Harmless text: no control, bidirectional or invisible character.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

/// One line of output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its pieces from left to right; neighbours differ in style.
    pub spans: Vec<Span>,
    /// Whether its end is missing because it was longer than [`LINE_LIMIT`](super::lines::LINE_LIMIT).
    pub cut: bool,
}

impl Line {
    /// Returns the text without its styles.
    #[must_use]
    pub fn plain(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}
