//! An outline for people: a line for each thing, its lines of the file in front.

use super::{BoxNode, Outline, PhaseNode, StepNode};
use crate::text::{cut, sanitize};

/// Columns of the line numbers.
const GUTTER: usize = 9;
/// Columns of a line; what is longer is cut.
const WIDTH: usize = 120;

/// Returns `outline` as plain text, each line ended by a line feed.
#[must_use]
pub fn text(outline: &Outline) -> String {
    let mut page = Page::default();
    page.plain(&sanitize(&outline.title));
    page.plain(&format!("{}: {}", sanitize(&outline.file), counted(outline)));
    for phase in &outline.phases {
        page.plain("");
        page.phase(phase);
    }
    if !outline.vars.is_empty() {
        page.plain("");
        page.plain("Declared values");
    }
    for var in &outline.vars {
        let matching = var.pattern.as_ref().map(|p| format!("matching {p}"));
        let choose = (!var.choose.is_empty()).then(|| format!("one of {}", var.choose.join(", ")));
        let default = var.default.as_ref().map(|d| format!("else {d}"));
        let secret = var.secret.map(|from| format!("secret, from {from}"));
        let notes: Vec<String> = [matching, choose, default, secret].into_iter().flatten().collect();
        page.line(var.line, var.end_line, 1, &noted(&var.name, &notes));
    }
    if !outline.placeholders.is_empty() {
        page.plain("");
        page.plain("Values to fill in");
    }
    for blank in &outline.placeholders {
        let first = blank.lines.first().copied().unwrap_or(1);
        let mut notes = vec![format!("as {}", blank.name)];
        notes.extend((!blank.demanded).then(|| "offered, not demanded".to_owned()));
        if blank.lines.len() > 1 {
            let also: Vec<String> = blank.lines.iter().skip(1).take(8).map(usize::to_string).collect();
            let more = if blank.lines.len() > 9 { ", …" } else { "" };
            notes.push(format!("also in lines {}{more}", also.join(", ")));
        }
        page.line(first, first, 1, &noted(&blank.shown, &notes));
    }
    page.0
}

/// Returns the counts in words, for example `3 phases, 12 boxes, 4 steps`.
#[must_use]
fn counted(outline: &Outline) -> String {
    let n = outline.counts;
    let many =
        |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
    let mut words = vec![many(n.phase, "phase", "phases")];
    if n.section > 0 {
        words.push(many(n.section, "section", "sections"));
    }
    let derived =
        if n.derived > 0 { format!(" ({} of them no check box)", n.derived) } else { String::new() };
    words.push(format!("{}{derived}", many(n.boxed, "box", "boxes")));
    let by_hand = if n.by_hand > 0 { format!(" ({} by hand)", n.by_hand) } else { String::new() };
    words.push(format!("{}{by_hand}", many(n.step, "step", "steps")));
    if n.command > 0 {
        words.push(many(n.command, "command in the text", "commands in the text"));
    }
    if n.placeholder > 0 {
        words.push(many(n.placeholder, "value to fill in", "values to fill in"));
    }
    words.join(", ")
}

fn noted(text: &str, notes: &[String]) -> String {
    if notes.is_empty() { text.to_owned() } else { format!("{text}  ({})", notes.join("; ")) }
}

/// Text that grows, line by line.
#[derive(Default)]
struct Page(String);

impl Page {
    /// Adds a line without numbers. It is harmless already.
    fn plain(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Adds a line about lines `from` to `to` of the file, `depth` levels in.
    fn line(&mut self, from: usize, to: usize, depth: usize, text: &str) {
        let lines = if from == to { from.to_string() } else { format!("{from}-{to}") };
        let line = format!("{lines:<GUTTER$} {}{}", "  ".repeat(depth), sanitize(text));
        self.plain(&cut::cut_end(line.trim_end(), WIDTH));
    }

    fn phase(&mut self, phase: &PhaseNode) {
        let mut notes = Vec::new();
        notes.extend(phase.gate.then(|| match phase.go.as_slice() {
            [] => "gate before it".to_owned(),
            roles => format!("gate before it: {} vote", roles.join(", ")),
        }));
        notes.extend(phase.rollback.then(|| "only in a rollback".to_owned()));
        notes.extend(phase.condition.as_ref().map(|c| format!("if {c}")));
        notes.extend(phase.boxes.is_empty().then(|| "notes: no box".to_owned()));
        self.line(phase.line, phase.end_line, 0, &noted(&phase.title, &notes));
        let mut sections = phase.sections.iter().peekable();
        for item in &phase.boxes {
            while let Some(section) = sections.next_if(|s| s.line <= item.line) {
                let mut notes = Vec::new();
                notes.extend(section.choice.then(|| "one of several: exactly one applies".to_owned()));
                notes.extend(section.condition.as_ref().map(|c| format!("if {c}")));
                let title = format!("{} {}", "#".repeat(section.level.into()), section.title);
                self.line(section.line, section.end_line, 1, &noted(&title, &notes));
            }
            self.boxed(item, 1);
        }
    }

    fn boxed(&mut self, item: &BoxNode, depth: usize) {
        let mut notes = Vec::new();
        notes.extend((!item.id.starts_with("b-")).then(|| format!("id {}", item.id)));
        notes.extend(item.asks.iter().cloned());
        notes.extend(item.condition.as_ref().map(|c| format!("if {c}")));
        notes.extend(item.runbook.as_ref().map(|link| format!("runs {link}")));
        notes.extend(item.suggests.iter().map(|words| format!("suggests {words}")));
        let mark = if item.derived { "( )" } else { "[ ]" };
        self.line(item.line, item.end_line, depth, &noted(&format!("{mark} {}", item.text), &notes));
        for step in item.steps.iter().chain(&item.inline) {
            self.step(step, depth + 2);
        }
        for inner in &item.boxes {
            self.boxed(inner, depth + 1);
        }
    }

    fn step(&mut self, step: &StepNode, depth: usize) {
        let mut notes = Vec::new();
        notes.extend(step.on.as_ref().map(|on| format!("on {on}")));
        notes.extend(step.asks.iter().cloned());
        notes.extend(step.condition.as_ref().map(|c| format!("if {c}")));
        notes.extend((step.offered && step.kind == "step").then(|| "offered".to_owned()));
        notes.extend(step.danger.as_ref().map(|why| format!("dangerous: {why}")));
        notes.extend(step.by_hand.as_ref().map(|why| format!("by hand: {why}")));
        notes.extend(step.terminal.as_ref().map(|why| format!("in a terminal: {why}")));
        notes.extend(
            (!step.placeholders.is_empty()).then(|| format!("waits for {}", step.placeholders.join(", "))),
        );
        let mark = if step.kind == "inline" { "`" } else { "$" };
        self.line(step.line, step.end_line, depth, &noted(&format!("{mark} {}", step.title), &notes));
    }
}
