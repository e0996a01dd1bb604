//! The selected box and its step: what it says, what will run where, with which values, what it came to.

use ratatui::layout::Rect;

use crate::report::changes::TAKE_IT;
use crate::run::attempt::StepStatus;
use crate::run::state::Run;
use crate::runbook::model::{BoxItem, Confirm, Step};
use crate::runbook::placeholder::fill::marked;
use crate::text::clocks::{m_ss, words};
use crate::text::wrap::{wrap, wrap_exact};
use crate::text::{sanitize, sanitize_block};
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::ink::{Ink, Row, width};
use crate::tui::session::Pane;
use crate::tui::theme::Role;
use crate::tui::view::canvas::Canvas;
use crate::tui::view::{feed, list, output};
use crate::tui::watching::{repeat, wanted, watching};

/// Draws the detail pane. `beside` the output, the script is left out while that pane shows it.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect, beside: bool) {
    let ink = canvas.ink;
    let run = app.run();
    let focused = app.session.place.focus == Pane::Detail && app.session.asking.stack.is_empty();
    let selected = app.session.place.selected;
    let title = run.runbook.boxes.get(selected).map(|b| b.text.clone()).unwrap_or_default();
    let room = usize::from(rect.width).saturating_sub(16);
    let title = crate::text::cut::cut_end(&sanitize(&title), room);
    let number = format!("box {}", about::number(run, selected));
    canvas.rule(rect, focused, vec![ink.strong(title)], vec![ink.skip(number)]);
    let inner = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
    let place = &app.session.place;
    let there = beside && about::shown_attempt(run, place.selected, place.host.as_deref()).is_none();
    let rows = lines(app, usize::from(rect.width), !there);
    let top = if focused { app.session.place.detail_top } else { 0 };
    canvas.rows(inner, rows.into_iter().skip(top).collect());
}

/// Draws the whole dock where detail and output share it: the steps and the command over the output.
pub fn dock(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let ink = canvas.ink;
    let run = app.run();
    let place = &app.session.place;
    let step = about::shown_step(run, place.selected);
    let (Some(step), false) = (step, place.focus == Pane::Detail) else {
        return boxed(app, canvas, rect);
    };
    let item = run.runbook.boxes.get(place.selected);
    let target = about::shown_host(run, step, place.host.as_deref());
    let target = target.map(|(h, _)| format!("{}@{}", h.user, h.name)).unwrap_or_default();
    let room = usize::from(rect.width).saturating_sub(crate::text::cut::width(&target) + 8);
    let steps = item.map(|b| steps_row(ink, run, b, step, room)).unwrap_or_default();
    canvas.rule(rect, false, steps, vec![ink.text(target)]);
    if about::shown_attempt(run, place.selected, place.host.as_deref()).is_none() {
        let below = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
        let mut rows: Vec<Row> = banner(app, usize::from(rect.width));
        rows.extend(script(app, usize::from(rect.width)));
        rows.extend(item.map(|b| prose(ink, b, usize::from(rect.width))).unwrap_or_default());
        return canvas.rows(below, rows);
    }
    let told = about::shown_attempt(run, place.selected, place.host.as_deref());
    let told = told.and_then(|a| run.runbook.find_step(&a.intent.step)).map_or(step, |(_, s)| s);
    canvas.row(rect, 1, command(ink, told, "  $ "));
    let mut below = Rect { y: rect.y + 2, height: rect.height.saturating_sub(2), ..rect };
    // A command stands over its own output only; that of the next step stands under it.
    if told.id != step.id && below.height > 3 {
        below.height -= 1;
        let last = usize::from(rect.height).saturating_sub(1);
        canvas.row(rect, last, command(ink, step, "  next  $ "));
    }
    output::draw(app, canvas, below);
}

/// The first line of a step's script that says what it does, and how much is not shown.
fn command(ink: Ink, step: &Step, head: &'static str) -> Row {
    let script = marked(step);
    let lines = || script.lines().filter(|l| !l.trim().is_empty());
    // A script that begins with `cd` says what it does in its next line.
    let first =
        lines().find(|l| !l.trim_start().starts_with("cd ")).or_else(|| lines().next()).unwrap_or_default();
    let more = match step.script.lines().count().saturating_sub(1) {
        0 => String::new(),
        1 => "   … one line more, i shows it".to_owned(),
        n => format!("   … {n} lines more, i shows them"),
    };
    let mut row = vec![ink.text(head)];
    row.extend(ink.script(first, &mut false));
    row.push(ink.skip(more));
    row
}

/// The dock of a box without steps: what it says, then what happened last.
fn boxed(app: &App, canvas: &mut Canvas<'_>, rect: Rect) {
    let ink = canvas.ink;
    let run = app.run();
    let place = &app.session.place;
    let focused = place.focus == Pane::Detail && app.session.asking.stack.is_empty();
    let item = run.runbook.boxes.get(place.selected);
    let title = format!("Box {}", about::number(run, place.selected));
    let right = item.map(in_short).unwrap_or_default();
    canvas.rule(rect, focused, vec![ink.strong(title)], vec![ink.text(right)]);
    let inner = Rect { y: rect.y + 1, height: rect.height.saturating_sub(1), ..rect };
    let mut rows: Vec<Row> = lines(app, usize::from(rect.width), true);
    let top = if focused { place.detail_top } else { 0 };
    rows.drain(..top.min(rows.len()));
    let room = usize::from(inner.height).saturating_sub(rows.len() + 2);
    if room > 0 && !app.driven().feed.is_empty() {
        rows.push(Row::new());
        rows.push(vec![ink.skip("  Recent")]);
        let happened = app.driven().feed.iter().rev().take(room);
        rows.extend(happened.map(|h| feed::line(ink, app.session.zone, h, false)));
    }
    canvas.rows(inner, rows);
}

/// What kind of box it is.
fn in_short(item: &BoxItem) -> String {
    let steps = match item.steps.len() {
        0 => "no steps".to_owned(),
        1 => "1 step".to_owned(),
        n => format!("{n} steps"),
    };
    let mut parts = vec![steps];
    if item.value.is_some() {
        parts.push("wants a value".to_owned());
    }
    if item.required {
        parts.push("required".to_owned());
    }
    if item.runbook.is_some() {
        parts.push("opens a runbook".to_owned());
    }
    if let Some(wait) = item.wait {
        parts.push(format!("wait {}", words(wait)));
    }
    if let Some(due) = item.due {
        parts.push(format!("due {}", words(due)));
    }
    parts.join(", ")
}

/// The steps of a box in one row; those before the shown one give way when there are too many.
fn steps_row(ink: Ink, run: &Run, item: &BoxItem, shown: &Step, room: usize) -> Row {
    let pieces: Vec<Row> = item
        .steps
        .iter()
        .map(|step| {
            let name = format!(" {}  ", crate::text::cut::cut_end(&sanitize(&step.title), 24));
            let name = if step.id == shown.id { ink.strong(name) } else { ink.text(name) };
            vec![list::sign(ink, run.step_status(step)), name]
        })
        .collect();
    let at = item.steps.iter().position(|s| s.id == shown.id).unwrap_or(0);
    let wide = |pieces: &[Row]| pieces.iter().map(|p| width(p)).sum::<usize>();
    let mut first = 0;
    // One settled step stays before the shown one: it says where that one stands.
    while first + 1 < at && wide(pieces.get(first..).unwrap_or_default()) > room {
        first += 1;
    }
    let mut row = if first > 0 { vec![ink.skip("… ")] } else { Row::new() };
    row.extend(pieces.into_iter().skip(first).flatten());
    row
}

/// What else the runbook says about a box.
fn prose(ink: Ink, item: &BoxItem, columns: usize) -> Vec<Row> {
    let prose = sanitize_block(item.prose.trim()).into_owned();
    if prose.is_empty() {
        return Vec::new();
    }
    let lines = wrap(&prose, columns.saturating_sub(3));
    let mut rows = vec![Row::new()];
    rows.extend(lines.into_iter().map(|l| vec![ink.text("  "), ink.text(l)]));
    rows
}

/// The lines for the first screen in `columns` columns, until something has run.
fn banner(app: &App, columns: usize) -> Vec<Row> {
    let ink = Ink(app.session.look);
    if !app.run().attempts.is_empty() {
        return Vec::new();
    }
    let lines = app.session.banner.iter().flat_map(|line| wrap(line, columns.saturating_sub(3)));
    lines.map(|line| vec![ink.text("  "), ink.strong(line)]).collect()
}

/// Lines of what differs that are shown; the rest is counted.
const CHANGES: usize = 12;

/// What differs between the text that the run keeps and its file, in `columns` columns.
fn changed(app: &App, ink: Ink, columns: usize) -> Vec<Row> {
    let Some(disk) = app.driven().disk.as_ref().filter(|_| app.run().closed.is_none()) else {
        return Vec::new();
    };
    let room = columns.saturating_sub(3);
    let plain = |text: &str| -> Vec<Row> {
        wrap(&sanitize(text), room).into_iter().map(|line| vec![ink.text("  "), ink.text(line)]).collect()
    };
    let mut rows = vec![vec![ink.text("  "), ink.strong("The runbook's file has changed.")]];
    rows.extend(plain(TAKE_IT));
    rows.extend(disk.changes.iter().take(CHANGES).flat_map(|line| plain(line)));
    if let Some(more) = disk.changes.len().checked_sub(CHANGES).filter(|more| *more > 0) {
        rows.extend(plain(&format!("and {more} more")));
    }
    rows
}

/// Returns all that is known about the selected box, in `columns` columns, with the script if that is asked for.
#[must_use]
pub fn lines(app: &App, columns: usize, with_script: bool) -> Vec<Row> {
    let run = app.run();
    let ink = Ink(app.session.look);
    let mut rows = banner(app, columns);
    rows.extend(changed(app, ink, columns));
    let Some(item) = run.runbook.boxes.get(app.session.place.selected) else {
        rows.push(vec![ink.text(" This runbook has no boxes.")]);
        return rows;
    };
    let room = columns.saturating_sub(3);
    if !rows.is_empty() {
        rows.push(Row::new());
    }
    rows.extend(wrap(&sanitize(&item.text), room).into_iter().map(|l| vec![ink.text("  "), ink.strong(l)]));
    if item.steps.is_empty() {
        rows.extend(prose(ink, item, columns));
    }
    rows.push(Row::new());
    rows.extend(asked(app, ink, item));
    rows.extend(steps(app, ink, item));
    if with_script && about::shown_step(run, app.session.place.selected).is_some() {
        rows.push(Row::new());
        rows.extend(script(app, columns));
    }
    if !item.steps.is_empty() {
        rows.extend(prose(ink, item, columns));
    }
    rows
}

/// What the box asks for and what became of it.
fn asked(app: &App, ink: Ink, item: &BoxItem) -> Vec<Row> {
    let run = app.run();
    let zone = app.session.zone;
    let label = |name: &str, text: String| vec![ink.skip(format!("  {name:<11}")), ink.text(text)];
    let mut rows = Vec::new();
    if let Some(value) = &item.value {
        let fits = value.pattern.as_ref().map(|p| format!(", matching {}", p.regex.as_str()));
        rows.push(label("Asked for", format!("value {}{}", value.name, fits.unwrap_or_default())));
    }
    if let Some(condition) = &item.condition {
        let equals = condition.equals.as_ref().map(|e| format!(" is {e}")).unwrap_or_default();
        rows.push(label("Only if", format!("{}{equals}", condition.name)));
    }
    if let Some(link) = &item.runbook {
        rows.push(label("Runbook", link.clone()));
    }
    if item.required {
        rows.push(label("Required", "cannot be waived".to_owned()));
    }
    if item.two_person {
        let how = if run.is_signed() { "two people, two keys" } else { "two people, two accounts" };
        rows.push(label("Signed by", how.to_owned()));
    }
    if let Some(role) = &item.role {
        rows.push(label("Only", format!("{role}: {}", run.in_role(role).join(" or "))));
    }
    if item.irreversible {
        rows.push(label("No way back", "its signature stands".to_owned()));
    }
    if let Some(words) = item.optional_words() {
        rows.push(label("Optional", format!("w waives it: {words}")));
    }
    if let Some(chosen) = run.runbook.box_index(&item.id).and_then(|i| run.chosen_instead(i)) {
        rows.push(label("Not chosen", chosen.to_owned()));
    }
    if let Some(due) = item.due {
        rows.push(label("Due", format!("{} after the run closes; it holds nobody up", words(due))));
    }
    if item.derived {
        rows.push(label("Derived", "not a task item of the runbook".to_owned()));
    }
    let state = run.runbook.box_index(&item.id).and_then(|i| run.boxes.get(i));
    for (first, at) in state.map(|s| s.halves.as_slice()).unwrap_or_default() {
        let said = format!("{} {} at {}", first.who.name, first.who.proof.word(), zone.hms(at.wall));
        rows.push(label("Signed 1", said));
        rows.extend(first.note.iter().map(|n| label("Note", n.clone())));
    }
    if let Some((signed, at)) = state.and_then(|s| s.signed.as_ref()) {
        let said = format!("{} {} at {}", signed.who.name, signed.who.proof.word(), zone.hms(at.wall));
        rows.push(label("Signed", said));
        if let Some(value) = &signed.value {
            let name = format!("  {:<11}", value.name);
            rows.push(vec![ink.skip(name), ink.put(Role::Value, &value.value)]);
        }
        rows.extend(signed.note.iter().map(|n| label("Note", n.clone())));
    }
    if let Some((waived, at)) = state.and_then(|s| s.waived.as_ref()) {
        let by = format!("{} at {}: {}", waived.who.name, zone.hms(at.wall), waived.reason);
        rows.push(label("Waived", by));
        rows.extend(waived.risk_owner.iter().map(|r| label("Risk", r.clone())));
    }
    if let Some(n) = state.map(|s| s.reopened).filter(|n| *n > 0) {
        rows.push(label("Reopened", format!("{n} times")));
    }
    let notes = run.notes.iter().filter(|(n, _)| n.id.as_ref() == Some(&item.id));
    rows.extend(
        notes.map(|(n, at)| label("Noted", format!("{} {}: {}", zone.hm(at.wall), n.who.name, n.text))),
    );
    rows
}

/// The steps, each in one row with its hosts, their states and times.
fn steps(app: &App, ink: Ink, item: &BoxItem) -> Vec<Row> {
    let run = app.run();
    let shown = about::shown_step(run, app.session.place.selected).map(|s| s.id.clone());
    let names =
        item.steps.iter().map(|s| crate::text::cut::width(&sanitize(&s.title))).max().unwrap_or(0).min(22);
    let row = |step: &Step| -> Row {
        let title = crate::text::cut::fit(&sanitize(&step.title), names);
        let title = if shown.as_ref() == Some(&step.id) { ink.strong(title) } else { ink.text(title) };
        let whole = run.step_status(step);
        let mut row = vec![ink.text("  "), list::sign(ink, whole), ink.text(" "), title];
        let hosts = run.host_statuses(step);
        for (host, status) in &hosts {
            row.push(ink.text("  "));
            if hosts.len() > 1 && whole != StepStatus::Pending {
                row.extend([list::sign(ink, *status), ink.text(" ")]);
            }
            let took =
                run.latest(&step.id, &host.name).map(|a| m_ss(about::attempt_took(a, &app.session.now)));
            row.push(ink.text(&host.name));
            row.push(ink.text(took.map(|t| format!(" {t}")).unwrap_or_default()));
            row.push(ink.text(match status {
                StepStatus::Passed | StepStatus::Pending | StepStatus::Running => "",
                StepStatus::PassedByMarker => " by exit file or word",
                StepStatus::Warning => " warn",
                StepStatus::Unknown => " unknown",
                StepStatus::Failed => " failed",
                StepStatus::Cancelled => " cancelled",
                StepStatus::Waived => " waived",
            }));
        }
        row.extend(marks(step).map(|mark| ink.skip(format!("  {mark}"))));
        row
    };
    let mut rows = Vec::new();
    for step in &item.steps {
        rows.push(row(step));
        rows.extend(watched(app, ink, step));
    }
    let inline = item.inline.iter().filter(|s| s.by_hand.is_none()).count();
    if inline > 0 {
        let words = if inline == 1 { "1 command".to_owned() } else { format!("{inline} commands") };
        rows.push(vec![ink.skip(format!("    {words} in its text: m runs one"))]);
    }
    rows
}

/// What a step is, beside its state.
fn marks(step: &Step) -> impl Iterator<Item = String> {
    let by_hand = step.by_hand.as_ref().map(|why| format!("by hand: {}", sanitize(why)));
    let offered = (step.offered && step.by_hand.is_none()).then(|| "offered, m runs it".to_owned());
    let irreversible = step.irreversible.then(|| "no way back".to_owned());
    let terminal = step.terminal.is_some().then(|| "in a terminal".to_owned());
    [by_hand, terminal, offered, irreversible].into_iter().flatten()
}

/// What its watches came to so far, host by host.
fn watched(app: &App, ink: Ink, step: &Step) -> Vec<Row> {
    let run = app.run();
    let mut rows = Vec::new();
    for host in run.targets(step).unwrap_or_default() {
        let Some(watch) = watching(run, step, &host.name, &app.session.now) else { continue };
        let mut row = vec![ink.text(format!("    {}  {}", host.name, watch.how_far()))];
        row.extend(watch.next.iter().map(|next| ink.text(format!("  {next}"))));
        rows.push(row);
        if let Some(value) = &watch.value {
            let trail = if watch.trail.len() > 1 { watch.trail.join(" ") } else { String::new() };
            rows.push(vec![
                ink.skip("      last "),
                ink.put(Role::Value, value),
                ink.skip(format!("   {trail}")),
            ]);
        }
        if let Some(why) = &watch.breach {
            rows.push(vec![ink.put(Role::AlarmSign, "      ✗ "), ink.strong(why.clone())]);
        }
    }
    rows
}

/// Returns the shown step as it runs: the script to its last space, account, host, shell, values.
#[must_use]
pub fn script(app: &App, columns: usize) -> Vec<Row> {
    let run = app.run();
    let ink = Ink(app.session.look);
    let place = &app.session.place;
    let Some(step) = about::shown_step(run, place.selected) else { return Vec::new() };
    let names = step.uses.iter().chain(step.blanks.iter().filter(|b| b.demanded).map(|b| &b.name));
    let wide = names.map(String::len).max().unwrap_or(0).clamp(7, 20);
    let head = |name: &str| ink.skip(format!("    {name:<wide$} "));
    let label = |name: &str, text: String| vec![head(name), ink.text(text)];
    let mut rows = Vec::new();
    let mut open = false;
    for (n, line) in marked(step).trim_end_matches('\n').split('\n').enumerate() {
        let clean = sanitize_block(line).into_owned();
        for (m, part) in wrap_exact(&clean, columns.saturating_sub(5)).into_iter().enumerate() {
            let head = if n + m == 0 { "  $ " } else { "    " };
            let mut row = vec![ink.text(head)];
            row.extend(ink.script(&part, &mut open));
            rows.push(row);
        }
    }
    match run.targets(step) {
        Ok(hosts) => {
            for host in hosts.iter().take(4) {
                let port = if host.port == 22 { String::new() } else { format!(":{}", host.port) };
                let root = if step.sudo { ", then root by sudo" } else { "" };
                let account = format!("{}@{} ({}{port}){root}", host.user, host.name, host.address);
                rows.push(label("as", account));
                if let Some(known) = run.reached(&host.name) {
                    rows.push(label("key", format!("{} {}", known.fingerprint, known.trusted)));
                }
            }
        }
        Err(why) if step.by_hand.is_none() => rows.push(label("host", why)),
        Err(_) => {}
    }
    let shell = match (&step.interpreter, step.keep_going, step.strict) {
        (Some(program), ..) => program.as_str(),
        (None, true, _) => "bash, every command, failing at the end",
        (None, false, true) => "bash -eo pipefail",
        (None, false, false) => "bash",
    };
    if let Some(terminal) = &step.terminal {
        rows.push(label("terminal", format!("it waits for your keys: {}", terminal.words())));
    }
    if step.asks_root {
        rows.push(label("sudo", "where it wants a password, the step gets a terminal".to_owned()));
    }
    if let Some(why) = &step.by_hand {
        rows.push(label("by hand", format!("gonogo does not run it: {why}")));
        if run.opened.hosts.iter().any(|h| !h.is_local()) {
            rows.push(label("", "o opens a shell on a host to type its lines into".to_owned()));
        }
    }
    rows.extend(step.danger.iter().map(|why| label("danger", why.clone())));
    rows.extend(step.cwd.iter().map(|cwd| label("in", cwd.clone())));
    rows.push(label("shell", if step.check { format!("{shell}, only reads") } else { shell.to_owned() }));
    let mut waits: Vec<&String> = step.blanks.iter().filter(|b| b.demanded).map(|b| &b.name).collect();
    waits.sort();
    waits.dedup();
    for name in step.uses.iter().chain(waits.into_iter().filter(|n| !step.uses.contains(n))) {
        let host = about::shown_host(run, step, place.host.as_deref()).map_or("", |(h, _)| h.name.as_str());
        let value = run.value_on(name, host);
        let shown = match value {
            Some(value) => ink.put(Role::Value, value),
            None => ink.put(Role::AlarmSign, "no value yet"),
        };
        rows.push(vec![head(name), shown]);
    }
    if let Some(capture) = &step.capture {
        rows.push(label("reads", format!("{} from its output", capture.name)));
    }
    if let Some(expect) = &step.expect {
        rows.push(label("expects", expect.regex.as_str().to_owned()));
    }
    if step.exit != 0 {
        rows.push(label("passes", format!("with exit {}", step.exit)));
    }
    rows.extend(step.repeat.map(|r| label("runs", repeat(r))));
    if let Some(metric) = &step.metric {
        rows.push(label("number", format!("{}{}", metric.pattern.regex.as_str(), wanted(step))));
    }
    rows.extend(step.timeout.map(|t| label("ended", format!("after {}", words(t)))));
    if step.retries > 0 {
        rows.push(label("retries", format!("{} by itself when it fails", step.retries)));
    }
    rows.extend(step.undo.iter().map(|id| label("undone", format!("by {}", about::box_name(run, id)))));
    if step.irreversible {
        rows.push(label("after", "only forward, or the rollback".to_owned()));
    }
    if step.idempotent {
        rows.push(label("again", "may run again when nobody knows what it did".to_owned()));
    }
    if !step.carry {
        rows.push(label("carries", "nothing in, nothing on".to_owned()));
    }
    if !step.needs.is_empty() {
        rows.push(label("needs", format!("{} signed", about::box_names(run, &step.needs))));
    }
    let confirm = match step.confirm {
        Confirm::No => None,
        Confirm::Press => Some("one Enter of its own"),
        Confirm::Type => Some("the environment's name, typed"),
    };
    rows.extend(confirm.map(|c| label("asks", c.to_owned())));
    rows
}
