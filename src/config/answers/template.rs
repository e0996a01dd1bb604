//! Writes an answers file that answers nothing yet: every box stops; pure.

use std::fmt::Write as _;

use super::check::{heading_names, section_names};
use crate::diag::visible as sanitize;
use crate::runbook::first_hidden;
use crate::runbook::model::{BoxItem, Confirm, On, Runbook, Step};
use crate::runbook::placeholder::asked::Asked;

/// Returns an answers file for `runbook` in which every box and gate says `stop`, for a person to edit.
#[must_use]
pub fn template(runbook: &Runbook) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    write(runbook, &mut out).unwrap_or_default();
    out
}

fn write(runbook: &Runbook, out: &mut String) -> std::fmt::Result {
    writeln!(out, "# Answers for a headless run of: {}", sanitize(&runbook.title))?;
    writeln!(out, "# Every box stops, until you say otherwise for it:")?;
    writeln!(
        out,
        "#   {{sign: true}}   {{sign: true, value: …, note: …}}   {{sign: true, end_wait: why not wait}}   {{waive: the reason}}   stop"
    )?;
    writeln!(out, "runbook: sha256:{}", runbook.sha256)?;
    writeln!(out, "# operator: {{name: …}}")?;
    writeln!(out, "# start: ENVIRONMENT   # where starting a run wants its name typed")?;
    let asked = runbook.asked();
    if !asked.is_empty() {
        writeln!(out, "vars:")?;
        for ask in asked {
            let default = ask.declared.and_then(|v| v.default.as_deref());
            let value = default.map_or("…".to_owned(), quote);
            writeln!(out, "  # {}: {value}{}", ask.name, fits(&ask))?;
        }
    }
    let walked = |item: &&BoxItem| runbook.phases.get(item.phase).is_some_and(|p| !p.rollback);
    let typed =
        runbook.boxes.iter().filter(walked).flat_map(|b| &b.steps).filter(|s| s.confirm == Confirm::Type);
    let typed: Vec<_> = typed.collect();
    if !typed.is_empty() {
        writeln!(out, "confirm:")?;
        for step in typed {
            writeln!(out, "  # {}: ENVIRONMENT", quote(step.id.as_str()))?;
        }
    }
    // What a person types into is not started from here.
    let placed = |s: &&Step| s.on == On::Unstated && s.holds_box() && s.terminal.is_none();
    let unstated: Vec<_> =
        runbook.boxes.iter().filter(walked).flat_map(|b| &b.steps).filter(placed).collect();
    if !unstated.is_empty() {
        writeln!(out, "hosts:   # where the environment has several: these steps do not say where they run")?;
        for step in unstated {
            writeln!(out, "  # {}: HOST", quote(step.id.as_str()))?;
        }
    }
    writeln!(out, "boxes:")?;
    for phase in runbook.phases.iter().filter(|p| !p.rollback && !p.boxes.is_empty()) {
        writeln!(out, "  # {}", sanitize(&phase.title))?;
        for item in runbook.boxes.get(phase.boxes.clone()).unwrap_or_default() {
            writeln!(out, "  {}: stop   # {}{}", quote(item.id.as_str()), wants(item), sanitize(&item.text))?;
        }
    }
    let gates: Vec<_> = runbook.phases.iter().filter(|p| p.gate).collect();
    if !gates.is_empty() {
        writeln!(out, "gates:   # go or stop")?;
        for phase in gates {
            writeln!(out, "  {}: stop", quote(&phase.anchor()))?;
        }
    }
    if !runbook.choices.is_empty() {
        writeln!(out, "choices:   # one section each; a headless run ends where one is missing")?;
        for choice in &runbook.choices {
            let options = choice.options.iter().filter_map(|i| runbook.sections.get(*i));
            let options: Vec<String> =
                options.filter_map(|s| section_names(s).into_iter().next()).map(|n| quote(&n)).collect();
            let name = heading_names(runbook, choice).into_iter().next().unwrap_or_default();
            writeln!(out, "  # {}: {}", quote(&name), options.join(" | "))?;
        }
    }
    Ok(())
}

/// What a value must be, and what it is put in for.
fn fits(ask: &Asked<'_>) -> String {
    let mut words = Vec::new();
    if let Some(var) = ask.declared {
        words.extend(var.pattern.as_ref().map(|p| format!("must match {}", sanitize(p.regex.as_str()))));
        words
            .extend((!var.choose.is_empty()).then(|| format!("one of {}", sanitize(&var.choose.join(", ")))));
    }
    if ask.shown != ask.name {
        let offered = if ask.demanded { "" } else { ", may stay open" };
        words.push(format!("{}{offered}", sanitize(ask.shown)));
    }
    if words.is_empty() { String::new() } else { format!("   # {}", words.join("; ")) }
}

/// What an answer to `item` must bear in mind.
fn wants(item: &BoxItem) -> String {
    let value = item.value.as_ref().map(|v| format!("value {}", v.name));
    let required = item.required.then(|| "required".to_owned());
    let words: Vec<String> = value.into_iter().chain(required).collect();
    if words.is_empty() { String::new() } else { format!("({}) ", words.join(", ")) }
}

/// Returns `text` as a YAML scalar that reads back as the same text.
#[must_use]
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let null = text.eq_ignore_ascii_case("null");
    if starts && !null && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() || first_hidden(c.encode_utf8(&mut [0; 4]), false).is_some() => {
                // Writing to a String cannot fail.
                write!(out, "\\U{:08x}", u32::from(c)).unwrap_or_default();
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
