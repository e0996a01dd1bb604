//! A remote terminal: a heavy frame all round, inside is the remote machine, outside is gonogo.
//!
//! Only cells are drawn, one letter each, and a letter that could reorder or hide others is drawn as a mark: nothing of
//! what the host sends can be more than a letter in its own place.

use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use crate::text::sanitize;
use crate::tui::app::App;
use crate::tui::dialog::terminal::named;
use crate::tui::ink::{Ink, Row, cut, width};
use crate::tui::term::Term;
use crate::tui::theme::{Colours, Role};
use crate::tui::update::terminal::shell_of;
use crate::tui::view::canvas::Canvas;

/// Draws the terminal with this number into `rect`, its frame included, and returns where its cursor stands.
pub fn draw(app: &App, number: u32, term: &Term, canvas: &mut Canvas<'_>, rect: Rect) -> Option<(u16, u16)> {
    let inner = framed(app, number, canvas, rect);
    let screen = term.screen();
    let (rows, _) = screen.size();
    let (at_row, at_column) = screen.cursor_position();
    // In a lower frame, as beside a question, the rows around the cursor are shown.
    let top = if rows.get() > inner.height { (at_row + 1).saturating_sub(inner.height) } else { 0 };
    let ink = canvas.ink;
    for y in 0..inner.height.min(rows.get().saturating_sub(top)) {
        cells(canvas, ink, term, top + y, Rect { y: inner.y + y, height: 1, ..inner });
    }
    let (x, y) = (inner.x.saturating_add(at_column), inner.y.saturating_add(at_row.saturating_sub(top)));
    let inside = inner.contains((x, y).into()) && !screen.hide_cursor();
    inside.then_some((x, y))
}

fn cells(canvas: &mut Canvas<'_>, ink: Ink, term: &Term, row: u16, line: Rect) {
    let screen = term.screen();
    for column in 0..line.width {
        let Some(cell) = screen.cell(row, column) else { break };
        if cell.is_wide_continuation() {
            continue;
        }
        let whole = !cell.is_wide() || column + 1 < line.width;
        let text = if cell.has_contents() && whole { cell.contents() } else { " " };
        let shown = if sanitize(text) == text { text } else { "?" };
        canvas.cell(line.x + column, line.y, shown, looks(ink.0.colours, cell));
    }
}

/// Returns the looks that the host gave a cell, as far as the operator's terminal has them.
fn looks(colours: Colours, cell: &vt100::Cell) -> Style {
    let (mut fg, mut bg) = (colour(colours, cell.fgcolor()), colour(colours, cell.bgcolor()));
    let mut reversed = cell.inverse();
    if fg.is_none() || bg.is_none() {
        // One colour without the other might not be readable: what had a background is still told apart.
        reversed ^= cell.bgcolor() != vt100::Color::Default;
        (fg, bg) = (Some(Color::Reset), Some(Color::Reset));
    }
    let style = Style::new().fg(fg.unwrap_or(Color::Reset)).bg(bg.unwrap_or(Color::Reset));
    let flags = [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (reversed, Modifier::REVERSED),
    ];
    flags.into_iter().filter(|(on, _)| *on).fold(style, |style, (_, flag)| style.add_modifier(flag))
}

/// Returns a colour; none if the operator's terminal does not have it.
fn colour(colours: Colours, given: vt100::Color) -> Option<Color> {
    match (given, colours) {
        (vt100::Color::Default, _) => Some(Color::Reset),
        (_, Colours::None) => None,
        (vt100::Color::Idx(n), Colours::Sixteen) => (n < 16).then_some(Color::Indexed(n)),
        (vt100::Color::Idx(n), Colours::True) => Some(Color::Indexed(n)),
        (vt100::Color::Rgb(..), Colours::Sixteen) => None,
        (vt100::Color::Rgb(r, g, b), Colours::True) => Some(Color::Rgb(r, g, b)),
    }
}

/// Draws the frame and returns what is inside it; a rectangle without room for one has none.
fn framed(app: &App, number: u32, canvas: &mut Canvas<'_>, rect: Rect) -> Rect {
    let inner = inside(rect);
    if inner == rect {
        return inner;
    }
    let ink = canvas.ink;
    let line = |text: &str| ink.put(Role::AskSwatch, text);
    let columns = usize::from(rect.width);
    let bar = |begin: &str, said: Row, end: &str| -> Row {
        let mut row = vec![line(begin)];
        row.extend(cut(said, columns.saturating_sub(4)));
        let rest = columns.saturating_sub(width(&row) + 1);
        row.extend([line(&"━".repeat(rest)), line(end)]);
        row
    };
    canvas.row(rect, 0, bar("┏━", title(app, ink, number), "┓"));
    let last = usize::from(rect.height).saturating_sub(1);
    for n in 1..last {
        let side = |x: u16| Rect { x, width: 1, ..rect };
        canvas.row(side(rect.x), n, vec![line("┃")]);
        canvas.row(side(rect.right().saturating_sub(1)), n, vec![line("┃")]);
    }
    let said = match shell_of(app.run(), number) {
        Some(_) => " neither keys nor output are recorded ",
        None => " keys are not recorded ",
    };
    let left = app.keyboard().map_or(0, |(_, term)| term.skipped());
    let mut below = vec![ink.text(said)];
    if left > 0 {
        below.push(ink.put(Role::AskWord, format!(" {left} bytes were left out: redraw it ")));
    }
    below.extend([ink.text(" "), ink.put(Role::Key, "Ctrl-]"), ink.text(" leaves ")]);
    canvas.row(rect, last, bar("┗━", below, "┛"));
    inner
}

/// Returns what is inside the frame of `rect`.
#[must_use]
pub fn inside(rect: Rect) -> Rect {
    if rect.width < 4 || rect.height < 3 {
        return rect;
    }
    Rect { x: rect.x + 1, y: rect.y + 1, width: rect.width - 2, height: rect.height - 2 }
}

fn title(app: &App, ink: Ink, number: u32) -> Row {
    let run = app.run();
    let shell = shell_of(run, number).and_then(|shell| run.shells.get(&shell)).map(|s| &s.opened.host);
    let attempt = run.attempts.get(&number).map(|a| &a.intent.host);
    let host = shell.or(attempt).and_then(|name| run.opened.hosts.iter().find(|h| h.name == *name));
    let what = if shell.is_some() { "SHELL" } else { "REMOTE TERMINAL" };
    let mut row = vec![ink.text(" ")];
    row.extend(ink.asks(what));
    match host {
        Some(host) if host.is_local() => row.push(ink.strong("  this machine ")),
        Some(host) => {
            let known = if run.connected.contains_key(&host.name) { "  host key known" } else { "" };
            let address =
                if host.address == host.name { String::new() } else { format!("  {}", host.address) };
            row.push(ink.strong(format!("  {}@{}", host.user, host.name)));
            row.push(ink.text(format!("{address}{known} ")));
        }
        None => row.push(ink.strong(format!("  {} ", named(run, number)))),
    }
    row
}
