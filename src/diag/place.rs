//! Positions in a source text: byte ranges turned into lines and columns; pure, imports nothing.

use std::ops::Range;

/// Where something stands in the source: byte range, and line and column of its start, both counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Byte range in the source text.
    pub bytes: Range<usize>,
    /// Line of the start, from 1.
    pub line: usize,
    /// Column of the start in characters, from 1.
    pub column: usize,
}

/// The starts of the lines of a text, so that a byte offset becomes a [`Place`] without reading the text again.
#[derive(Debug, Clone)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// How many characters begin before each stretch of [`STRETCH`] bytes: a column costs the same in any line.
    chars: Vec<usize>,
}

/// Bytes that are counted at most for one column.
const STRETCH: usize = 1024;

/// The UTF-8 byte order mark, which stands before the first column.
const BOM: &str = "\u{feff}";

impl<'a> LineIndex<'a> {
    /// Returns the index of `text`. Lines end with `\n`, `\r\n` or a lone `\r`, as in CommonMark.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let first = if text.starts_with(BOM) { BOM.len() } else { 0 };
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(i, b)| match b {
            b'\n' => true,
            b'\r' => bytes.get(i + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(first).chain(ends.map(|(i, _)| i + 1)).collect();
        let mut before = 0;
        let chars = bytes.chunks(STRETCH).map(|stretch| {
            let here = before;
            before += begun(stretch);
            here
        });
        Self { text, starts, chars: chars.collect() }
    }

    /// Returns how many characters begin before byte `at`.
    fn before(&self, at: usize) -> usize {
        let stretch = (at / STRETCH).min(self.chars.len().saturating_sub(1));
        let rest = self.text.as_bytes().get(stretch * STRETCH..at).unwrap_or_default();
        self.chars.get(stretch).copied().unwrap_or_default() + begun(rest)
    }

    /// Returns the text it was made of.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Returns the place of `bytes`; a range beyond the text is cut to it.
    #[must_use]
    pub fn place(&self, bytes: Range<usize>) -> Place {
        let start = self.floor(bytes.start);
        let end = self.floor(bytes.end).max(start);
        let line = self.starts.partition_point(|&s| s <= start).max(1);
        let line_start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self.before(start).saturating_sub(self.before(line_start)) + 1;
        Place { bytes: start..end, line, column }
    }

    /// Returns the byte range of line `line` (from 1) without its line end, empty beyond the last line.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let Some(start) = line.checked_sub(1).and_then(|i| self.starts.get(i)).copied() else {
            return self.text.len()..self.text.len();
        };
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end).unwrap_or_default();
        start..start + text.trim_end_matches(['\n', '\r']).len()
    }

    fn floor(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
/// Returns how many characters begin in `bytes`, which are a part of UTF-8 text.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b & 0xc0 != 0x80).count()
}
