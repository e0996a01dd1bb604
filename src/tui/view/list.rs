//! The boxes of all phases in one scrolled list, gates between: mark, text, who, proof, at, took.

use ratatui::layout::Rect;

use crate::run::attempt::StepStatus;
use crate::run::fact::Vote;
use crate::run::fact::Who;
use crate::run::offer::Offer;
use crate::run::state::Run;
use crate::run::status::BoxStatus;
use crate::runbook::model::BoxItem;
use crate::text::clocks::{m_ss, words};
use crate::text::cut::{cut_end, fit, width};
use crate::text::sanitize;
use crate::tui::about;
use crate::tui::app::App;
use crate::tui::ink::{Ink, Row};
use crate::tui::session::Pane;
use crate::tui::theme::Role;
use crate::tui::view::canvas::{Canvas, selected};
use crate::tui::watching;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A phase.
    Heading(usize),
    /// The gate before a phase.
    Gate(usize),
    /// What boxes under it belong to.
    Label(String),
    /// A box.
    Box(usize),
}

/// Returns the rows of the list.
#[must_use]
pub fn items(run: &Run) -> Vec<Item> {
    let mut items = Vec::new();
    let mut path: &[String] = &[];
    for phase in about::phases(run) {
        if run.gates.contains_key(&phase.index) {
            items.push(Item::Gate(phase.index));
        }
        items.push(Item::Heading(phase.index));
        let boxes = run.runbook.phases.get(phase.index).map(|p| p.boxes.clone()).unwrap_or_default();
        for index in boxes {
            let Some(item) = run.runbook.boxes.get(index) else { continue };
            if item.depth == 0 && item.path != path {
                path = &item.path;
                if !path.is_empty() {
                    items.push(Item::Label(path.join(", ")));
                }
            }
            items.push(Item::Box(index));
        }
    }
    items
}

/// Returns the first row shown of `items` when `height` rows are: the phase of the selected box from its top if that
/// fits, else so much that the selected box stands near the end. With a `sticky` heading the phase stands in the rule.
fn top(run: &Run, items: &[Item], chosen: usize, height: usize, sticky: bool) -> usize {
    let at = items.iter().position(|i| *i == Item::Box(chosen)).unwrap_or(0);
    let head = items.iter().take(at + 1).rposition(|i| matches!(i, Item::Heading(_))).unwrap_or(0);
    let gate = head.checked_sub(1).filter(|g| matches!(items.get(*g), Some(Item::Gate(_))));
    let shut = matches!(gate.and_then(|g| items.get(g)), Some(Item::Gate(p)) if run.gate_is_next(*p));
    let head = match gate {
        // What the gate waits for is worth seeing beside it.
        Some(gate) if shut => gate.saturating_sub(2),
        Some(gate) if !sticky => gate,
        _ if sticky => head + 1,
        _ => head,
    };
    if !sticky && items.len() <= height {
        return 0;
    }
    let top = if at < head + height.saturating_sub(1) { head } else { (at + 2).saturating_sub(height) };
    let most = items.len().saturating_sub(height);
    if sticky { top.min(most.max(1)) } else { top.min(most) }
}

/// Returns the box drawn at the screen row `y` of the list in `rect`.
#[must_use]
pub fn box_at(app: &App, rect: Rect, wide: bool, y: u16) -> Option<usize> {
    let items = items(app.run());
    let sticky = !wide;
    let height = usize::from(rect.height.saturating_sub(1));
    let n = usize::from(y.checked_sub(rect.y + 1)?);
    match items.get(top(app.run(), &items, app.session.place.selected, height, sticky) + n) {
        Some(Item::Box(index)) => Some(*index),
        _ => None,
    }
}

/// Draws the list with its rule.
pub fn draw(app: &App, canvas: &mut Canvas<'_>, rect: Rect, wide: bool) {
    let (run, ink) = (app.run(), canvas.ink);
    let columns = usize::from(rect.width);
    let items = items(run);
    let height = usize::from(rect.height.saturating_sub(1));
    let chosen = app.session.place.selected;
    let here = app.session.asking.stack.is_empty() && app.session.keyboard.is_none();
    let focused = app.session.place.focus == Pane::List && here;
    let first = top(run, &items, chosen, height, !wide);
    let shape = Shape::of(columns);
    canvas.row(rect, 0, rule(ink, run, &items, first, wide, focused, shape));
    for (n, item) in items.iter().skip(first).take(height).enumerate() {
        let row = match item {
            Item::Heading(phase) => heading(app, ink, *phase, columns),
            Item::Gate(phase) => gate(app, ink, *phase),
            Item::Label(text) => vec![ink.skip(format!(" {text}"))],
            Item::Box(index) => boxed(app, ink, *index, shape),
        };
        let here = *item == Item::Box(chosen);
        let row = if here { selected(ink, focused, crate::tui::ink::fit(row, columns)) } else { row };
        let mark = if here { vec![ink.strong("▌")] } else { Vec::new() };
        canvas.row(rect, n + 1, row);
        if here {
            canvas.row(Rect { width: 1, ..rect }, n + 1, mark);
        }
    }
}

/// How many columns each part has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    columns: usize,
    who: usize,
    took: usize,
}

impl Shape {
    const PROOF: usize = 6;
    const AT: usize = 5;

    const fn of(columns: usize) -> Self {
        let wide = columns >= 90;
        Self { columns, who: if wide { 17 } else { 12 }, took: if wide { 7 } else { 6 } }
    }

    /// The column at which the names begin.
    const fn names(self) -> usize {
        self.columns.saturating_sub(1 + self.who + Self::PROOF + Self::AT + self.took)
    }
}

fn rule(ink: Ink, run: &Run, items: &[Item], first: usize, wide: bool, focused: bool, shape: Shape) -> Row {
    let counts = run.counts();
    let settled = counts.signed + counts.waived;
    let (name, count) = if wide {
        ("Boxes".to_owned(), format!("{settled} of {}", settled + counts.open))
    } else {
        let phase = items.iter().take(first + 1).rev().find_map(|i| match i {
            Item::Heading(phase) => Some(*phase),
            _ => None,
        });
        let phase = phase.and_then(|p| about::phases(run).into_iter().find(|x| x.index == p));
        phase.map_or_else(Default::default, |p| {
            (run.phase_title(p.index).to_owned(), format!("{} of {}", p.settled, p.total))
        })
    };
    let (role, line) = if focused { (Role::RuleFocused, "━") } else { (Role::Rule, "─") };
    let dash = |n: usize| ink.put(role, line.repeat(n));
    let name = cut_end(&sanitize(&name), shape.names().saturating_sub(14));
    let mut row = vec![dash(1), ink.text(" "), ink.strong(name), ink.text(format!("  {count} "))];
    let used = crate::tui::ink::width(&row);
    row.push(dash(shape.names().saturating_sub(used + 1)));
    row.extend([ink.skip(" who "), dash(shape.who.saturating_sub(5)), ink.skip(" proof at ")]);
    row.push(dash(shape.took.saturating_sub(3)));
    row.push(ink.skip(" took"));
    crate::tui::ink::cut(row, shape.columns)
}

fn heading(app: &App, ink: Ink, phase: usize, columns: usize) -> Row {
    let run = app.run();
    let found = about::phases(run).into_iter().find(|p| p.index == phase);
    let count = found.map(|p| format!("{} of {} ", p.settled, p.total)).unwrap_or_default();
    let left = vec![ink.text(" "), ink.strong(run.phase_title(phase))];
    crate::tui::ink::sides(left, vec![ink.skip(count)], columns)
}

fn gate(app: &App, ink: Ink, phase: usize) -> Row {
    let run = app.run();
    let Some(gate) = run.gates.get(&phase) else { return Row::new() };
    let mut row = vec![ink.put(Role::Rule, " ── ")];
    match (&gate.opened, gate.votes.last()) {
        (Some((opened, at)), _) => {
            let how = if opened.over.is_some() { "opened anyway" } else { "go" };
            row.push(ink.put(Role::Well, format!("gate: {how}")));
            row.push(ink.text(format!(
                "  {} {}  {}",
                opened.who.name,
                opened.who.proof.word(),
                app.session.zone.hm(at.wall)
            )));
        }
        (None, Some(_)) if !run.voters(phase).is_empty() => {
            row.push(ink.strong("gate:"));
            for (role, vote) in run.poll(phase) {
                row.push(ink.text(format!("  {role} ")));
                row.extend(match vote.map(|(vote, _)| vote.vote) {
                    Some(Vote::Go) => ink.calm(Role::Well, "GO"),
                    Some(Vote::NoGo) => vec![ink.put(Role::Alarm, " ✗ NO-GO ")],
                    None => vec![ink.skip("absent")],
                });
            }
        }
        (None, Some((vote, at))) if vote.vote == Vote::NoGo => {
            row.extend([ink.text("gate "), ink.put(Role::Alarm, " ✗ NO-GO ")]);
            let by = format!("  {} {}", vote.who.name, app.session.zone.hm(at.wall));
            row.push(ink.text(by));
        }
        _ if run.gate_is_next(phase) => {
            row.push(ink.strong(format!("gate: go or no-go for {}", run.phase_title(phase))));
        }
        _ if !run.voters(phase).is_empty() => {
            row.push(ink.skip(format!("gate: {} vote", run.voters(phase).join(", "))));
        }
        _ => row.push(ink.skip("gate: go or no-go")),
    }
    row
}

/// The row of a box.
fn boxed(app: &App, ink: Ink, index: usize, shape: Shape) -> Row {
    let run = app.run();
    let (Some(item), Some(state)) = (run.runbook.boxes.get(index), run.boxes.get(index)) else {
        return Row::new();
    };
    let status = run.box_status(index);
    let mut row = vec![ink.text(format!(" {}", "  ".repeat(item.depth.min(6))))];
    row.extend(mark(ink, status));
    row.push(ink.text(" "));
    let used = crate::tui::ink::width(&row);
    if let Some((signed, at)) = &state.signed {
        let took = m_ss(about::took(run, index, &app.session.now));
        row.push(ink.text(fit(&sanitize(&item.text), shape.names().saturating_sub(used + 2))));
        row.extend(names(app, ink, &signed.who, *at, &took, shape, Role::Text));
        return row;
    }
    if let Some((first, at)) = state.half().filter(|_| state.waived.is_none()) {
        let text = format!("{}: wants a second person", item.text);
        row.push(ink.text(fit(&sanitize(&text), shape.names().saturating_sub(used + 2))));
        row.extend(names(app, ink, &first.who, *at, "1/2", shape, Role::Text));
        return row;
    }
    if let Some((waived, at)) = &state.waived {
        let text = format!("{}: waived, {}", item.text, waived.reason);
        row.push(ink.skip(fit(&sanitize(&text), shape.names().saturating_sub(used + 2))));
        row.extend(names(app, ink, &waived.who, *at, "-", shape, Role::Skip));
        return row;
    }
    let open = matches!(status, BoxStatus::Pending);
    let role = if open { Role::Text } else { Role::Strong };
    let took = if open && state.touched_at.is_none() {
        item.due.map(|due| format!("due {}", words(due))).unwrap_or_default()
    } else {
        m_ss(about::took(run, index, &app.session.now))
    };
    let says = !open || run.waits_for_choice(index).is_some();
    let state = if says { state_words(app, index, item) } else { String::new() };
    let end = shape.columns.saturating_sub(1);
    if state.is_empty() {
        let room = end.saturating_sub(used + width(&took) + usize::from(!took.is_empty()));
        row.push(ink.put(role, fit(&sanitize(&item.text), room)));
        let gap = end.saturating_sub(crate::tui::ink::width(&row) + width(&took));
        row.extend([ink.blank(gap), ink.skip(took)]);
        return row;
    }
    row.push(ink.put(role, fit(&sanitize(&item.text), shape.names().saturating_sub(used + 2))));
    row.push(ink.text("  "));
    let room = end.saturating_sub(shape.names() + width(&took) + 1);
    row.push(ink.put(role, fit(&sanitize(&state), room)));
    row.push(ink.text(" "));
    row.push(ink.put(role, took));
    row
}

/// Name, proof, time and length, each in its column.
fn names(
    app: &App,
    ink: Ink,
    who: &Who,
    at: crate::clock::Stamp,
    took: &str,
    shape: Shape,
    role: Role,
) -> Row {
    let proof = match (who.proof, role) {
        (crate::run::fact::Proof::SshKey, Role::Text) => Role::Strong,
        _ => role,
    };
    let word = match who.proof {
        crate::run::fact::Proof::OsUser => "os",
        crate::run::fact::Proof::Claimed => "key?",
        other => other.word(),
    };
    vec![
        ink.text("  "),
        ink.put(role, fit(&sanitize(&who.name), shape.who.saturating_sub(1))),
        ink.text(" "),
        ink.put(proof, fit(word, Shape::PROOF)),
        ink.put(role, app.session.zone.hm(at.wall)),
        ink.put(role, format!("{took:>width$}", width = shape.took)),
    ]
}

/// What an open box is at, in a few words.
fn state_words(app: &App, index: usize, item: &BoxItem) -> String {
    let run = app.run();
    if run.waits_for_choice(index).is_some() {
        let waits = run.box_status(index) == BoxStatus::Pending;
        return if waits { "waits for a choice" } else { "to be chosen" }.to_owned();
    }
    let Some(step) = run.next_step(index) else {
        return match run.offer(index, app.session.now.wall) {
            Offer::Waiting(_, until) => {
                let left = (until - app.session.now.wall).to_std().unwrap_or_default();
                format!("{} left", m_ss(left))
            }
            Offer::StartWait(_) => "start the wait".to_owned(),
            Offer::GoToChild(child) => child,
            Offer::OpenLink(_) => "opens a runbook".to_owned(),
            Offer::Decide(name) => format!("what is {name}?"),
            Offer::Sign(_, Some(value)) => format!("wants {value}"),
            Offer::Sign(..) => "to be signed".to_owned(),
            Offer::Gate(_) => "gate".to_owned(),
            _ => String::new(),
        };
    };
    let (n, of) = about::step_of(run, step);
    let place = if of > 1 { format!("step {n}/{of}") } else { "step".to_owned() };
    let host = about::shown_host(
        run,
        step,
        app.session.place.host.as_deref().filter(|_| app.session.place.selected == index),
    );
    let Some((host, status)) = host else { return place };
    if let Some(watch) = watching::watching(run, step, &host.name, &app.session.now)
        && status == StepStatus::Running
    {
        return watch.lasted;
    }
    let word = match status {
        StepStatus::Running | StepStatus::Pending => String::new(),
        other => format!(" {}", other.word()),
    };
    if item.steps.is_empty() { String::new() } else { format!("{place}  {}{word}", host.name) }
}

/// Returns the mark of a box: brackets are people.
#[must_use]
pub fn mark(ink: Ink, status: BoxStatus) -> Row {
    let ascii = ink.0.ascii;
    let (role, sign, plain) = match status {
        BoxStatus::Pending => (Role::Skip, " ", " "),
        BoxStatus::Ready => (Role::AskSwatch, "•", "*"),
        BoxStatus::Running => (Role::Now, "▸", ">"),
        BoxStatus::Failed => (Role::AlarmSign, "✗", "!"),
        BoxStatus::Unknown => (Role::UnknownSign, "?", "?"),
        BoxStatus::HalfSigned => (Role::AskSwatch, "1", "1"),
        BoxStatus::Signed => (Role::Well, "✓", "x"),
        BoxStatus::Waived => (Role::Skip, "~", "-"),
    };
    let bracket = match status {
        BoxStatus::Pending | BoxStatus::Waived => Role::Skip,
        BoxStatus::Signed => Role::Text,
        _ => Role::Strong,
    };
    let sign = if ascii { plain } else { sign };
    vec![ink.put(bracket, "["), ink.put(role, sign), ink.put(bracket, "]")]
}

/// Returns the sign of a step: bare symbols are machines.
#[must_use]
pub fn sign(ink: Ink, status: StepStatus) -> ratatui::text::Span<'static> {
    match status {
        StepStatus::Unknown => ink.put(Role::UnknownSign, "?"),
        StepStatus::Failed => ink.put(Role::AlarmSign, "✗"),
        StepStatus::Cancelled => ink.strong("⊘"),
        StepStatus::Running => ink.put(Role::Now, "▸"),
        StepStatus::Pending => ink.skip("·"),
        StepStatus::Warning => ink.put(Role::AskSwatch, "✓"),
        StepStatus::Passed | StepStatus::PassedByMarker => ink.put(Role::Well, "✓"),
        StepStatus::Waived => ink.skip("~"),
    }
}
