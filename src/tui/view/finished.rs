//! The closed run: what was not straight, what is still owed, and the phases in numbers.

use ratatui::layout::Rect;

use crate::report::targets::measured;
use crate::text::clocks::m_ss;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::ink::{Row, sides};
use crate::tui::summary;
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;

/// Draws the summary.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let (run, ink, zone) = (app.run(), canvas.ink, app.session.zone);
    let columns = usize::from(rect.width);
    canvas.rule(rect, true, vec![ink.strong("Summary")], vec![ink.text(format!("run {}", run.id))]);
    let mut rows: Vec<Row> = vec![vec![ink.skip("                       boxes    actual   signed by")]];
    for phase in about::phases(run) {
        let name = crate::text::cut::fit(&crate::text::sanitize(run.phase_title(phase.index)), 18);
        let took = summary::phase_took(run, phase.index).map(m_ss).unwrap_or_default();
        let count = format!("{}/{}", phase.settled, phase.total);
        let said = format!("  {name}   {count:>5}  {took:>8}   {}", summary::signers(run, phase.index));
        rows.push(vec![ink.text(said)]);
    }
    if let Some(reason) = run.closed.as_ref().and_then(|(c, _)| c.reason.clone()) {
        rows.push(Row::new());
        rows.push(vec![ink.skip("  Reason  "), ink.strong(reason)]);
    }
    let measured = measured(run);
    if !measured.is_empty() {
        rows.push(Row::new());
    }
    for one in &measured {
        let (role, sign) = match one.held() {
            Some(false) => (Role::AlarmSign, "✗"),
            Some(true) => (Role::Well, "✓"),
            None => (Role::Text, "·"),
        };
        let words = crate::text::sanitize(&one.words()).into_owned();
        rows.push(vec![ink.skip("  Measured  "), ink.put(role, sign), ink.text(format!(" {words}"))]);
    }
    rows.push(Row::new());
    let bent = summary::not_straight(run);
    let straight = bent.is_empty() && measured.iter().all(|one| one.held() != Some(false));
    rows.push(vec![ink.strong(if straight { "  Everything was straight." } else { "  Not straight" })]);
    let mut owed = summary::owed(run);
    owed.extend(app.shared.runs.last().owed.iter().cloned());
    owed.sort_by_key(|o| o.due);
    let tail = owed.len().max(1) + 2;
    let room = usize::from(rect.height).saturating_sub(rows.len() + tail + 1);
    let hidden = bent.len().saturating_sub(room);
    for item in bent.iter().take(if hidden > 0 { room.saturating_sub(1) } else { room }) {
        let role = match item.sign {
            '✗' => Role::AlarmSign,
            '?' => Role::UnknownSign,
            _ => Role::Stderr,
        };
        let left = vec![
            ink.text("  "),
            ink.put(role, item.sign.to_string()),
            ink.text(format!("  {}  {}", zone.hm(item.at.wall), item.text)),
        ];
        rows.push(sides(left, vec![ink.text(format!("{} ", item.place))], columns));
    }
    if hidden > 0 {
        rows.push(vec![ink.skip(format!("     and {} more: t shows all that happened", hidden + 1))]);
    }
    rows.push(Row::new());
    let mut under = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
    let used = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    canvas.rows(under, rows);
    under.y = under.y.saturating_add(used);
    under.height = under.height.saturating_sub(used);
    canvas.rule(under, false, vec![ink.strong("Still owed")], Row::new());
    let owed: Vec<Row> = if owed.is_empty() {
        vec![vec![ink.skip("  nothing")]]
    } else {
        owed.into_iter()
            .map(|o| {
                let due = format!("  due {}  ", zone.day_hm(o.due));
                sides(
                    vec![ink.strong(due), ink.text(o.text)],
                    vec![ink.text(format!("{} ", o.place))],
                    columns,
                )
            })
            .collect()
    };
    let inner = Rect { y: under.y.saturating_add(1), height: under.height.saturating_sub(1), ..under };
    canvas.rows(inner, owed);
}
