//! Row 0: where. Environment, kind, title and version, captain, clock, time since the start, log.

use ratatui::layout::Rect;

use crate::run::fact::RunKind;
use crate::text::clocks::h_mm;
use crate::text::cut::{cut_end, cut_middle, width};
use crate::text::sanitize;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::ink::{Ink, Row, elapsed, sides};
use crate::tui::shared::Log;
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;

/// Draws the bar.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let wide = rect.width >= 110;
    let run = app.run();
    let ink = canvas.ink;
    let loud = about::loud(run);
    let (place, kind) = place(app);
    let since = format!("T+{}", h_mm(elapsed(&run.opened_at, &end(app))));
    let clock = app.session.zone.hms(app.session.now.wall);
    let captain = if wide { format!("captain {}", run.captain.name) } else { run.captain.name.clone() };
    let captain = crate::text::cut::cut_end(&sanitize(&captain), if wide { 30 } else { 12 });
    let gap = if wide { "   " } else { "  " };
    let mut parts = vec![captain];
    if wide {
        parts.push(format!("run {}", run.id));
    }
    parts.extend([clock, since]);
    let mut right: Row = Vec::new();
    for part in parts {
        right.push(ink.text(part));
        right.push(ink.text(gap));
    }
    right.extend(log(app, ink, loud));
    right.push(ink.text(" "));
    let right_wide = crate::tui::ink::width(&right);
    let word = if loud { place.to_uppercase() } else { place };
    let head = if word.is_empty() { format!(" {kind}  ") } else { format!(" {word} {kind}  ") };
    let room = usize::from(rect.width).saturating_sub(width(&head) + right_wide + 1);
    // A child's own title matters more than that of its parent.
    let cut = if app.shared.runs.parent().is_some() { cut_end } else { cut_middle };
    let title = cut(&sanitize(&title(app)), room);
    let mut left: Row = Vec::new();
    if loud || word.is_empty() {
        left.push(ink.text(head));
    } else {
        left.extend([ink.text(" "), ink.put(Role::Staging, word), ink.text(format!(" {kind}  "))]);
    }
    left.push(ink.strong(title));
    let mut row = sides(left, right, usize::from(rect.width));
    if loud {
        let style = ink.style(Role::Production);
        row.iter_mut().for_each(|span| span.style = style);
    }
    canvas.row(rect, 0, row);
}

fn end(app: &App) -> crate::clock::Stamp {
    app.run().closed.as_ref().map_or(app.session.now, |(_, at)| *at)
}

/// Returns the environment's name and the kind of the run.
#[must_use]
pub fn place(app: &App) -> (String, &'static str) {
    let opened = &app.run().opened;
    let kind = match opened.run_kind {
        RunKind::Live => "live",
        RunKind::Drill => "drill",
    };
    (opened.environment.as_ref().map(|e| sanitize(&e.name).into_owned()).unwrap_or_default(), kind)
}

/// Returns the title; of a child run with its parent.
#[must_use]
pub fn title(app: &App) -> String {
    let title = app.run().title().to_owned();
    let parent = app.shared.runs.parent().map(|p| p.run().title().to_owned());
    match parent {
        Some(parent) => {
            let rollback = app.run().opened.parent.as_ref().is_some_and(|p| p.rollback);
            let of = if rollback { "rollback of" } else { "child of" };
            format!("{title}, {of} {parent}")
        }
        None => title,
    }
}

fn log(app: &App, ink: Ink, loud: bool) -> Row {
    let words = app.shared.log_words();
    match &app.shared.log {
        Log::Ok => vec![ink.text(words)],
        Log::Slow(_) => vec![ink.strong(words)],
        Log::Stopped { .. } if loud => vec![ink.strong(words)],
        Log::Stopped { .. } => vec![ink.put(Role::Alarm, format!(" {words} "))],
    }
}
