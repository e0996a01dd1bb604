//! Finds control lines (`::gonogo:NONCE:text` LF) in a stream, at any place and however the stream is cut into pieces.
//!
//! They are not only at line starts: a step that prints no newline at the end leaves `abc::gonogo:…`. The nonce is
//! known to the wrapper alone, so output that looks like a control line of somebody else's stays output.

use memchr::memmem::Finder;

/// Longest control line; what is longer is output.
const LINE_MAX: usize = 8 * 1024;

/// A part of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Output, never empty.
    Data(&'a [u8]),
    /// The text of a control line, without marker and line end.
    Control(&'a str),
}

/// Splits one stream. Holds back at most one control line or the beginning of a marker.
#[derive(Debug, Clone)]
pub struct Splitter {
    marker: Finder<'static>,
    held: Vec<u8>,
}

impl Splitter {
    /// Returns a splitter for control lines with this nonce.
    #[must_use]
    pub fn new(nonce: &str) -> Self {
        let marker = Finder::new(format!("::gonogo:{nonce}:").as_bytes()).into_owned();
        Self { marker, held: Vec::new() }
    }

    /// Takes the next bytes of the stream and calls `each` for every part that is complete.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Piece<'_>)) {
        if self.held.is_empty() {
            let rest = self.split(bytes, &mut each);
            self.held.extend_from_slice(rest);
            return;
        }
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let rest = self.split(&all, &mut each);
        self.held = rest.to_vec();
    }

    /// Returns what was held back: at the end of the stream it is output after all.
    #[must_use]
    pub fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    /// Splits as much as is certain and returns the rest.
    fn split<'a>(&self, mut bytes: &'a [u8], each: &mut impl FnMut(Piece<'_>)) -> &'a [u8] {
        let mut from = 0;
        loop {
            let found = bytes.get(from..).and_then(|rest| self.marker.find(rest));
            let Some(at) = found.map(|at| from + at) else {
                let keep = self.prefix_at_end(bytes);
                let (out, rest) = bytes.split_at(bytes.len() - keep);
                emit(out, each);
                return rest;
            };
            let (before, found) = bytes.split_at(at);
            let text = found.get(self.marker.needle().len()..).unwrap_or_default();
            let Some(end) = text.iter().take(LINE_MAX).position(|b| *b == b'\n') else {
                if text.len() < LINE_MAX {
                    emit(before, each);
                    return found;
                }
                from = at + 1;
                continue;
            };
            emit(before, each);
            let (line, rest) = text.split_at(end);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            each(Piece::Control(&String::from_utf8_lossy(line)));
            bytes = rest.get(1..).unwrap_or_default();
            from = 0;
        }
    }

    /// Returns the length of the longest end of `bytes` that is a beginning of the marker.
    fn prefix_at_end(&self, bytes: &[u8]) -> usize {
        let marker = self.marker.needle();
        let longest = bytes.len().min(marker.len() - 1);
        (1..=longest)
            .rev()
            .find(|n| bytes.get(bytes.len() - n..).is_some_and(|end| marker.starts_with(end)))
            .unwrap_or(0)
    }
}

fn emit(part: &[u8], each: &mut impl FnMut(Piece<'_>)) {
    if !part.is_empty() {
        each(Piece::Data(part));
    }
}
