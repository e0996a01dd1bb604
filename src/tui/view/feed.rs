//! What happened, newest first.

use ratatui::layout::Rect;

use crate::clock::Zone;
use crate::text::cut::fit;
use crate::text::sanitize;
use crate::tui::app::App;
use crate::tui::feed::Happened;
use crate::tui::ink::{Ink, Row};
use crate::tui::session::Pane;
use crate::tui::view::canvas::Canvas;

/// Draws the feed.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let ink = canvas.ink;
    let focused = app.session.place.focus == Pane::Feed && app.session.asking.stack.is_empty();
    let title = vec![ink.strong("What happened")];
    canvas.rule(rect, focused, title, vec![ink.skip("newest first")]);
    let inner = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
    let top = if focused { app.session.place.feed_top } else { 0 };
    let wide = rect.width >= 60;
    let newest = app.driven().feed.iter().rev().skip(top).take(usize::from(inner.height));
    let rows = newest.map(|h| line(ink, app.session.zone, h, wide)).collect();
    canvas.rows(inner, rows);
}

/// Returns one line; `wide` ones have columns.
#[must_use]
pub fn line(ink: Ink, zone: Zone, happened: &Happened, wide: bool) -> Row {
    if !wide {
        let said = format!("{} {}", happened.who, happened.what);
        let words = if happened.words.is_empty() { String::new() } else { format!(": {}", happened.words) };
        return vec![ink.skip(format!("  {}  ", zone.hm(happened.at.wall))), ink.text(said), ink.text(words)];
    }
    vec![
        ink.skip(format!(" {}  ", zone.hms(happened.at.wall))),
        ink.text(fit(&sanitize(&happened.who), 12)),
        ink.text("  "),
        ink.text(fit(&sanitize(&happened.what), 22)),
        ink.text("  "),
        ink.text(&happened.words),
    ]
}
