//! Rows into cells: clipped to the buffer, whatever is asked for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use crate::tui::ink::{Ink, Row, fit, rule};
use crate::tui::theme::{Colours, Role};

/// A buffer to draw rows on.
#[derive(Debug)]
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    /// For making pieces.
    pub ink: Ink,
}

impl<'a> Canvas<'a> {
    /// Returns a canvas on `buffer`.
    pub const fn new(buffer: &'a mut Buffer, ink: Ink) -> Self {
        Self { buffer, ink }
    }

    /// Draws `row` as the row numbered `n` of `rect`, cut to it. Rows outside are dropped.
    pub fn row(&mut self, rect: Rect, n: usize, row: Row) {
        let Some(y) = u16::try_from(n).ok().filter(|n| *n < rect.height).map(|n| rect.y.saturating_add(n))
        else {
            return;
        };
        let area = self.buffer.area;
        if y < area.top() || y >= area.bottom() || rect.x < area.left() || rect.x >= area.right() {
            return;
        }
        let width = rect.width.min(area.right() - rect.x);
        let row = fit(row, usize::from(width));
        self.buffer.set_line(rect.x, y, &Line::from(row), width);
    }

    /// Draws `rows` from the top of `rect`.
    pub fn rows(&mut self, rect: Rect, rows: Vec<Row>) {
        for (n, row) in rows.into_iter().enumerate().take(usize::from(rect.height)) {
            self.row(rect, n, row);
        }
    }

    /// Draws a rule as the first row of `rect`.
    pub fn rule(&mut self, rect: Rect, focused: bool, left: Row, right: Row) {
        let rule = rule(self.ink, focused, left, right, usize::from(rect.width));
        self.row(rect, 0, rule);
    }

    /// Draws an upright rule.
    pub fn upright(&mut self, x: u16, y: u16, height: u16) {
        let piece = vec![self.ink.put(Role::Rule, "│")];
        for n in 0..height {
            self.row(Rect { x, y: y.saturating_add(n), width: 1, height: 1 }, 0, piece.clone());
        }
    }

    /// Draws one letter, which is harmless, at a cell. Cells outside are dropped.
    pub fn cell(&mut self, x: u16, y: u16, letter: &str, style: Style) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_symbol(letter).set_style(style);
        }
    }

    /// Gives all cells of `rect` the background of `style`.
    pub fn patch(&mut self, rect: Rect, style: Style) {
        self.buffer.set_style(rect, style);
    }

    /// Replaces the symbols that ASCII terminals do not have.
    pub fn to_ascii(&mut self) {
        for cell in &mut self.buffer.content {
            if let Some(ascii) = ascii(cell.symbol()) {
                cell.set_symbol(ascii);
            }
        }
    }
}

/// Returns the ASCII stand-in of one of our own symbols.
fn ascii(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "─" | "╌" | "░" => "-",
        "━" | "═" => "=",
        "│" | "║" => "|",
        "╔" | "╗" | "╚" | "╝" | "┏" | "┓" | "┗" | "┛" => "+",
        "┃" => "|",
        "▌" | "▸" => ">",
        "█" => "#",
        "✓" => "+",
        "✗" => "!",
        "⊘" => "/",
        "•" => "*",
        "·" => ".",
        "…" => "~",
        "⟨" => "<",
        "⟩" => ">",
        "↑" => "^",
        "↓" => "v",
        _ => return None,
    })
}

/// Returns `row` as the selected one of the pane that has the focus, or of another one.
#[must_use]
pub fn selected(ink: Ink, focused: bool, row: Row) -> Row {
    let role = if focused { Role::Selected } else { Role::SelectedElsewhere };
    let style = ink.style(role);
    // In sixteen colours a reversed row keeps no other colour: none is safe on a background that is not known.
    let plain = focused && ink.0.colours != Colours::True;
    let restyle = |span: Span<'static>| {
        let style = if plain { style } else { span.style.patch(style) };
        Span::styled(span.content, style)
    };
    let row: Row = row.into_iter().map(restyle).collect();
    if plain {
        row.into_iter().map(|s| Span::styled(s.content, s.style.fg(Color::Reset))).collect()
    } else {
        row
    }
}
