//! A parsed runbook, or its findings, as text for snapshots.

use std::fmt::Write as _;
use std::path::Path;

use gonogo::diag::Diagnostic;
use gonogo::runbook::model::{Blank, BoxItem, Confirm, FOLDED, Hints, Runbook, Section, Step};
use gonogo::runbook::parse;
use gonogo::text::clocks;

/// Returns what `parse` makes of the fixture `name`.
pub fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runbooks").join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    outcome(name, &bytes)
}

/// Returns the runbook that the fixture `name` holds.
pub fn parsed(name: &str) -> Runbook {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runbooks").join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match parse(name, &bytes) {
        Ok((runbook, _)) => runbook,
        Err(found) => panic!("{name} does not parse:\n{}", list(&found)),
    }
}

/// Returns what `parse` makes of `text`.
pub fn text(text: &str) -> String {
    outcome("test.md", text.as_bytes())
}

/// Returns the findings of `text` alone.
pub fn findings(text: &str) -> String {
    match parse("test.md", text.as_bytes()) {
        Ok((_, found)) | Err(found) => list(&found),
    }
}

/// Returns the runbook `text` holds.
pub fn runbook(text: &str) -> Runbook {
    match parse("test.md", text.as_bytes()) {
        Ok((runbook, _)) => runbook,
        Err(found) => panic!("it does not parse:\n{}", list(&found)),
    }
}

fn outcome(name: &str, bytes: &[u8]) -> String {
    match parse(name, bytes) {
        Ok((runbook, found)) => format!("{}{}", dump(&runbook), list(&found)),
        Err(found) => list(&found),
    }
}

fn list(found: &[Diagnostic]) -> String {
    let mut out = String::new();
    for f in found {
        let place = f.place.as_ref().map_or("-".to_owned(), |p| format!("{}:{}", p.line, p.column));
        let kind = if f.is_error() { "error" } else { "warning" };
        writeln!(out, "{kind}[{}] {place} {}", f.code, f.message).expect("a string grows");
        if let Some(help) = &f.help {
            writeln!(out, "  help: {help}").expect("a string grows");
        }
    }
    out
}

/// Returns the model as text, generated ids shortened to `b-…` so that snapshots tell what a person would see.
pub fn dump(runbook: &Runbook) -> String {
    let mut out = format!("title: {}\n", runbook.title);
    for v in &runbook.front.vars {
        writeln!(out, "var {} {:?} {:?}", v.name, v.pattern.as_ref().map(|p| p.regex.as_str()), v.default)
            .expect("a string grows");
    }
    for (role, hosts) in &runbook.front.hosts {
        writeln!(out, "role {role}: {}", hosts.join(" ")).expect("a string grows");
    }
    for (what, value) in
        [("environments", &runbook.front.environments), ("rollback", &runbook.front.rollback)]
    {
        if let Some(value) = value {
            writeln!(out, "{what}: {value}").expect("a string grows");
        }
    }
    for phase in &runbook.phases {
        let gate = if phase.gate { " gate" } else { "" };
        let rollback = if phase.rollback { " rollback" } else { "" };
        let place = format!("{}:{}", phase.place.line, phase.place.column);
        let condition = phase.condition.as_ref().map(|c| format!(" if={}{:?}", c.name, c.equals));
        let condition = condition.unwrap_or_default();
        writeln!(out, "phase {:?} {:?}{gate}{rollback}{condition} @{place}", phase.title, phase.kind)
            .expect("a string grows");
        prose(&mut out, 2, &phase.prose);
        for index in phase.boxes.clone() {
            for section in runbook.sections.iter().filter(|s| s.boxes.start == index) {
                self::section(&mut out, runbook, section);
            }
            boxed(&mut out, &runbook.boxes[index]);
        }
    }
    for choice in &runbook.choices {
        let options: Vec<_> = choice.options.iter().map(|&at| &runbook.sections[at].title).collect();
        writeln!(out, "choose {:?} of {options:?} @{}", choice.title, choice.place.line)
            .expect("a string grows");
    }
    for blank in &runbook.placeholders {
        let kind = if blank.text { "text" } else { "variable" };
        let demanded = if blank.demanded { "demanded" } else { "offered" };
        let lines: Vec<_> = blank.places.iter().map(|p| p.line).collect();
        writeln!(out, "blank {} {:?} {kind} {demanded} on {lines:?}", blank.name, blank.shown)
            .expect("a string grows");
    }
    out
}

fn section(out: &mut String, runbook: &Runbook, section: &Section) {
    let above = std::iter::successors(section.parent, |&at| runbook.sections[at].parent).count();
    let level = if section.level == FOLDED { "folded".to_owned() } else { format!("h{}", section.level) };
    let count = section.boxes.len();
    let mut line = format!("{:above$}{level} {:?} holds {count}", " ", section.title);
    if let Some(id) = &section.id {
        write!(line, " id={id}").expect("a string grows");
    }
    if let Some(condition) = &section.condition {
        write!(line, " if={}{:?}", condition.name, condition.equals).expect("a string grows");
    }
    writeln!(out, "{line} @{}:{}", section.place.line, section.place.column).expect("a string grows");
}

fn boxed(out: &mut String, item: &BoxItem) {
    let pad = 2 + 2 * item.depth;
    let mut line = format!("{:pad$}{} {:?}", "", if item.derived { "( )" } else { "[ ]" }, item.text);
    if !item.id.as_str().starts_with("b-") {
        write!(line, " id={}", item.id).expect("a string grows");
    }
    if !item.path.is_empty() {
        write!(line, " path={:?}", item.path).expect("a string grows");
    }
    if let Some(value) = &item.value {
        write!(line, " value={} {:?}", value.name, value.pattern.as_ref().map(|p| p.regex.as_str()))
            .expect("a string grows");
    }
    for (name, time) in [("wait", item.wait), ("due", item.due)] {
        if let Some(time) = time {
            write!(line, " {name}={}", clocks::words(time)).expect("a string grows");
        }
    }
    if item.required {
        line.push_str(" required");
    }
    if let Some(runbook) = &item.runbook {
        write!(line, " runbook={runbook}").expect("a string grows");
    }
    if let Some(condition) = &item.condition {
        write!(line, " if={}{:?}", condition.name, condition.equals).expect("a string grows");
    }
    for (word, set) in [("optional", item.optional), ("irreversible", item.irreversible)] {
        if set {
            write!(line, " {word}").expect("a string grows");
        }
    }
    if let Some(mark) = &item.mark {
        write!(line, " mark={mark}").expect("a string grows");
    }
    if !item.links.is_empty() {
        write!(line, " links={:?}", item.links).expect("a string grows");
    }
    line.push_str(&hints(&item.hints));
    writeln!(out, "{line} @{}:{}", item.place.line, item.place.column).expect("a string grows");
    prose(out, pad + 4, &item.prose);
    for one in &item.steps {
        step(out, pad + 4, "step", one);
    }
    for one in &item.inline {
        step(out, pad + 4, "inline", one);
    }
}

fn hints(hints: &Hints) -> String {
    let mut said = Vec::new();
    said.extend(hints.wait.map(|time| format!("wait {}", clocks::words(time))));
    said.extend(hints.confirm.then(|| "confirm".to_owned()));
    said.extend(hints.value.as_ref().map(|what| format!("value {what:?}")));
    said.extend(hints.optional.as_ref().map(|why| format!("optional {why:?}")));
    if said.is_empty() { String::new() } else { format!(" hints({})", said.join(", ")) }
}

fn step(out: &mut String, pad: usize, what: &str, step: &Step) {
    let mut line = format!("{:pad$}{what} {:?}", "", step.title);
    if !step.id.as_str().starts_with("b-") {
        write!(line, " id={}", step.id).expect("a string grows");
    }
    write!(line, " {:?}", step.on).expect("a string grows");
    for (word, set) in [
        ("strict", step.strict),
        ("check", step.check),
        ("irreversible", step.irreversible),
        ("idempotent", step.idempotent),
        ("keep-going", step.keep_going),
        ("sudo", step.sudo),
        ("carry=off", !step.carry),
        ("keep=off", !step.keep),
        ("offered", step.offered),
    ] {
        if set {
            write!(line, " {word}").expect("a string grows");
        }
    }
    if step.confirm != Confirm::No {
        write!(line, " confirm={:?}", step.confirm).expect("a string grows");
    }
    if !step.needs.is_empty() {
        write!(line, " needs={:?}", step.needs.iter().map(|n| n.as_str()).collect::<Vec<_>>())
            .expect("a string grows");
    }
    if let Some(capture) = &step.capture {
        write!(line, " capture={} {:?}", capture.name, capture.pattern.as_ref().map(|p| p.regex.as_str()))
            .expect("a string grows");
    }
    if let Some(expect) = &step.expect {
        write!(line, " expect={:?}", expect.regex.as_str()).expect("a string grows");
    }
    if let Some(condition) = &step.condition {
        write!(line, " if={}{:?}", condition.name, condition.equals).expect("a string grows");
    }
    if step.exit != 0 {
        write!(line, " exit={}", step.exit).expect("a string grows");
    }
    if let Some(repeat) = &step.repeat {
        write!(line, " {repeat:?}").expect("a string grows");
    }
    if let Some(metric) = &step.metric {
        let threshold = metric.threshold.map(|t| format!(" {:?} {}", t.is, t.number)).unwrap_or_default();
        write!(line, " metric={:?}{threshold}", metric.pattern.regex.as_str()).expect("a string grows");
    }
    if let Some(timeout) = step.timeout {
        write!(line, " timeout={}", clocks::words(timeout)).expect("a string grows");
    }
    if step.retries > 0 {
        write!(line, " retries={}", step.retries).expect("a string grows");
    }
    for (word, text) in [
        ("danger", &step.danger),
        ("cwd", &step.cwd),
        ("interpreter", &step.interpreter),
        ("by hand", &step.by_hand),
        ("terminal", &step.terminal.as_ref().map(|t| t.words().to_owned())),
        ("undo", &step.undo.as_ref().map(|id| id.to_string())),
    ] {
        if let Some(text) = text {
            write!(line, " {word}={text:?}").expect("a string grows");
        }
    }
    if !step.blanks.is_empty() {
        let blank = |b: &Blank| {
            let text = step.script.get(b.bytes.clone()).unwrap_or("?");
            format!("{text}={}{}", b.name, if b.demanded { "" } else { "?" })
        };
        write!(line, " blanks={:?}", step.blanks.iter().map(blank).collect::<Vec<_>>())
            .expect("a string grows");
    }
    if !step.uses.is_empty() {
        write!(line, " uses={:?}", step.uses).expect("a string grows");
    }
    writeln!(out, "{line} @{}:{}", step.place.line, step.place.column).expect("a string grows");
    for text in step.script.lines() {
        writeln!(out, "{:pad$}  | {}", "", gonogo::text::sanitize(text)).expect("a string grows");
    }
}

fn prose(out: &mut String, pad: usize, text: &str) {
    for line in text.lines() {
        writeln!(out, "{:pad$}\" {}", "", gonogo::text::sanitize(line)).expect("a string grows");
    }
}
