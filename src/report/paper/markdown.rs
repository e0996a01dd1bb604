//! The form as Markdown: it reads the same as plain text, and its boxes are boxes again when it is opened.

use super::form::{Entry, Form, Group, Leaf, Note, Script};
use crate::report::phrase::{code, fenced, inline};

/// A line to write on.
const NAME: &str = "________________";
const TIME: &str = "________";

/// Returns the form as Markdown.
#[must_use]
pub fn markdown(form: &Form) -> String {
    let mut out = format!("# {}\n\n", inline(&form.title));
    let sha: String = form.sha256.chars().take(16).collect();
    out.push_str(&format!("Paper form of {}, sha256 {sha}.\n\n", code(&form.file)));
    for label in ["Environment", "Captain", "Date", "Begun at", "Ended at"] {
        out.push_str(&format!("{label}: {NAME}\n\n"));
    }
    for line in &form.prose {
        out.push_str(&format!("{}\n\n", inline(line)));
    }
    if !form.values.is_empty() {
        out.push_str("## Values\n\n");
        for (name, allowed) in &form.values {
            let allowed = allowed.as_ref().map(|note| format!(" ({})", one(note))).unwrap_or_default();
            out.push_str(&format!("- {}{allowed}: {NAME}\n", code(name)));
        }
        out.push('\n');
    }
    for phase in &form.phases {
        group(&mut out, phase);
    }
    out.push_str("## Signatures\n\n");
    out.push_str("Outcome: ☐ completed  ☐ rolled back  ☐ aborted\n\n");
    if let Some(link) = &form.rollback {
        out.push_str(&format!("Rolled back with {}.\n\n", code(link)));
    }
    out.push_str(&format!("- Captain: {NAME} Date and time: {NAME}\n"));
    for role in &form.roles {
        out.push_str(&format!("- {}: {NAME} Date and time: {NAME}\n", inline(role)));
    }
    out
}

fn group(out: &mut String, phase: &Group) {
    out.push_str(&format!("## {}\n\n", inline(&phase.title)));
    if !phase.notes.is_empty() {
        out.push_str(&format!("{}\n\n", noted(&phase.notes)));
    }
    for role in &phase.gate {
        let role = if role.is_empty() { String::new() } else { format!(" {}", inline(role)) };
        out.push_str(&format!("Gate{role}: ☐ go  ☐ no-go  Name: {NAME} Time: {TIME}\n\n"));
    }
    for line in &phase.prose {
        out.push_str(&format!("{}\n\n", inline(line)));
    }
    for entry in &phase.entries {
        match entry {
            Entry::Heading(title) => out.push_str(&format!("### {}\n\n", inline(title))),
            Entry::Leaf(item) => leaf(out, item),
        }
    }
}

fn leaf(out: &mut String, item: &Leaf) {
    let pad = "  ".repeat(item.depth);
    out.push_str(&format!("{pad}- [ ] {}\n\n", inline(&item.text)));
    let mut say = |text: &str| {
        for line in text.lines() {
            out.push_str(&if line.is_empty() { "\n".to_owned() } else { format!("{pad}  {line}\n") });
        }
        out.push('\n');
    };
    if !item.notes.is_empty() {
        say(&noted(&item.notes));
    }
    for line in &item.prose {
        say(&inline(line));
    }
    for step in &item.scripts {
        say(&head(step));
        say(&fenced(&step.text, "text"));
    }
    for name in &item.values {
        say(&format!("{}: {NAME}", code(name)));
    }
    say(&format!("Name: {NAME} Time: {TIME} Waived, why: {NAME}"));
}

/// Returns the line over a script. Its fence is of the language `text`: paper is no runbook, nothing in it runs.
fn head(step: &Script) -> String {
    let mut words =
        if step.title.is_empty() { "Command".to_owned() } else { format!("Step {}", inline(&step.title)) };
    if let Some(on) = &step.on {
        words.push_str(&format!(" on {}", inline(on)));
    }
    if !step.notes.is_empty() {
        words.push_str(&format!(" ({})", noted(&step.notes)));
    }
    if step.offered {
        words.push_str(", if wanted");
    }
    format!("{words}: ☐ passed  ☐ failed  Time: {TIME}")
}

fn noted(notes: &[Note]) -> String {
    notes.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Sentences of the file stay sentences; everything else is to be read letter by letter.
fn one((words, about): &Note) -> String {
    match about.as_str() {
        "" => (*words).to_owned(),
        about if words.ends_with(':') => format!("{words} {}", inline(about)),
        about => format!("{words} {}", code(about)),
    }
}
