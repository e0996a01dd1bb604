//! Hosts and values, where there is room for them.

use ratatui::layout::Rect;

use crate::tui::about;
use crate::tui::app::App;
use crate::tui::ink::Row;
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let ink = canvas.ink;
    let run = app.run();
    canvas.rule(rect, false, vec![ink.strong("Hosts, values")], Row::new());
    let mut rows = vec![vec![ink.skip("host        state       key")]];
    let mut seen: Vec<&str> = Vec::new();
    for host in &run.opened.hosts {
        if seen.contains(&host.name.as_str()) {
            continue;
        }
        seen.push(&host.name);
        let busy = run.in_flight().any(|a| a.intent.host == host.name);
        let unknown = run.unknown().any(|a| a.intent.host == host.name);
        let known = run.reached(&host.name);
        let (role, state) = match (unknown, busy, known) {
            (true, ..) => (Role::UnknownSign, "? unknown"),
            (_, true, _) => (Role::Now, "▸ running"),
            (_, _, Some(_)) => (Role::Text, "connected"),
            _ => (Role::Skip, "not yet"),
        };
        let key = match (known, app.driven().refused.get(&host.name)) {
            (_, Some(_)) => ink.put(Role::AlarmSign, "refused"),
            (Some(known), None) => ink.text(&known.trusted),
            (None, None) => ink.skip("-"),
        };
        let name = crate::text::cut::fit(&crate::text::sanitize(&host.name), 11);
        rows.push(vec![
            ink.strong(name),
            ink.text(" "),
            ink.put(role, format!("{state:<11}")),
            ink.text(" "),
            key,
        ]);
    }
    rows.push(Row::new());
    rows.push(vec![ink.skip("values")]);
    for (name, value) in &run.values {
        let name = crate::text::cut::fit(&crate::text::sanitize(name), 16);
        rows.push(vec![ink.text(name), ink.text(" "), ink.put(Role::Value, value)]);
    }
    for (name, own) in &run.host_values {
        for (host, value) in own {
            let name = crate::text::cut::fit(&crate::text::sanitize(&format!("{name} {host}")), 16);
            rows.push(vec![ink.text(name), ink.text(" "), ink.put(Role::Value, value)]);
        }
    }
    let undos = run.open_undos();
    if !undos.is_empty() {
        rows.push(Row::new());
        rows.push(vec![ink.skip("to be taken back")]);
    }
    for undo in undos {
        let did = undo.step.title.clone();
        let by = about::box_name(run, undo.undo);
        rows.push(vec![ink.put(Role::AskSwatch, "•"), ink.text(format!(" {did}: {by}"))]);
    }
    let inner = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
    canvas.rows(inner, rows);
}
