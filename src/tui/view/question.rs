//! The question in the dock: rule or frame, facts, fields or choices, and where the cursor stands.

use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::dialog::{Ask, Cx, Dialog, Tone};
use crate::tui::form::{Choices, Form};
use crate::tui::ink::{Ink, Row, cut, fit, width};
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, selected};

/// Draws the question that is asked and returns the cursor.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect) -> Option<(u16, u16)> {
    let dialog = app.session.dialog()?;
    let cx = app.cx();
    let ask = dialog.ask();
    if app.too_small(dialog) {
        let row = vec![canvas.ink.strong(" make the window larger: 60 columns, 12 rows")];
        canvas.row(rect, 0, row);
        return None;
    }
    let inner = match ask.tone(&cx) {
        Tone::Danger => frame(canvas, ask, &cx, rect),
        tone => ruled(canvas, ask, &cx, rect, tone),
    };
    let columns = usize::from(inner.width);
    let height = usize::from(inner.height);
    let kept =
        if ask.keeps() == 0 { 0 } else { ask.facts(&cx, columns).len().min(ask.keeps()).min(height / 3) };
    let (middle, cursor) = answers(canvas.ink, ask, &cx, columns, height - kept);
    let cx = Cx { rows: height.saturating_sub(middle.len() + 1), ..cx };
    let mut facts = ask.facts(&cx, columns);
    // What is answered is always seen; facts come next, then what stands below, then the blank rows between.
    let spare = height.saturating_sub(middle.len());
    facts.truncate(spare);
    let spare = spare.saturating_sub(facts.len());
    let mut below = ask.below(&Cx { rows: spare, ..cx }, columns);
    below.truncate(spare);
    let spare = spare.saturating_sub(below.len());
    if spare > 0 && !facts.is_empty() && !middle.is_empty() {
        facts.push(Row::new());
    }
    if spare > 1 && !below.is_empty() {
        below.insert(0, Row::new());
    }
    let before = facts.len();
    let rows = facts.into_iter().chain(middle).chain(below).collect();
    canvas.rows(inner, rows);
    let (x, y) = cursor?;
    let x = inner.x.checked_add(u16::try_from(x).ok()?)?;
    let y = inner.y.checked_add(u16::try_from(y + before).ok()?)?;
    (y < inner.bottom() && x < inner.right()).then_some((x, y))
}

/// Returns the rows that the question would fill if it needs more room than the dock has; else 0.
#[must_use]
pub fn wanted(app: &App, width: u16) -> u16 {
    let cx = Cx { rows: usize::from(app.session.size.1), ..app.cx() };
    let Some(ask) = app.session.dialog().map(Dialog::ask).filter(|ask| ask.tall(&cx)) else { return 0 };
    let columns = usize::from(width).saturating_sub(2);
    let answers = ask.form().map_or(0, |f| f.slots.len()) + ask.choices().map_or(0, |c| c.items.len());
    // The frame, and the blank row before the answer.
    let rows = ask.facts(&cx, columns).len() + answers + ask.below(&cx, columns).len() + 3;
    u16::try_from(rows).unwrap_or(u16::MAX)
}

/// A question with a heavy rule.
fn ruled(canvas: &mut Canvas<'_>, ask: &dyn Ask, cx: &Cx<'_>, rect: Rect, tone: Tone) -> Rect {
    let (left, right) = ask.title(cx);
    let role = match tone {
        Tone::Alarm => Role::AlarmSign,
        Tone::Unknown => Role::UnknownSign,
        Tone::Calm | Tone::Danger => Role::Strong,
    };
    // What is asked matters more than what stands beside it.
    let right = if right.is_empty() || rect.width < 60 { Row::new() } else { vec![cx.ink.text(right)] };
    canvas.rule(rect, true, vec![cx.ink.put(role, left)], right);
    Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect }
}

/// The only double frame there is.
fn frame(canvas: &mut Canvas<'_>, ask: &dyn Ask, cx: &Cx<'_>, rect: Rect) -> Rect {
    let ink = cx.ink;
    let wide = rect.width.min(92);
    let rect = Rect { x: rect.x + (rect.width - wide) / 2, width: wide, height: rect.height.min(22), ..rect };
    let columns = usize::from(rect.width);
    let line = |text: String| ink.put(Role::Danger, text);
    let place = cx.run.opened.environment.as_ref().map(|e| e.name.to_uppercase()).unwrap_or_default();
    let (title, _) = ask.title(cx);
    let mut top = vec![line("╔═".to_owned()), ink.put(Role::Production, format!(" {place} "))];
    top.push(ink.strong(format!(" {title} ")));
    let top = cut(top, columns.saturating_sub(1));
    let rest = columns.saturating_sub(width(&top) + 1);
    let mut first = top;
    first.extend([line("═".repeat(rest)), line("╗".to_owned())]);
    canvas.row(rect, 0, first);
    let last = usize::from(rect.height).saturating_sub(1);
    for n in 1..last {
        canvas.row(
            rect,
            n,
            vec![line("║".to_owned()), ink.blank(columns.saturating_sub(2)), line("║".to_owned())],
        );
    }
    let bottom = format!("╚{}╝", "═".repeat(columns.saturating_sub(2)));
    canvas.row(rect, last, vec![line(bottom)]);
    Rect {
        x: rect.x + 1,
        y: rect.y + 1,
        width: rect.width.saturating_sub(2),
        height: rect.height.saturating_sub(2),
    }
}

/// The fields or choices, at most `height` rows of them, and the cursor among them.
fn answers(
    ink: Ink,
    ask: &dyn Ask,
    cx: &Cx<'_>,
    columns: usize,
    height: usize,
) -> (Vec<Row>, Option<(usize, usize)>) {
    if let Some(choices) = ask.choices() {
        return (listed(ink, choices, columns, height), None);
    }
    let Some(form) = ask.form().filter(|f| !f.slots.is_empty()) else { return (Vec::new(), None) };
    let first = (form.at + 1).saturating_sub(height);
    let seen = (0..form.slots.len()).skip(first).take(height);
    let rows: Vec<(Row, usize)> = seen.map(|n| field(ink, ask, cx, form, n, columns)).collect();
    let at = form.at - first.min(form.at);
    let cursor = rows.get(at).map(|(_, x)| (*x, at));
    (rows.into_iter().map(|(row, _)| row).collect(), cursor)
}

fn listed(ink: Ink, choices: &Choices, columns: usize, height: usize) -> Vec<Row> {
    let words = choices.items.iter().map(|c| crate::text::cut::width(&c.word)).max().unwrap_or(0);
    let first = (choices.at + 1).saturating_sub(height.max(1));
    let rows = choices.items.iter().enumerate().skip(first).take(height.max(1));
    rows.map(|(n, choice)| {
        let here = n == choices.at;
        let mark = if here { "  ▸ " } else { "    " };
        let row = vec![
            ink.text(mark),
            ink.put(Role::Key, choice.letter.to_string()),
            ink.text("  "),
            ink.text(crate::text::cut::fit(&choice.word, words)),
            ink.text("  "),
            ink.text(&choice.text),
        ];
        if here { selected(ink, true, fit(row, columns)) } else { row }
    })
    .collect()
}

/// A field: mark, label, text on a line of underscores, and the live word on it. Also the column of the cursor.
fn field(ink: Ink, ask: &dyn Ask, cx: &Cx<'_>, form: &Form, n: usize, columns: usize) -> (Row, usize) {
    let Some(slot) = form.slots.get(n) else { return (Row::new(), 0) };
    let labels = form.slots.iter().map(|s| crate::text::cut::width(&s.label)).max().unwrap_or(0).clamp(9, 34);
    // A long name leaves room for what is typed.
    let labels = labels.min((columns * 3 / 5).max(9));
    let here = form.at == n;
    let mark = if here { "  ▸ " } else { "    " };
    let label = crate::text::cut::fit(&crate::text::sanitize(&slot.label), labels);
    let word = match ask.check(cx, n) {
        Some((_, word)) if word.is_empty() => Row::new(),
        Some((true, word)) => vec![ink.put(Role::Well, "✓"), ink.text(format!(" {word}"))],
        Some((false, word)) => vec![ink.text(word)],
        None if slot.field.text().is_empty() => vec![ink.skip(slot.hint)],
        None => Row::new(),
    };
    let head = vec![ink.strong(mark), ink.skip(label), ink.text("  ")];
    let x = width(&head);
    let room = columns.saturating_sub(x + width(&word) + 3).max(columns.saturating_sub(x + 2).min(12));
    let seen = slot.field.seen(room);
    let blank = room.saturating_sub(crate::text::cut::width(&seen.text));
    let mut row = head;
    row.push(if here { ink.strong(&seen.text) } else { ink.text(&seen.text) });
    row.push(ink.skip("_".repeat(blank)));
    row.push(ink.text("  "));
    row.extend(word);
    (row, x + seen.cursor)
}
