//! Where things end: the model knows where they begin. Imports the model only.

use crate::runbook::model::{BoxItem, LineIndex, Place};

/// The lines of a text, to find last lines in it.
pub struct Extent<'a> {
    index: LineIndex<'a>,
    count: usize,
}

impl<'a> Extent<'a> {
    /// Returns the lines of `text`.
    pub fn new(text: &'a str) -> Self {
        let index = LineIndex::new(text);
        let count = match text.strip_suffix(['\n', '\r']) {
            Some(_) => index.place(text.len()..text.len()).line.saturating_sub(1),
            None => index.place(text.len()..text.len()).line,
        };
        Self { index, count: count.max(1) }
    }

    /// Returns how many lines there are, at least one.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Returns the last line of what stands at `place`.
    pub fn last(&self, place: &Place) -> usize {
        let text = self.index.text().get(place.bytes.clone()).unwrap_or_default();
        let end = place.bytes.start + text.trim_end_matches(['\n', '\r']).len();
        // The last character, not the line end behind it.
        let end = end.max(place.bytes.start + 1) - 1;
        self.index.place(end..end).line.max(place.line)
    }

    /// Returns the last line in `from..=to` that is not blank, at least `from`.
    pub fn last_said(&self, from: usize, to: usize) -> usize {
        (from..=to.max(from)).rev().find(|line| !self.line(*line).trim().is_empty()).unwrap_or(from)
    }

    /// Returns the last line of `item` by itself, before line `until`.
    pub fn of_box(&self, item: &BoxItem, until: usize) -> usize {
        let block = item.steps.first().is_some_and(|step| step.place.bytes == item.place.bytes);
        if block {
            self.last(&item.place)
        } else if self.line(item.place.line).starts_with('#') {
            self.last_said(item.place.line, self.count.min(until - 1))
        } else {
            self.item(&item.place, until)
        }
    }

    /// Returns the last line of the list item that begins at `place`, before line `until`: what follows it, blank or
    /// further in than its mark.
    fn item(&self, place: &Place, until: usize) -> usize {
        let mark = indent(self.line(place.line)).0;
        let mut last = place.line;
        for line in place.line + 1..until.min(self.count + 1) {
            match indent(self.line(line)) {
                (_, true) => {}
                (deep, false) if deep > mark => last = line,
                // A paragraph may go on without being further in (CommonMark, lazy continuation).
                (_, false) if last + 1 == line && self.goes_on(line) => last = line,
                _ => break,
            }
        }
        last
    }

    /// Whether `line` can only be more of the paragraph above it.
    fn goes_on(&self, line: usize) -> bool {
        let starts = |c: char| !(c.is_alphanumeric() || matches!(c, '(' | '"' | '\''));
        let text = self.line(line).trim_start();
        !text.starts_with(starts)
            && !text.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['.', ')'])
    }

    fn line(&self, line: usize) -> &'a str {
        self.index.text().get(self.index.line_range(line)).unwrap_or_default()
    }
}

/// Returns how far in `line` begins, quote marks counted as blanks, and whether it says nothing.
fn indent(line: &str) -> (usize, bool) {
    let mut columns = 0;
    for c in line.chars() {
        match c {
            ' ' | '>' => columns += 1,
            '\t' => columns += 4 - columns % 4,
            _ => return (columns, false),
        }
    }
    (columns, true)
}
