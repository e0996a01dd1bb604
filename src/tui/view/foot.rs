//! The two last rows: what Enter does, and the few keys that matter now. A sentence to be read once stands in the place
//! of the keys, so that the Enter line is always true.

use ratatui::layout::Rect;

use crate::text::sanitize;
use crate::text::wrap::wrap;
use crate::tui::app::App;
use crate::tui::ink::{Ink, Row, cut, rule, width};
use crate::tui::keymap::{self, Act};
use crate::tui::next::{self, Next, Words};
use crate::tui::session::{Notice, Pane};
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;
use crate::tui::view::layout::{Class, Layout};

/// Draws both rows.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, layout: &Layout) {
    let ink = canvas.ink;
    let columns = usize::from(layout.enter.width);
    if app.keyboard().is_some() && app.session.dialog().is_none() {
        let said = vec![
            ink.put(Role::EnterKey, " Ctrl-] "),
            ink.text(" "),
            ink.strong("take the keyboard back"),
            ink.text("  it goes on meanwhile"),
        ];
        canvas.row(layout.enter, 0, rule(ink, false, said, Row::new(), columns));
        let below = match &app.session.notice {
            Some(_) => last(app, ink, columns),
            None => vec![ink.text(" Every other key, also Ctrl-C and Esc, goes to the remote program.")],
        };
        return canvas.row(layout.keys, 0, below);
    }
    let words = enter_words(app);
    let row = match layout.class {
        Class::Small => small_enter(ink, &words),
        _ => rule(ink, false, enter(ink, &words), Row::new(), columns),
    };
    canvas.row(layout.enter, 0, row);
    canvas.row(layout.keys, 0, last(app, ink, columns));
}

/// Returns what Enter does.
#[must_use]
pub fn enter_words(app: &App) -> Words {
    let cx = app.cx();
    if let Some(since) = app.shared.signing {
        let waited = crate::text::clocks::m_ss(crate::tui::ink::elapsed(&since, &app.session.now));
        return Words::nothing(
            "waiting for your key, touch it if it blinks",
            format!("{waited}  Esc gives up"),
        );
    }
    if app.session.asking.sent {
        return Words::nothing("recording…", "the log has not answered yet");
    }
    if let Some(dialog) = app.session.dialog() {
        if app.too_small(dialog) {
            return Words::nothing("make the window larger", "");
        }
        return dialog.ask().words(&cx);
    }
    if app.driven().driver.recording() && app.session.enter.0.starts() {
        return Words::nothing("recording…", "the log has not answered yet");
    }
    if app.session.place.find.is_some() {
        return Words::does("find the next", "Up finds the previous");
    }
    next::words(&app.session.enter.0, cx.run, &cx.who.name, &cx.now)
}

fn enter(ink: Ink, words: &Words) -> Row {
    if words.works {
        return vec![
            ink.put(Role::EnterKey, " Enter "),
            ink.text(" "),
            ink.strong(&words.what),
            ink.text(if words.rest.is_empty() { String::new() } else { format!("  {}", words.rest) }),
        ];
    }
    vec![
        ink.text(&words.what),
        ink.text(if words.rest.is_empty() { String::new() } else { format!(" {}", words.rest) }),
    ]
}

fn small_enter(ink: Ink, words: &Words) -> Row {
    if words.works {
        return vec![ink.put(Role::EnterKey, "Enter"), ink.text(" "), ink.strong(&words.what)];
    }
    vec![ink.text(&words.what)]
}

/// Returns a sentence in rows of at most `columns` columns.
fn told(notice: &Notice, columns: usize) -> Vec<String> {
    wrap(&sanitize(&notice.text), columns.saturating_sub(4))
}

/// Draws a sentence that is too long for the last row over the last rows of the dock.
pub fn long_notice(app: &App, canvas: &mut Canvas<'_>, layout: &Layout) {
    let Some(notice) = &app.session.notice else { return };
    let rows = told(notice, usize::from(layout.enter.width));
    if rows.len() < 2 {
        return;
    }
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(layout.dock.height / 2).min(6);
    let y = layout.enter.y.saturating_sub(height);
    let rect = Rect { y, height, ..layout.enter };
    let ink = canvas.ink;
    let role = if notice.refusal { Role::AskSwatch } else { Role::Well };
    canvas.rows(rect, rows.into_iter().map(|r| vec![ink.put(role, " █ "), ink.strong(r)]).collect());
}

/// The last row: a sentence, the search, or keys.
fn last(app: &App, ink: Ink, columns: usize) -> Row {
    if let Some(notice) = app.session.notice.as_ref().filter(|n| told(n, columns).len() < 2) {
        let sign =
            if notice.refusal { ink.put(Role::AskSwatch, " █ ") } else { ink.put(Role::Well, " █ ") };
        return cut(vec![sign, ink.strong(&notice.text)], columns);
    }
    if let Some(find) = &app.session.place.find {
        let seen = find.field.seen(columns.saturating_sub(30).max(4));
        let keys = "   Enter next  Up previous  Esc stays here";
        return vec![ink.put(Role::Key, " / "), ink.strong(seen.text), ink.text("_"), ink.skip(keys)];
    }
    keys(ink, pairs(app), columns)
}

/// Returns where the cursor of the search stands.
#[must_use]
pub fn find_cursor(app: &App, layout: &Layout) -> Option<(u16, u16)> {
    if app.session.notice.is_some() {
        return None;
    }
    let find = app.session.place.find.as_ref()?;
    let seen = find.field.seen(usize::from(layout.keys.width).saturating_sub(30).max(4));
    Some((3 + u16::try_from(seen.cursor).ok()?, layout.keys.y))
}

/// Returns the keys of the key line: those that matter now, then all keys and the way out.
#[must_use]
pub fn pairs(app: &App) -> Vec<(String, String)> {
    if let Some(dialog) = app.session.dialog() {
        let keys = dialog.ask().keys().into_iter().map(|(k, w)| (k.to_owned(), w));
        return keys.chain([("Esc".to_owned(), dialog.ask().out().to_owned())]).collect();
    }
    let acts: &[Act] = match (app.session.place.zoom, app.session.place.focus, &app.session.enter.0) {
        (_, Pane::Output, _) => &[Act::Follow, Act::Wrap, Act::Zoom, Act::Find, Act::CopyThis],
        (_, Pane::Detail, _) => &[Act::Zoom, Act::CopyThis, Act::PaneOn, Act::Note],
        (_, Pane::Feed, _) => &[Act::Zoom, Act::PaneOn, Act::Note, Act::CopyNow],
        (_, _, Next::Running(_) | Next::Terminal(_) | Next::Waiting(..)) => {
            &[Act::Cancel, Act::Zoom, Act::Shell, Act::Note, Act::Feed]
        }
        (_, _, Next::Failed(_)) => &[Act::Retry, Act::Verdict, Act::Rollback, Act::Zoom, Act::Note],
        (_, _, Next::Verdict(_)) => &[Act::Zoom, Act::Note, Act::Feed],
        (_, _, Next::Export | Next::Exported(_)) => &[Act::Export, Act::Sign, Act::Feed, Act::CopyNow],
        (_, _, Next::ReadOnly(_)) => &[Act::HandOver, Act::Feed, Act::CopyNow],
        (_, _, Next::RetryLog) => &[Act::CopyNow, Act::Feed],
        (_, _, Next::Gate(_)) => &[Act::Gate, Act::Note, Act::Feed],
        (_, _, Next::Start(_)) => &[Act::Fill, Act::Detail, Act::Shell, Act::Waive, Act::Note, Act::Feed],
        (_, _, Next::Nothing | Next::GoTo(_)) => &[Act::Attention, Act::Unsign, Act::Note, Act::Feed],
        _ => &[Act::Sign, Act::Fill, Act::Shell, Act::Waive, Act::Note, Act::Feed],
    };
    let back = app.session.place.focus != Pane::List || app.session.place.zoom.is_some();
    let way_out: &[Act] = if back { &[Act::Help, Act::Back] } else { &[Act::Help, Act::Leave] };
    let run = app.run();
    let place = &app.session.place;
    let has_steps = crate::tui::about::shown_step(run, place.selected).is_some();
    let offered = |act: &&Act| match act {
        Act::Rollback => run.runbook.front.rollback.is_some(),
        Act::HandOver => app.is_offered(),
        // Named while something stands open; later it is found in the help.
        Act::Fill => run.closed.is_none() && run.unanswered().next().is_some(),
        // Named where a person wants one: beside what runs, and where the lines of a step are to be typed.
        Act::Shell => {
            let by_hand =
                crate::tui::about::shown_step(run, place.selected).is_some_and(|s| s.by_hand.is_some());
            run.opened.hosts.iter().any(|h| !h.is_local()) && (by_hand || run.in_flight().next().is_some())
        }
        Act::Zoom => place.focus != Pane::List || place.zoom.is_some() || has_steps,
        Act::Sign if run.closed.is_some() => {
            run.walked().any(|i| run.boxes.get(i).is_some_and(|b| !b.settled()) && run.due(i).is_some())
        }
        _ => true,
    };
    let entries = acts.iter().filter(offered).chain(way_out).filter_map(|a| keymap::entry(*a));
    let first = |show: &str| show.split(' ').next().unwrap_or_default().to_owned();
    entries.map(|e| (first(e.show), e.name.to_owned())).collect()
}

/// Returns a row of keys; what does not fit is left out before the last two, which always stay.
fn keys(ink: Ink, pairs: Vec<(String, String)>, columns: usize) -> Row {
    let piece = |(key, word): &(String, String)| -> Row {
        vec![ink.text(" "), ink.put(Role::Key, key), ink.text(format!(" {word} "))]
    };
    let pieces: Vec<Row> = pairs.iter().map(piece).collect();
    let tail = pieces.len().saturating_sub(2);
    let kept: usize = pieces.iter().skip(tail).map(|p| width(p)).sum();
    let mut row = Row::new();
    for piece in pieces.iter().take(tail) {
        if width(&row) + width(piece) + kept <= columns {
            row.extend(piece.clone());
        }
    }
    row.extend(pieces.into_iter().skip(tail).flatten());
    row
}
