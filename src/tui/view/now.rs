//! Row 2: what is happening, in one sentence.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::ink::{Ink, Row, sides};
use crate::tui::now::{Loud, Now, now};
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;

/// Draws the NOW line.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let now = now(app);
    let ink = canvas.ink;
    let mut left = chip(ink, &now);
    left.push(ink.text(" "));
    left.push(ink.strong(&now.what));
    if !now.rest.is_empty() {
        left.push(ink.text(format!("   {}", now.rest)));
    }
    if now.more > 0 {
        left.push(ink.text(format!("  +{}", now.more)));
    }
    let right = if now.right.is_empty() { Row::new() } else { vec![ink.text(format!("  {} ", now.right))] };
    canvas.row(rect, 0, sides(left, right, usize::from(rect.width)));
}

/// Returns the chip.
#[must_use]
pub fn chip(ink: Ink, now: &Now) -> Row {
    match now.chip.loud() {
        Loud::Now => ink.calm(Role::Now, &format!("{} ", now.word)),
        Loud::Well => ink.calm(Role::Well, &format!("{} ", now.word)),
        Loud::Asks => ink.asks(&now.word),
        Loud::Alarm if now.chip == crate::tui::now::Chip::Confirm => {
            vec![ink.put(Role::Alarm, format!(" {} ", now.word))]
        }
        Loud::Alarm => vec![ink.put(Role::Alarm, format!(" ✗ {} ", now.word))],
        Loud::Unknown => vec![ink.put(Role::Unknown, format!(" ? {} ", now.word))],
    }
}
