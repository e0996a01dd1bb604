//! Output lines: time, a mark for standard error, the text with its own looks. Follows, or is held where it is read.

use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;

use crate::clock::Zone;
use crate::run::attempt::Attempt;
use crate::run::fact::Stream;
use crate::text::clocks::m_ss;
use crate::text::cut::{grapheme_width, graphemes};
use crate::text::style;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::ink::{Ink, Row, width};
use crate::tui::output::{self, Window};
use crate::tui::session::Pane;
use crate::tui::theme::{Colours, Role};
use crate::tui::view::canvas::Canvas;
use crate::tui::view::{detail, list};

/// The columns before the text.
const GUTTER: usize = 12;

/// Draws the output of the shown attempt, or the script if there is none.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let ink = canvas.ink;
    let place = &app.session.place;
    let focused = place.focus == Pane::Output && app.session.asking.stack.is_empty();
    let inner = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
    let Some(attempt) = about::shown_attempt(app.run(), place.selected, place.host.as_deref()) else {
        canvas.rule(rect, focused, vec![ink.strong("script, as it will run")], Row::new());
        let rows = detail::script(app, usize::from(rect.width));
        return canvas.rows(inner, rows);
    };
    let window = app.driven().outputs.get(&attempt.intent.number);
    let columns = usize::from(rect.width);
    let height = usize::from(inner.height);
    let rows = lines(app, ink, attempt, window, columns, height);
    canvas.rule(rect, focused, title(app, ink, attempt), state(app, ink, window, height, columns));
    canvas.rows(inner, rows);
}

/// The name of the host, or a tab for each if there are several.
fn title(app: &App, ink: Ink, attempt: &Attempt) -> Row {
    let run = app.run();
    let step = run.runbook.find_step(&attempt.intent.step).map(|(_, s)| s);
    let hosts = step.map(|s| run.host_statuses(s)).unwrap_or_default();
    let name =
        step.map(|s| crate::text::cut::cut_end(&crate::text::sanitize(&s.title), 20)).unwrap_or_default();
    if hosts.len() > 1 {
        let mut row = vec![ink.text(format!("{name}  "))];
        for (n, (host, status)) in hosts.iter().enumerate().take(9) {
            let here = host.name == attempt.intent.host;
            let took = step
                .and_then(|s| run.latest(&s.id, &host.name))
                .map(|a| format!(" {}", m_ss(about::attempt_took(a, &app.session.now))))
                .unwrap_or_default();
            row.push(ink.put(Role::Key, format!("{}", n + 1)));
            row.push(ink.text(" "));
            row.push(list::sign(ink, *status));
            let name = format!(" {}{took}", host.name);
            row.push(if here { ink.put(Role::SelectedElsewhere, name) } else { ink.skip(name) });
            row.push(ink.text("  "));
        }
        if hosts.len() > 9 {
            row.push(ink.skip(format!("9 of {} ", hosts.len())));
        }
        return row;
    }
    let local = hosts.first().is_some_and(|(h, _)| h.is_local());
    let key = !local && run.reached(&attempt.intent.host).is_some();
    let address = hosts.first().map(|(h, _)| h.address.clone()).unwrap_or_default();
    let known = if key { ", host key known" } else { "" };
    let mut row = vec![ink.text(format!("{name}  ")), ink.strong(&attempt.intent.host)];
    let address = if address == attempt.intent.host { String::new() } else { address };
    let root = if attempt.intent.sudo { ", as root" } else { "" };
    let about = format!("{address}{root}{known}");
    let about = about.trim_start_matches(", ");
    if !about.is_empty() {
        row.push(ink.skip(format!("  {about}")));
    }
    row
}

/// Whether it follows, and how many lines there are.
fn state(app: &App, ink: Ink, window: Option<&Window>, height: usize, columns: usize) -> Row {
    let total = window.map_or(0, Window::total);
    let place = &app.session.place;
    let wrap = if columns >= 60 { if place.wrap { "  wrap on" } else { "  wrap off" } } else { "" };
    let rest = ink.skip(format!("  {total} {}{wrap}", if total == 1 { "line" } else { "lines" }));
    match place.held {
        None => vec![ink.strong("following"), rest],
        Some(top) => {
            let below = total.saturating_sub(top.saturating_add(u64::try_from(height).unwrap_or(0)));
            vec![ink.put(Role::AskWord, format!(" held, {below} below ")), rest]
        }
    }
}

/// Returns at most `height` rows: the newest, or those from where it is held.
#[must_use]
pub fn lines(
    app: &App,
    ink: Ink,
    attempt: &Attempt,
    window: Option<&Window>,
    columns: usize,
    height: usize,
) -> Vec<Row> {
    let place = &app.session.place;
    let bare = columns < 60;
    let wide = if bare { columns } else { columns.saturating_sub(GUTTER + 1) };
    let indent = if bare { 2 } else { GUTTER };
    let wrapped = |row: &output::Row| -> Vec<Row> {
        let pieces = pieces(ink, &row.line);
        let parts = if place.wrap {
            wrap(pieces, if bare { wide.saturating_sub(2) } else { wide })
        } else {
            vec![pieces]
        };
        let mut first = gutter(ink, app.session.zone, row);
        if bare {
            // The time of a line is the first thing that a narrow window can do without.
            first = if row.stream == Stream::Stderr { vec![ink.put(Role::Stderr, "! ")] } else { Row::new() };
        }
        let lines = parts.into_iter().enumerate();
        lines
            .map(|(n, part)| {
                let mut line = if n == 0 { first.clone() } else { vec![ink.blank(indent)] };
                line.extend(part);
                line
            })
            .collect()
    };
    let total = window.map_or(0, Window::total);
    let fits = u64::try_from(height).unwrap_or(0);
    let from = place.held.unwrap_or_else(|| total.saturating_sub(fits));
    let mut rows: Vec<Row> = Vec::new();
    if let Some(window) = window {
        if from < window.gone() || (from <= window.gone() && window.gone() + window.skipped() > 0) {
            rows.push(vec![ink.skip("          … what came before is in the record")]);
        }
        for row in window.rows(from).take(height) {
            rows.extend(wrapped(&row));
        }
    }
    if place.held.is_none() {
        rows.extend(ending(app, ink, attempt, window, indent, wide.saturating_sub(if bare { 2 } else { 0 })));
        let spare = rows.len().saturating_sub(height);
        rows.drain(..spare);
    }
    rows.truncate(height);
    rows
}

/// The row after the last line: how it ended, or since when nothing came.
fn ending(
    app: &App,
    ink: Ink,
    attempt: &Attempt,
    window: Option<&Window>,
    indent: usize,
    wide: usize,
) -> Vec<Row> {
    let indent = " ".repeat(indent);
    let said = |text: &str| -> Vec<Row> {
        let lines = crate::text::wrap::wrap(&crate::text::sanitize_block(text), wide);
        lines.into_iter().map(|line| vec![ink.skip(format!("{indent}{line}"))]).collect()
    };
    if attempt.finished.is_some() || attempt.unknown.is_some() || attempt.resolved.is_some() {
        let took = m_ss(about::attempt_took(attempt, &app.session.now));
        let after = if attempt.finished.is_some() && !attempt.never_started() {
            format!(" after {took}")
        } else {
            String::new()
        };
        let refused = app.driven().refused.get(&attempt.intent.host).filter(|_| attempt.never_started());
        let words = refused.map_or_else(|| attempt.ended_words(), |r| format!("not started: {}", r.why));
        return said(&format!("── {words}{after} ──"));
    }
    if window.is_none_or(|w| w.total() == 0) {
        let what = if attempt.started_at.is_some() {
            "no output yet"
        } else {
            "sent; the host has not answered yet"
        };
        return said(what);
    }
    let now = crate::tui::now::now(app);
    let last = window.and_then(Window::last_at).filter(|_| now.chip == crate::tui::now::Chip::Quiet);
    last.map(|last| said(&format!("── nothing since {} ──", app.session.zone.hms(last.wall))))
        .unwrap_or_default()
}

/// Returns one line of output with its gutter, not wrapped.
#[must_use]
pub fn row(ink: Ink, zone: Zone, row: &output::Row) -> Row {
    let mut line = gutter(ink, zone, row);
    line.extend(pieces(ink, &row.line));
    line
}

fn gutter(ink: Ink, zone: Zone, row: &output::Row) -> Row {
    let mark = match row.stream {
        Stream::Stdout => ink.text(" "),
        Stream::Stderr => ink.put(Role::Stderr, "!"),
    };
    vec![ink.skip(format!(" {} ", zone.hms(row.at.wall))), mark, ink.text(" ")]
}

/// Returns a line in the looks that the host gave it, as far as the terminal has them.
fn pieces(ink: Ink, line: &style::Line) -> Row {
    let mut row: Row =
        line.spans.iter().map(|s| Span::styled(s.text.clone(), looks(ink, &s.style))).collect();
    if line.cut {
        row.push(ink.skip("…"));
    }
    row
}

fn looks(ink: Ink, given: &style::Style) -> Style {
    let mut style = Style::new();
    if ink.0.colours != Colours::None {
        let colour = |c: style::Colour| match c {
            style::Colour::Indexed(n) => Color::Indexed(n),
            // The nearest of the terminal's own colours is not worth a table: the default is always readable.
            style::Colour::Rgb(..) if ink.0.colours == Colours::Sixteen => Color::Reset,
            style::Colour::Rgb(r, g, b) => Color::Rgb(r, g, b),
        };
        style.fg = given.fg.map(colour);
        style.bg = given.bg.map(colour);
    }
    let flags = [
        (given.bold, Modifier::BOLD),
        (given.dim, Modifier::DIM),
        (given.italic, Modifier::ITALIC),
        (given.underline, Modifier::UNDERLINED),
        (given.reversed, Modifier::REVERSED),
        (given.crossed, Modifier::CROSSED_OUT),
    ];
    flags.into_iter().filter(|(on, _)| *on).fold(style, |style, (_, flag)| style.add_modifier(flag))
}

/// Letters with their styles.
type Letters = Vec<(String, Style)>;

/// Returns `row` broken into rows of at most `columns` columns: after a space where there is one, else between letters.
fn wrap(row: Row, columns: usize) -> Vec<Row> {
    if width(&row) <= columns || columns == 0 {
        return vec![row];
    }
    let mut out: Vec<Row> = Vec::new();
    // The letters of the row under way, and those after its last space.
    let (mut line, mut word) = (Letters::new(), Letters::new());
    let (mut line_wide, mut word_wide) = (0, 0);
    for span in row {
        for letter in graphemes(&span.content) {
            let wide = grapheme_width(letter);
            if line_wide + word_wide + wide > columns {
                if line.is_empty() {
                    out.push(joined(std::mem::take(&mut word)));
                    word_wide = 0;
                } else {
                    out.push(joined(std::mem::take(&mut line)));
                    line_wide = 0;
                }
            }
            word.push((letter.to_owned(), span.style));
            word_wide += wide;
            if letter == " " {
                line.append(&mut word);
                line_wide += word_wide;
                word_wide = 0;
            }
        }
    }
    line.append(&mut word);
    if !line.is_empty() {
        out.push(joined(line));
    }
    out
}

/// Returns letters as spans, one for each run of the same looks.
fn joined(letters: Vec<(String, Style)>) -> Row {
    let mut row = Row::new();
    for (letter, style) in letters {
        match row.last_mut().filter(|last| last.style == style) {
            Some(last) => last.content.to_mut().push_str(&letter),
            None => row.push(Span::styled(letter, style)),
        }
    }
    row
}
