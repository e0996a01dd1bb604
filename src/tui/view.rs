//! Drawing the app. Reads only; any size, also none at all. One file per part of the screen.

pub mod bar;
pub mod canvas;
pub mod detail;
pub mod feed;
pub mod finished;
pub mod foot;
pub mod help;
pub mod layout;
pub mod list;
pub mod now;
pub mod output;
pub mod question;
pub mod side;
pub mod small;
pub mod stopped;
pub mod strip;
pub mod terminal;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::dialog::Dialog;
use crate::tui::ink::Ink;
use crate::tui::session::Pane;
use crate::tui::shared::Log;
use crate::tui::view::canvas::Canvas;
use crate::tui::view::layout::{Class, Layout};

/// Draws `app`.
pub fn view(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    let layout = Layout::of((area.width, area.height));
    let ink = Ink(app.session.look);
    let mut canvas = Canvas::new(frame.buffer_mut(), ink);
    let cursor = draw(app, &mut canvas, &layout);
    if !matches!(layout.class, Class::Nothing | Class::Symbol | Class::Word) {
        foot::long_notice(app, &mut canvas, &layout);
    }
    if app.session.look.ascii {
        canvas.to_ascii();
    }
    if let Some(cursor) = cursor.filter(|(x, y)| area.contains((*x, *y).into())) {
        frame.set_cursor_position(cursor);
    }
}

/// Draws everything and returns where the cursor stands.
fn draw(app: &App, canvas: &mut Canvas<'_>, layout: &Layout) -> Option<(u16, u16)> {
    match layout.class {
        Class::Nothing => return None,
        Class::Symbol | Class::Word => {
            small::word(app, canvas, layout);
            return None;
        }
        Class::Small => return small::small(app, canvas, layout),
        Class::One | Class::Split | Class::Two => {}
    }
    bar::draw(app, canvas, layout.bar);
    strip::draw(app, canvas, layout.strip);
    now::draw(app, canvas, layout.now);
    foot::draw(app, canvas, layout);
    if let Some((number, term)) = app.keyboard() {
        match app.session.dialog() {
            None => {
                let rect = layout.terminal;
                list::draw(app, canvas, layout.beside_terminal(), layout.class != Class::One);
                if let Some(rect) = layout.feed {
                    feed::draw(app, canvas, rect);
                }
                return terminal::draw(app, number, term, canvas, rect);
            }
            // The person who is asked about it goes on seeing it.
            Some(Dialog::Terminal(_)) => {
                terminal::draw(app, number, term, canvas, layout.list);
                if let Some(rect) = layout.feed {
                    feed::draw(app, canvas, rect);
                }
                return question::draw(app, canvas, layout.dock);
            }
            Some(_) => {}
        }
    }
    if let Some(Dialog::Help(help)) = app.session.dialog() {
        return help::draw(app, help, canvas, layout.middle());
    }
    if app.run().closed.is_some() && app.session.place.zoom.is_none() && app.session.asking.stack.is_empty() {
        finished::draw(app, canvas, layout.middle());
        return foot::find_cursor(app, layout);
    }
    if let (Some(pane), None) = (app.session.place.zoom, app.session.dialog()) {
        pane_at(app, canvas, pane, layout.middle());
        return foot::find_cursor(app, layout);
    }
    let layout = &layout.grown(question::wanted(app, layout.dock.width));
    list::draw(app, canvas, layout.list, layout.class != Class::One);
    if let Some(rect) = layout.feed {
        feed::draw(app, canvas, rect);
    }
    if let Some(dialog) = app.session.dialog() {
        return match (layout.detail, layout.output) {
            (Some(detail), Some(output)) if dialog.ask().beside() => {
                details(app, canvas, layout, detail);
                question::draw(app, canvas, output)
            }
            _ => question::draw(app, canvas, layout.dock),
        };
    }
    if matches!(app.shared.log, Log::Stopped { .. }) {
        stopped::draw(app, canvas, layout.dock);
        return None;
    }
    dock(app, canvas, layout);
    foot::find_cursor(app, layout)
}

/// Draws detail, output and what else the dock has room for.
fn dock(app: &App, canvas: &mut Canvas<'_>, layout: &Layout) {
    let (Some(detail), Some(output)) = (layout.detail, layout.output) else {
        return detail::dock(app, canvas, layout.dock);
    };
    details(app, canvas, layout, detail);
    let has_steps = crate::tui::about::shown_step(app.run(), app.session.place.selected).is_some();
    if has_steps || layout.feed.is_some() {
        output::draw(app, canvas, output);
    } else {
        feed::draw(app, canvas, output);
    }
}

/// Draws the selected box, and hosts and values if there is room, with the rules beside them.
fn details(app: &App, canvas: &mut Canvas<'_>, layout: &Layout, detail: Rect) {
    detail::draw(app, canvas, detail, true);
    if let Some(side) = layout.side {
        side::draw(app, canvas, side);
        canvas.upright(side.x.saturating_sub(2), side.y + 1, side.height.saturating_sub(1));
    }
    if layout.class == Class::Split {
        canvas.upright(detail.right(), detail.y + 1, detail.height.saturating_sub(1));
    }
}

/// Draws one pane with all the room.
fn pane_at(app: &App, canvas: &mut Canvas<'_>, pane: Pane, rect: Rect) {
    match pane {
        Pane::List => list::draw(app, canvas, rect, true),
        Pane::Detail => detail::draw(app, canvas, rect, false),
        Pane::Output => output::draw(app, canvas, rect),
        Pane::Feed => feed::draw(app, canvas, rect),
    }
}
