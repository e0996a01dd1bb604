//! What stands on the form, before it is written as Markdown or HTML. Our words and the file's stay in fields apart.

use crate::report::asks;
use crate::runbook::model::{BoxItem, Phase, Runbook, Step};
use crate::text::clocks;

/// Our words, and what of the file they are about; that may be empty.
pub type Note = (&'static str, String);

/// A form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// The runbook's title.
    pub title: String,
    /// Its file.
    pub file: String,
    /// SHA-256 of its bytes, so that paper and file can be matched.
    pub sha256: String,
    /// What it says before its first phase, line by line.
    pub prose: Vec<String>,
    /// Values to write in before the start: a name, and what is allowed.
    pub values: Vec<(String, Option<Note>)>,
    /// Phases in the order they are walked; those of a rollback come last.
    pub phases: Vec<Group>,
    /// Who signs at the end beside the captain.
    pub roles: Vec<String>,
    /// The rollback runbook.
    pub rollback: Option<String>,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// Its title.
    pub title: String,
    /// What is said about it.
    pub notes: Vec<Note>,
    /// The voices of the gate before it: one for each role that votes, a single one without a role otherwise. Empty
    /// where no gate is.
    pub gate: Vec<String>,
    /// Its prose, line by line.
    pub prose: Vec<String>,
    /// What stands in it.
    pub entries: Vec<Entry>,
}

/// Something in a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A heading, or a bullet that labels boxes.
    Heading(String),
    /// A box.
    Leaf(Box<Leaf>),
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leaf {
    /// Its identity, to carry it over into a record.
    pub id: String,
    /// Its text.
    pub text: String,
    /// How deep it is nested.
    pub depth: usize,
    /// What is said about it.
    pub notes: Vec<Note>,
    /// Its prose, line by line.
    pub prose: Vec<String>,
    /// Names of values to write in.
    pub values: Vec<String>,
    /// Its steps and inline commands.
    pub scripts: Vec<Script>,
}

/// A step or an inline command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// What the list shows; empty for an inline command.
    pub title: String,
    /// Where it runs, in words.
    pub on: Option<String>,
    /// What is said about it.
    pub notes: Vec<Note>,
    /// The script.
    pub text: String,
    /// Whether it is only offered.
    pub offered: bool,
}

/// Returns the form of `book`, read from `file`.
#[must_use]
pub fn form(file: &str, book: &Runbook) -> Form {
    // What stands under the title alone is said by the runbook, not by a phase of that name.
    let intro = |p: &&Phase| p.boxes.is_empty() && p.title == book.title;
    let walked = book.phases.iter().filter(|p| !p.rollback && !intro(p));
    let back = book.phases.iter().filter(|p| p.rollback);
    let phases = walked.chain(back).filter(|p| !p.boxes.is_empty() || !p.prose.trim().is_empty());
    Form {
        title: book.title.clone(),
        file: file.to_owned(),
        sha256: book.sha256.clone(),
        prose: book.phases.iter().filter(intro).flat_map(|p| lines(&p.prose)).collect(),
        values: values(book),
        phases: phases.map(|phase| group(book, phase)).collect(),
        roles: book.front.roles.iter().map(|(role, _)| role.clone()).collect(),
        rollback: book.front.rollback.clone().filter(|link| !link.starts_with('#')),
    }
}

fn values(book: &Runbook) -> Vec<(String, Option<Note>)> {
    let declared = book.front.vars.iter().map(|var| {
        let allowed = match (&var.secret, &var.pattern, var.choose.as_slice()) {
            (Some(_), ..) => Some(("secret: not on paper", String::new())),
            (_, Some(pattern), _) => Some(("matching", pattern.regex.as_str().to_owned())),
            (_, _, []) => None,
            (_, _, choose) => Some(("one of", choose.join(", "))),
        };
        (var.name.clone(), allowed)
    });
    let known = |name: &str| book.front.vars.iter().any(|v| v.name == name);
    let blanks = book.placeholders.iter().filter(|p| !known(&p.name));
    declared.chain(blanks.map(|p| (p.shown.clone(), None))).collect()
}

fn group(book: &Runbook, phase: &Phase) -> Group {
    let mut notes = Vec::new();
    notes.extend(phase.rollback.then(|| ("only in a rollback", String::new())));
    notes.extend(phase.condition.as_ref().map(|c| ("only if", asks::condition(c))));
    let mut entries = Vec::new();
    let mut above: &[String] = &[];
    let mut section = None;
    for item in book.boxes.get(phase.boxes.clone()).unwrap_or_default() {
        if item.section != section {
            section = item.section;
            let found = section.and_then(|at| book.sections.get(at));
            entries.extend(
                found
                    .and_then(|s| s.condition.as_ref())
                    .map(|c| Entry::Heading(format!("only if {}", asks::condition(c)))),
            );
        }
        if item.path != above {
            let common = item.path.iter().zip(above).take_while(|(a, b)| a == b).count();
            let new = item.path.iter().skip(common);
            entries.extend(new.map(|title| Entry::Heading(title.clone())));
            above = &item.path;
        }
        entries.push(Entry::Leaf(Box::new(leaf(item))));
    }
    let gate = match phase.go.as_slice() {
        _ if !phase.gate => Vec::new(),
        [] => vec![String::new()],
        roles => roles.to_vec(),
    };
    Group { title: phase.title.clone(), notes, gate, prose: lines(&phase.prose), entries }
}

fn leaf(item: &BoxItem) -> Leaf {
    let mut notes = Vec::new();
    notes.extend(item.condition.as_ref().map(|c| ("only if", asks::condition(c))));
    for (set, words) in [
        (item.required, "required"),
        (item.optional, "optional"),
        (item.irreversible, "cannot be taken back"),
    ] {
        notes.extend(set.then(|| (words, String::new())));
    }
    notes.extend(item.wait.map(|time| ("wait", clocks::words(time))));
    notes.extend(item.due.map(|time| ("due after the end within", clocks::words(time))));
    notes.extend(item.mark.as_ref().map(|name| ("stopwatch", name.clone())));
    notes.extend(item.runbook.as_ref().map(|link| ("runs", link.clone())));
    let value = item.value.as_ref().map(|v| v.name.clone());
    let captured = item.steps.iter().filter_map(|s| s.capture.as_ref()).map(|c| c.name.clone());
    Leaf {
        id: item.id.0.clone(),
        text: item.text.clone(),
        depth: item.depth,
        notes,
        prose: lines(&item.prose),
        values: value
            .into_iter()
            .chain(captured)
            .chain(item.hints.value.clone())
            .filter(|v| !v.is_empty())
            .collect(),
        scripts: item
            .steps
            .iter()
            .map(|step| script(step, step.title.clone()))
            .chain(item.inline.iter().map(|step| script(step, String::new())))
            .collect(),
    }
}

fn script(step: &Step, title: String) -> Script {
    let mut notes = Vec::new();
    notes.extend(step.condition.as_ref().map(|c| ("only if", asks::condition(c))));
    let needs = step.needs.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    notes.extend((!needs.is_empty()).then_some(("needs", needs)));
    notes.extend(step.check.then(|| ("only reads", String::new())));
    notes.extend(step.irreversible.then(|| ("cannot be taken back", String::new())));
    notes.extend(step.danger.as_ref().map(|why| ("dangerous:", why.clone())));
    notes.extend(step.undo.as_ref().map(|id| ("taken back by", id.0.clone())));
    notes.extend(step.expect.as_ref().map(|p| ("expect", p.regex.as_str().to_owned())));
    notes.extend(step.by_hand.as_ref().map(|why| ("by hand:", why.clone())));
    notes.extend(step.terminal.as_ref().map(|t| ("in a terminal:", t.words().to_owned())));
    Script { title, on: asks::on(&step.on), notes, text: step.script.clone(), offered: step.offered }
}

fn lines(prose: &str) -> Vec<String> {
    prose.lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect()
}
