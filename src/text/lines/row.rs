//! The line being written: cells that can be written over, bounded in bytes; pure.

use unicode_width::UnicodeWidthChar as _;

use super::LINE_LIMIT;
use crate::text::sanitize::{hazard, sanitize};
use crate::text::style::{Line, Span, Style};

/// Combining marks a letter keeps; more only serve to overflow a screen cell.
const MARKS: usize = 8;

/// One column of the row.
#[derive(Debug, Clone, Default)]
struct Cell {
    /// The letter; `None` in the second column of a wide letter.
    letter: Option<char>,
    /// Marks that combine with it.
    marks: String,
    style: Style,
}

/// A line that is being written.
#[derive(Debug, Clone, Default)]
pub struct Row {
    cells: Vec<Cell>,
    at: usize,
    bytes: usize,
    cut: bool,
}

impl Row {
    /// Returns whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Writes `c` at the cursor; a hazard is written in its visible form.
    pub fn put(&mut self, c: char, style: Style) {
        if hazard(c).is_some() {
            let mut buffer = [0; 4];
            for shown in sanitize(c.encode_utf8(&mut buffer)).chars() {
                self.put_shown(shown, style);
            }
        } else {
            self.put_shown(c, style);
        }
    }

    fn put_shown(&mut self, c: char, style: Style) {
        let width = c.width().unwrap_or(0).min(2);
        if width == 0 {
            return self.combine(c, style);
        }
        self.pad();
        for column in self.at..=self.at + width {
            self.split_wide(column);
        }
        let freed: usize = self.cells.iter().skip(self.at).take(width).map(Cell::len).sum();
        if self.bytes - freed + c.len_utf8() > LINE_LIMIT {
            self.cut = true;
            return;
        }
        self.bytes = self.bytes - freed + c.len_utf8();
        for offset in 0..width {
            let letter = (offset == 0).then_some(c);
            self.set(self.at + offset, Cell { letter, marks: String::new(), style });
        }
        self.at += width;
    }

    /// Adds a mark to the letter before the cursor; without one it stands on a space.
    fn combine(&mut self, mark: char, style: Style) {
        if self.at == 0 {
            self.put_shown(' ', style);
        }
        if self.bytes + mark.len_utf8() > LINE_LIMIT {
            self.cut = true;
            return;
        }
        let before = self.at.saturating_sub(1);
        let wide = self.cells.get(before).is_some_and(|cell| cell.letter.is_none());
        let letter = self.cells.get_mut(before - usize::from(wide && before > 0));
        if let Some(cell) = letter.filter(|cell| cell.marks.chars().count() < MARKS) {
            cell.marks.push(mark);
            self.bytes += mark.len_utf8();
        }
    }

    /// Moves the cursor to `column`, at most [`LINE_LIMIT`].
    pub fn go_to(&mut self, column: usize) {
        self.at = column.min(LINE_LIMIT);
    }

    /// Moves the cursor one column back.
    pub fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// Moves the cursor to the next multiple of 8.
    pub fn tab(&mut self) {
        self.go_to((self.at / 8 + 1) * 8);
        self.pad();
    }

    /// Erases to the end (0), from the beginning (1) or all of the row (2), as `CSI K` does.
    pub fn erase(&mut self, what: u16) {
        match what {
            0 => {
                self.split_wide(self.at);
                self.cells.truncate(self.at);
                self.cut = false;
            }
            1 => {
                self.split_wide(self.at + 1);
                for cell in self.cells.iter_mut().take(self.at + 1) {
                    *cell = Cell { letter: Some(' '), ..Cell::default() };
                }
            }
            2 => {
                self.cells.clear();
                self.cut = false;
            }
            _ => return,
        }
        self.bytes = self.cells.iter().map(Cell::len).sum();
    }

    /// Returns what is written so far.
    pub fn line(&self) -> Line {
        let mut spans: Vec<Span> = Vec::new();
        for cell in &self.cells {
            let Some(letter) = cell.letter else { continue };
            match spans.last_mut().filter(|span| span.style == cell.style) {
                Some(span) => span.text.push(letter),
                None => spans.push(Span { text: letter.to_string(), style: cell.style }),
            }
            if let Some(span) = spans.last_mut() {
                span.text.push_str(&cell.marks);
            }
        }
        Line { spans, cut: self.cut }
    }

    /// Fills the row with spaces up to the cursor.
    fn pad(&mut self) {
        while self.cells.len() < self.at {
            if self.bytes >= LINE_LIMIT {
                self.cut = true;
                self.at = self.cells.len();
                return;
            }
            self.cells.push(Cell { letter: Some(' '), ..Cell::default() });
            self.bytes += 1;
        }
    }

    /// A wide letter of which one column is about to be overwritten leaves spaces.
    fn split_wide(&mut self, column: usize) {
        if self.cells.get(column).is_none_or(|cell| cell.letter.is_some()) {
            return;
        }
        for place in [column.saturating_sub(1), column] {
            let freed = self.cells.get(place).map_or(0, Cell::len);
            self.set(place, Cell { letter: Some(' '), ..Cell::default() });
            self.bytes = self.bytes - freed + 1;
        }
    }

    fn set(&mut self, column: usize, cell: Cell) {
        match self.cells.get_mut(column) {
            Some(old) => *old = cell,
            None => self.cells.push(cell),
        }
    }
}

impl Cell {
    fn len(&self) -> usize {
        self.letter.map_or(0, char::len_utf8) + self.marks.len()
    }
}
