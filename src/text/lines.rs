//! Bytes of a remote program become styled lines; the only user of `vte`. Imports `sanitize`, `style` and `cut`.
//!
//! Output never reaches the real terminal. Colours and attributes (SGR) are kept, `\r` returns to the first column,
//! backspace goes one back, tabs advance to multiples of 8, `CSI K` erases in the line and `CSI G` sets the column
//! (progress bars need these two); every other sequence is dropped. Invariants: memory per line is bounded by
//! [`LINE_LIMIT`], and any split of the bytes into chunks gives the same lines.

mod row;
mod sgr;
mod utf8;

use vte::{Params, Parser, Perform};

use self::row::Row;
use self::utf8::Utf8Stream;
use super::style::{Line, Style};

/// Bytes of text a line holds at most; the rest of a longer line is dropped and the line marked as cut.
pub const LINE_LIMIT: usize = 16 * 1024;

/// Reads bytes, gives lines. Feed it chunks of a bounded size: a chunk of n bytes makes at most n lines.
#[derive(Default)]
pub struct LineReader {
    utf8: Utf8Stream,
    parser: Parser,
    row: Row,
    style: Style,
}

impl std::fmt::Debug for LineReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineReader").field("style", &self.style).finish_non_exhaustive()
    }
}

impl LineReader {
    /// Returns a reader at the beginning of a line in the default style.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `bytes` and returns the lines that they complete. Invalid UTF-8 becomes U+FFFD.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Line> {
        let text = self.utf8.decode(bytes);
        self.read(&text)
    }

    /// Returns the line that is not complete yet, `None` if nothing stands in it.
    #[must_use]
    pub fn partial(&self) -> Option<Line> {
        (!self.row.is_empty()).then(|| self.row.line())
    }

    /// Ends the reading and returns the line that no line feed ended, `None` if nothing stands in it.
    #[must_use]
    pub fn finish(mut self) -> Option<Line> {
        let text = self.utf8.end();
        self.read(text);
        self.partial()
    }

    fn read(&mut self, text: &str) -> Vec<Line> {
        let mut done = Vec::new();
        let mut sink = Sink { row: &mut self.row, style: &mut self.style, done: &mut done };
        self.parser.advance(&mut sink, text.as_bytes());
        done
    }
}

/// Returns the lines of `bytes`, the last one also if no line feed ends it.
#[must_use]
pub fn read_all(bytes: &[u8]) -> Vec<Line> {
    let mut reader = LineReader::new();
    let mut lines = reader.feed(bytes);
    lines.extend(reader.finish());
    lines
}

struct Sink<'a> {
    row: &'a mut Row,
    style: &'a mut Style,
    done: &'a mut Vec<Line>,
}

impl Perform for Sink<'_> {
    fn print(&mut self, c: char) {
        self.row.put(c, *self.style);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.done.push(self.row.line());
                *self.row = Row::default();
            }
            b'\r' => self.row.go_to(0),
            0x08 => self.row.back(),
            b'\t' => self.row.tab(),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        if ignore || !intermediates.is_empty() {
            return;
        }
        let first = params.iter().next().and_then(|p| p.first().copied()).unwrap_or(0);
        match action {
            'm' => sgr::apply(self.style, params),
            'K' => self.row.erase(first),
            'G' => self.row.go_to(usize::from(first).saturating_sub(1)),
            _ => {}
        }
    }
}
