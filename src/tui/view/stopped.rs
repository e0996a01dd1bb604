//! The log cannot be written: what goes on, what is recorded, what is refused.

use ratatui::layout::Rect;

use crate::tui::about;
use crate::tui::app::App;
use crate::tui::ink::elapsed;
use crate::tui::shared::Log;
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;

/// Draws the banner.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let Log::Stopped { why, since, tried } = &app.shared.log else { return };
    let ink = canvas.ink;
    let run = app.run();
    let zone = app.session.zone;
    let right = vec![ink.text(format!("since {}", zone.hms(since.wall)))];
    canvas.rule(rect, true, vec![ink.put(Role::AlarmSign, "No log, no action")], right);
    let label = |name: &str, text: String| vec![ink.skip(format!("  {name:<14}")), ink.text(text)];
    let mut rows = Vec::new();
    let columns = usize::from(rect.width).saturating_sub(4);
    let said = crate::text::sanitize(&format!("{why}: {}", app.session.log_path)).into_owned();
    for line in crate::text::wrap::wrap(&said, columns).into_iter().take(3) {
        rows.push(vec![ink.text("  "), ink.strong(line)]);
    }
    rows.push(Vec::new());
    let running: Vec<String> = run
        .in_flight()
        .map(|a| format!("{} on {} goes on", about::step_title(run, &a.intent.step), a.intent.host))
        .collect();
    let running = if running.is_empty() { "nothing".to_owned() } else { running.join(", ") };
    rows.push(label("Running", running));
    let last = format!("everything up to event {}, {}", run.last_seq, zone.hms(run.last_at.wall));
    rows.push(label("Recorded", last));
    let waits = app.driven().driver.waiting();
    rows.push(label("Not recorded", format!("{waits} reports from hosts, kept in memory")));
    rows.push(label("Refused", "start, sign, waive, vote, until the log can be written again".to_owned()));
    let gone = elapsed(tried, &app.session.now).as_secs();
    let next = 5_u64.saturating_sub(gone);
    rows.push(label("Next try", format!("by itself in {next} s")));
    let out = "leave, then: gonogo log move FILE, on another disk".to_owned();
    rows.push(label("Way out", out));
    let inner = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
    canvas.rows(inner, rows);
}
