//! Row 1: how far. Phases with counts, gates between them; when the change window closes.

use ratatui::layout::Rect;

use crate::run::state::Run;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::ink::{Ink, Row, sides};
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;

/// Draws the strip.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let run = app.run();
    let wide = rect.width >= 110;
    let mut left = vec![canvas.ink.text(" ")];
    left.extend(phases(canvas.ink, run, if wide { " ── " } else { " ─ " }));
    let window = run.opened.environment.as_ref().and_then(|e| e.window.clone());
    let right = match (&run.closed, window) {
        (Some((_, at)), _) => format!("closed {} ", app.session.zone.hms(at.wall)),
        (None, Some(window)) if wide => format!("window closes {window} "),
        (None, Some(window)) => format!("by {window} "),
        (None, None) => String::new(),
    };
    let mut right = if right.is_empty() { Vec::new() } else { vec![canvas.ink.text(right)] };
    if app.driven().disk.is_some() && run.closed.is_none() {
        right.insert(0, canvas.ink.put(Role::AskWord, "! the runbook's file changed "));
    }
    canvas.row(rect, 0, sides(left, right, usize::from(rect.width)));
}

/// Returns the phases and gates in a row.
#[must_use]
pub fn phases(ink: Ink, run: &Run, between: &str) -> Row {
    let mut row = Row::new();
    let here = run.next_open().and_then(|i| run.runbook.boxes.get(i)).map(|b| b.phase);
    for (n, phase) in about::phases(run).into_iter().enumerate() {
        if n > 0 {
            row.push(ink.put(Role::Rule, between));
        }
        if let Some(gate) = run.gates.get(&phase.index) {
            row.extend(gate_words(ink, run, phase.index, gate.opened.is_some()));
            row.push(ink.put(Role::Rule, between));
        }
        let name = about::short_phase(run, phase.index);
        let done = phase.settled == phase.total;
        let current = here == Some(phase.index) && run.shut_gate_before(phase.index).is_none();
        let count = format!("{}/{}", phase.settled, phase.total);
        if done {
            row.extend([
                ink.text(format!("{name} ")),
                ink.put(Role::Well, "✓"),
                ink.text(format!(" {count}")),
            ]);
        } else if current {
            row.push(ink.strong(format!("{name} ")));
            row.extend([ink.put(Role::Now, "▸"), ink.strong(format!(" {count}"))]);
        } else {
            row.push(ink.text(format!("{name} {count}")));
        }
    }
    row
}

fn gate_words(ink: Ink, run: &Run, gate: usize, open: bool) -> Row {
    if open {
        return vec![ink.text("go "), ink.put(Role::Well, "✓")];
    }
    if run.gates.get(&gate).and_then(crate::run::state::Gate::last_vote) == Some(crate::run::fact::Vote::NoGo)
    {
        return vec![ink.put(Role::AlarmSign, "✗ no-go")];
    }
    if run.gate_is_next(gate) {
        return vec![ink.strong("gate "), ink.put(Role::Now, "▸")];
    }
    vec![ink.skip("gate")]
}
