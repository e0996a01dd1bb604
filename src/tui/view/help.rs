//! The help overlay, made from the one table of keys.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::dialog::Ask as _;
use crate::tui::dialog::help::Help;
use crate::tui::ink::{Ink, Row, fit};
use crate::tui::keymap::{Act, Entry, Group};
use crate::tui::next::Next;
use crate::tui::session::Pane;
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, selected};

/// Draws the overlay and returns the cursor of its search.
pub fn draw(app: &App, help: &Help, canvas: &mut Canvas<'_>, rect: Rect) -> Option<(u16, u16)> {
    let ink = canvas.ink;
    let (left, right) = help.title(&app.cx());
    canvas.rule(rect, true, vec![ink.strong(left)], vec![ink.skip(right)]);
    let entries = help.entries();
    let inner = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
    let rows: Vec<Row> = grouped(&entries)
        .into_iter()
        .map(|line| match line {
            Line::Head(text) => vec![ink.text(" "), ink.strong(text)],
            Line::Key(entry) => {
                let here = entries.get(help.at).is_some_and(|e| e.act == entry.act);
                key(app, ink, entry, here)
            }
        })
        .collect();
    let find = usize::from(help.finding || !help.sought().is_empty());
    let height = usize::from(inner.height).saturating_sub(find).max(1);
    let columns = usize::from((inner.width / 40).clamp(1, 3));
    let wide = usize::from(inner.width) / columns;
    // The page with the cursor is shown when not all of them fit.
    let at = grouped(&entries)
        .iter()
        .position(|l| matches!(l, Line::Key(e) if entries.get(help.at).is_some_and(|h| h.act == e.act)));
    let first = (at.unwrap_or(0) / (height * columns)) * height * columns;
    for n in 0..height {
        let mut row = Row::new();
        for column in 0..columns {
            let cell = rows.get(first + column * height + n).cloned().unwrap_or_default();
            row.extend(fit(cell, wide));
        }
        canvas.row(inner, n, row);
    }
    if find == 0 {
        return None;
    }
    let slot = help.form().and_then(|f| f.slots.first());
    let seen = slot.map(|s| s.field.seen(usize::from(inner.width).saturating_sub(6)));
    let text = seen.as_ref().map_or_else(|| help.sought().to_owned(), |s| s.text.clone());
    canvas.row(inner, height, vec![ink.put(Role::Key, " / "), ink.strong(text)]);
    let seen = seen?;
    let y = inner.y.checked_add(u16::try_from(height).ok()?)?;
    Some((inner.x + 3 + u16::try_from(seen.cursor).ok()?, y))
}

enum Line {
    Head(&'static str),
    Key(&'static Entry),
}

fn grouped(entries: &[&'static Entry]) -> Vec<Line> {
    let groups = [(Group::Do, "Do"), (Group::See, "See"), (Group::Move, "Move"), (Group::Take, "Take away")];
    let mut lines = Vec::new();
    for (group, name) in groups {
        let found: Vec<&'static Entry> = entries.iter().copied().filter(|e| e.group == group).collect();
        if !found.is_empty() {
            lines.push(Line::Head(name));
            lines.extend(found.into_iter().map(Line::Key));
        }
    }
    lines
}

fn key(app: &App, ink: Ink, entry: &Entry, here: bool) -> Row {
    let works = works(app, entry);
    let role = if works { Role::Key } else { Role::Skip };
    let text = if works { Role::Text } else { Role::Skip };
    let row = vec![ink.text("   "), ink.put(role, format!("{:<9} ", entry.show)), ink.put(text, entry.help)];
    if here { selected(ink, true, fit(row, 38)) } else { row }
}

/// Whether a key does something now.
fn works(app: &App, entry: &Entry) -> bool {
    let run = app.run();
    let open = run.closed.is_none();
    let next = &app.session.enter.0;
    let settled = run.boxes.get(app.session.place.selected).is_some_and(crate::run::state::BoxState::settled);
    if !entry.works_in(app.session.place.focus) {
        return false;
    }
    match entry.act {
        Act::Enter => {
            let idle = matches!(next, Next::Running(_) | Next::Waiting(..) | Next::Nothing);
            !idle && !matches!(next, Next::Elsewhere(_) | Next::Exported(_))
        }
        Act::Sign => matches!(next, Next::Sign(_)),
        Act::Waive => open && !settled,
        Act::Cancel => run.in_flight().next().is_some() || run.watches() || matches!(next, Next::Waiting(..)),
        Act::Retry => matches!(next, Next::Failed(_)),
        Act::Verdict => matches!(next, Next::Failed(_) | Next::Verdict(_)),
        Act::HandOver => open && app.driven().driver.elsewhere().is_none_or(|_| app.is_offered()),
        Act::Rollback => open && run.runbook.front.rollback.is_some(),
        Act::Gate | Act::NoGo | Act::OpenAnyway => open && run.next_gate().is_some(),
        Act::Unsign => open && settled,
        Act::Close => open,
        Act::Fill => open && !run.runbook.asked().is_empty(),
        Act::Follow | Act::Wrap => app.session.place.focus == Pane::Output,
        _ => true,
    }
}
