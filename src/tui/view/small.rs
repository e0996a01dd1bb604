//! Terminals that are too small for the run screen: the focused pane only, one line, one symbol.

use ratatui::layout::Rect;

use crate::run::offer::Offer;
use crate::text::clocks::h_mm;
use crate::text::cut::cut_middle;
use crate::text::sanitize;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::dialog::Dialog;
use crate::tui::ink::{Row, cut, elapsed, sides, width};
use crate::tui::now::{self, Chip, Loud};
use crate::tui::session::Pane;
use crate::tui::shared::Log;
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;
use crate::tui::view::layout::{Class, Layout};
use crate::tui::view::{
    bar, detail, feed, foot, help, list, now as now_view, output, question, stopped, terminal,
};

/// Draws one line, or one symbol.
pub fn word(app: &App, canvas: &mut Canvas<'_>, layout: &Layout) {
    let ink = canvas.ink;
    let now = now::now(app);
    let line = Rect { height: 1, ..layout.area };
    if layout.class == Class::Symbol {
        let (role, symbol) = match (now.chip, now.chip.loud()) {
            (Chip::Running | Chip::Waiting, _) => (Role::Now, "▸"),
            (_, Loud::Well) => (Role::Well, "✓"),
            (_, Loud::Unknown) => (Role::UnknownSign, "?"),
            (_, Loud::Alarm) => (Role::AlarmSign, "✗"),
            _ => (Role::AskSwatch, "•"),
        };
        return canvas.row(line, 0, vec![ink.put(role, symbol)]);
    }
    let row = vec![
        ink.strong(now.word.clone()),
        ink.text(" "),
        ink.text(now.what),
        ink.text(format!(" {}", now.right)),
    ];
    canvas.row(line, 0, row);
}

/// Draws the focused pane under the most important rows, and returns the cursor.
pub fn small(app: &App, canvas: &mut Canvas<'_>, layout: &Layout) -> Option<(u16, u16)> {
    head(app, canvas, layout);
    foot::draw(app, canvas, layout);
    let rect = layout.dock;
    if let Some(Dialog::Help(overlay)) = app.session.dialog() {
        return help::draw(app, overlay, canvas, rect);
    }
    if app.session.dialog().is_some() {
        return question::draw(app, canvas, rect);
    }
    if let Some((number, term)) = app.keyboard() {
        return terminal::draw(app, number, term, canvas, rect);
    }
    if matches!(app.shared.log, Log::Stopped { .. }) {
        stopped::draw(app, canvas, rect);
        return None;
    }
    match app.session.place.zoom.unwrap_or(app.session.place.focus) {
        Pane::List => boxed(app, canvas, rect),
        Pane::Detail => detail::draw(app, canvas, rect, false),
        Pane::Output => output::draw(app, canvas, rect),
        Pane::Feed => feed::draw(app, canvas, rect),
    }
    foot::find_cursor(app, layout)
}

/// The rows over the pane: where, what is happening in two rows, how far.
fn head(app: &App, canvas: &mut Canvas<'_>, layout: &Layout) {
    let ink = canvas.ink;
    let columns = usize::from(layout.area.width);
    let now = now::now(app);
    let mut chip = now_view::chip(ink, &now);
    chip.extend([ink.text(" "), ink.strong(&now.what)]);
    let rows = usize::from(layout.dock.y);
    let area = Rect { height: layout.dock.y, ..layout.area };
    if rows < 3 {
        return canvas.row(area, 0, chip);
    }
    canvas.row(area, 0, place(app, ink, columns));
    canvas.row(area, 1, chip);
    let log = app.shared.log_words();
    let rest = if now.right.is_empty() { now.rest } else { now.right };
    canvas.row(area, 2, sides(vec![ink.text(rest)], vec![ink.text(log)], columns));
    if rows > 3 {
        let run = app.run();
        let counts = run.counts();
        let done = counts.signed + counts.waived;
        let said = format!("{done} of {} boxes", done + counts.open);
        let phases = crate::tui::view::strip::phases(ink, run, " ");
        let row = if width(&phases) + said.len() + 2 <= columns {
            sides(phases, vec![ink.text(said)], columns)
        } else {
            let here = run.runbook.boxes.get(app.session.place.selected).map_or(0, |b| b.phase);
            let phase = about::phases(run).into_iter().find(|p| p.index == here);
            let phase = phase.map(|p| format!("{} {}/{}", about::short_phase(run, here), p.settled, p.total));
            vec![ink.text(format!("{}, {said}", phase.unwrap_or_default()))]
        };
        canvas.row(area, 3, row);
    }
}

fn place(app: &App, ink: crate::tui::ink::Ink, columns: usize) -> Row {
    let (place, kind) = bar::place(app);
    let loud = about::loud(app.run());
    let place = if loud { place.to_uppercase() } else { place };
    let since = h_mm(elapsed(&app.run().opened_at, &app.session.now));
    let right = format!("{} T+{since} ", app.session.zone.hm(app.session.now.wall));
    let head = format!(" {place} {kind}  ");
    let room = columns.saturating_sub(width(&[ink.text(&head)]) + right.len() + 1);
    let title = bar::title(app);
    // A version at the end says more than the beginning of a name.
    let last = title.split(' ').next_back().unwrap_or_default();
    let title = cut_middle(&sanitize(if room < 16 { last } else { &title }), room);
    let mut row = sides(vec![ink.text(head), ink.strong(title)], vec![ink.text(right)], columns);
    if loud {
        let style = ink.style(Role::Production);
        row.iter_mut().for_each(|span| span.style = style);
    }
    row
}

/// The selected box: its rule, then its output, or its text.
fn boxed(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let ink = canvas.ink;
    let run = app.run();
    let selected = app.session.place.selected;
    let Some(item) = run.runbook.boxes.get(selected) else { return };
    let number = format!("box {}", about::number(run, selected));
    let mut title = list::mark(ink, run.box_status(selected));
    title.extend([ink.text(" "), ink.strong(&item.text)]);
    let room = usize::from(rect.width).saturating_sub(number.len() + 8);
    canvas.rule(rect, true, cut(title, room), vec![ink.skip(number)]);
    let inner = Rect { y: rect.y.saturating_add(1), height: rect.height.saturating_sub(1), ..rect };
    let place = &app.session.place;
    let attempt = about::shown_attempt(run, selected, place.host.as_deref());
    let signs = matches!(run.offer(selected, app.session.now.wall), Offer::Sign(..));
    match attempt.filter(|_| !signs) {
        Some(attempt) => {
            let window = app.driven().outputs.get(&attempt.intent.number);
            let columns = usize::from(inner.width);
            let rows = output::lines(app, ink, attempt, window, columns, usize::from(inner.height));
            canvas.rows(inner, rows);
        }
        None => canvas.rows(inner, detail::lines(app, usize::from(inner.width), true)),
    }
}
