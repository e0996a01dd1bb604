//! Pieces of rows: styled, harmless, measured and cut. All text becomes cells through [`Ink::put`].

use std::time::Duration;

use ratatui::style::Style;
use ratatui::text::Span;

use crate::clock::Stamp;
use crate::runbook::placeholder::fill::{CLOSE, OPEN};
use crate::text::cut::{cut_end, width as text_width};
use crate::text::sanitize;
use crate::tui::theme::{Look, Role};

/// A row, from left to right.
pub type Row = Vec<Span<'static>>;

/// Makes pieces for a terminal of a certain look.
#[derive(Debug, Clone, Copy)]
pub struct Ink(pub Look);

impl Ink {
    /// Returns `text` in the style of `role`, its hazards visible.
    #[must_use]
    pub fn put(self, role: Role, text: impl AsRef<str>) -> Span<'static> {
        Span::styled(sanitize(text.as_ref()).into_owned(), self.0.style(role))
    }

    /// Returns plain text.
    #[must_use]
    pub fn text(self, text: impl AsRef<str>) -> Span<'static> {
        self.put(Role::Text, text)
    }

    /// Returns skip-able text.
    #[must_use]
    pub fn skip(self, text: impl AsRef<str>) -> Span<'static> {
        self.put(Role::Skip, text)
    }

    /// Returns strong text.
    #[must_use]
    pub fn strong(self, text: impl AsRef<str>) -> Span<'static> {
        self.put(Role::Strong, text)
    }

    /// Returns `columns` blanks.
    #[must_use]
    pub fn blank(self, columns: usize) -> Span<'static> {
        Span::styled(" ".repeat(columns), Style::default())
    }

    /// Returns the style of `role`.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        self.0.style(role)
    }

    /// Returns a swatch and its word, for what is calm.
    #[must_use]
    pub fn calm(self, sign: Role, word: &str) -> Row {
        vec![self.put(sign, "█"), self.text(" "), self.strong(word)]
    }

    /// Returns a line of a script, what is still to be filled in marked; `open` says whether it is in such a mark where
    /// the line begins, and then where it ends.
    #[must_use]
    pub fn script(self, line: &str, open: &mut bool) -> Row {
        let mut row = Row::new();
        for part in line.split_inclusive([OPEN, CLOSE]) {
            let (text, mark) = match part.char_indices().next_back() {
                Some((at, c @ (OPEN | CLOSE))) => (part.get(..at).unwrap_or_default(), Some(c)),
                _ => (part, None),
            };
            let role = if *open { Role::AskWord } else { Role::Strong };
            row.push(self.put(role, text));
            if let Some(mark) = mark {
                row.push(self.put(Role::AskSwatch, mark.to_string()));
                *open = mark == OPEN;
            }
        }
        row.retain(|span| !span.content.is_empty());
        row
    }

    /// Returns a swatch and its reversed word, for what asks somebody.
    #[must_use]
    pub fn asks(self, word: &str) -> Row {
        vec![self.put(Role::AskSwatch, "█"), self.put(Role::AskWord, format!(" {word} "))]
    }
}

/// Returns the columns that `row` takes.
#[must_use]
pub fn width(row: &[Span<'_>]) -> usize {
    row.iter().map(|span| text_width(&span.content)).sum()
}

/// Returns `row` in at most `columns` columns, with `…` at the end if something is missing.
#[must_use]
pub fn cut(row: Row, columns: usize) -> Row {
    if width(&row) <= columns {
        return row;
    }
    let mut left = columns;
    let mut out = Row::new();
    for span in row {
        let wide = text_width(&span.content);
        if wide < left {
            left -= wide;
            out.push(span);
            continue;
        }
        // The mark must not be lost when this piece fits exactly and another one follows.
        let marked = format!("{}…", span.content);
        out.push(Span::styled(cut_end(&marked, left), span.style));
        break;
    }
    out
}

/// Returns `row` in exactly `columns` columns.
#[must_use]
pub fn fit(row: Row, columns: usize) -> Row {
    let mut out = cut(row, columns);
    let missing = columns.saturating_sub(width(&out));
    if missing > 0 {
        out.push(Span::raw(" ".repeat(missing)));
    }
    out
}

/// Returns `left` and `right` at the two ends of `columns` columns; `left` is cut, `right` only if it alone does not fit.
#[must_use]
pub fn sides(left: Row, right: Row, columns: usize) -> Row {
    let right = cut(right, columns);
    let wide = width(&right);
    let gap = usize::from(wide > 0);
    let mut out = fit(left, columns.saturating_sub(wide + gap));
    out.push(Span::raw(" ".repeat(gap.min(columns.saturating_sub(width(&out) + wide)))));
    out.extend(right);
    out
}

/// Returns a rule of `columns` columns with `left` and `right` set into it.
#[must_use]
pub fn rule(ink: Ink, focused: bool, left: Row, right: Row, columns: usize) -> Row {
    let (role, line) = if focused { (Role::RuleFocused, "━") } else { (Role::Rule, "─") };
    let role = |n: usize| Span::styled(line.repeat(n), ink.style(role));
    let mut out = vec![role(1.min(columns))];
    let room = columns.saturating_sub(2);
    let right = cut(right, room.saturating_sub(2));
    let right_wide = if right.is_empty() { 0 } else { width(&right) + 3 };
    let left = cut(left, room.saturating_sub(right_wide + 1));
    let left_wide = width(&left);
    if left_wide > 0 {
        out.push(ink.blank(1));
        out.extend(left);
        out.push(ink.blank(1));
    }
    let used = width(&out);
    out.push(role(columns.saturating_sub(used + right_wide)));
    if right_wide > 0 {
        out.push(ink.blank(1));
        out.extend(right);
        out.push(ink.blank(1));
        out.push(role(1));
    }
    cut(out, columns)
}

/// Returns the time from `since` to `now`: by the monotonic clock, unless that one belongs to another boot.
#[must_use]
pub fn elapsed(since: &Stamp, now: &Stamp) -> Duration {
    const APART: Duration = Duration::from_secs(3_600);
    let wall = (now.wall - since.wall).to_std().unwrap_or_default();
    let mono = Duration::from_nanos(now.since_ns(since));
    if now.mono_ns >= since.mono_ns && mono.abs_diff(wall) < APART { mono } else { wall }
}
