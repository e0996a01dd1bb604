//! Fills the model in: which placeholders a runbook has, where they stand, which of them steps wait for. Work linear.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::unset::Known;
use super::{Found, in_prose, in_script};
use crate::diag::Place;
use crate::runbook::findings::Findings;
use crate::runbook::model::{Blank, BoxItem, Placeholder, Runbook, Step};

/// Places that are kept of one placeholder.
const MAX_PLACES: usize = 200;

/// Fills `runbook.placeholders` and every step's `blanks` and `uses` in; `text` is the whole file.
///
/// A placeholder for a declared secret is an error: its value would stand in a script, and scripts are recorded.
pub fn collect(text: &str, runbook: &mut Runbook, findings: &mut Findings<'_>) {
    let mut known = Known::default();
    runbook.front.vars.iter().for_each(|v| known.add(&v.name));
    for item in &runbook.boxes {
        item.value.iter().for_each(|v| known.add(&v.name));
        item.steps.iter().filter_map(|s| s.capture.as_ref()).for_each(|c| known.add(&c.name));
    }
    let phases: Vec<bool> = runbook.phases.iter().map(|p| p.rollback).collect();
    let mut collector = Collector {
        text,
        findings,
        all: Vec::new(),
        index: HashMap::new(),
        block: 0..0,
        cursor: None,
        last: Place::default(),
        secrets: runbook.front.vars.iter().filter(|v| v.secret.is_some()).map(|v| v.name.clone()).collect(),
        exposed: Vec::new(),
    };
    for item in &mut runbook.boxes {
        // What only a rollback runs is asked when it comes to that; before, it is offered.
        let walked = !phases.get(item.phase).copied().unwrap_or_default();
        collector.item(item, &mut known, walked);
    }
    let (all, exposed) = (collector.all, collector.exposed);
    runbook.placeholders = all;
    for (name, shown, place) in exposed {
        let message = format!("`{shown}` would put the secret {name} into the script, which is recorded");
        findings.error_help("secret-in-script", &place.bytes, message, format!("write \"${name}\" instead"));
    }
}

struct Collector<'a, 'i> {
    text: &'a str,
    findings: &'a Findings<'i>,
    all: Vec<Placeholder>,
    index: HashMap<String, usize>,
    /// The block that was searched last, and where in it to go on; none once something was not found in it.
    block: Range<usize>,
    cursor: Option<usize>,
    /// The last place, from which the next one is counted on.
    last: Place,
    /// The declared secrets.
    secrets: HashSet<String>,
    /// Secrets that would be put into a script: name, how it is written, where.
    exposed: Vec<(String, String, Place)>,
}

impl Collector<'_, '_> {
    fn item(&mut self, item: &mut BoxItem, known: &mut Known, walked: bool) {
        let unmistakable = in_prose(&item.text).into_iter().filter(|f| f.demanded);
        for found in unmistakable {
            let shown = item.text.get(found.bytes.clone()).unwrap_or_default();
            let found = Found { demanded: false, ..found };
            self.add(&found, shown, true, &item.place);
        }
        // The text of a box may be its command, which is found once more in the script.
        self.block = 0..0;
        for step in &mut item.steps {
            let carries = step.carry
                && !step.check
                && step.repeat.is_none()
                && step.by_hand.is_none()
                && step.terminal.is_none()
                && step.interpreter.is_none();
            self.step(step, known, carries, walked);
        }
        for step in &mut item.inline {
            self.step(step, known, false, false);
        }
    }

    fn step(&mut self, step: &mut Step, known: &mut Known, carries: bool, walked: bool) {
        let wanted = known.next(&step.script, carries);
        let mut blanks = in_script(&step.script);
        blanks.extend(wanted.text);
        blanks.sort_by_key(|f| f.bytes.start);
        let variables = wanted.variables.into_iter().map(|f| (f, false));
        let mut all: Vec<(Found, bool)> = blanks.into_iter().map(|f| (f, true)).chain(variables).collect();
        all.sort_by_key(|(f, _)| f.bytes.start);
        let mut used: HashSet<String> = step.uses.iter().cloned().collect();
        for (found, text) in all {
            let shown = step.script.get(found.bytes.clone()).unwrap_or_default().to_owned();
            let here = Found { demanded: found.demanded && walked, ..found.clone() };
            let place = self.add(&here, &shown, text, &step.place);
            if text && self.secrets.contains(&found.name) {
                self.exposed.push((found.name.clone(), shown, place));
            }
            if text {
                step.blanks.push(Blank { name: found.name, bytes: found.bytes, demanded: found.demanded });
            } else if found.demanded && used.insert(found.name.clone()) {
                step.uses.push(found.name);
            }
        }
    }

    fn add(&mut self, found: &Found, shown: &str, text: bool, block: &Place) -> Place {
        let place = self.place(shown, block);
        let at = *self.index.entry(found.name.clone()).or_insert(self.all.len());
        if at == self.all.len() {
            self.all.push(Placeholder {
                name: found.name.clone(),
                // `${VERSION:?…}` is that variable too.
                shown: if text { shown.to_owned() } else { format!("${}", found.name) },
                demanded: false,
                text: false,
                places: Vec::new(),
            });
        }
        if let Some(entry) = self.all.get_mut(at) {
            entry.demanded |= found.demanded;
            entry.text |= text;
            if entry.places.len() < MAX_PLACES && entry.places.last() != Some(&place) {
                entry.places.push(place.clone());
            }
        }
        place
    }

    /// Where `shown` stands in the file: the next one in its block, else the block itself.
    fn place(&mut self, shown: &str, block: &Place) -> Place {
        if self.block != block.bytes {
            self.block = block.bytes.clone();
            self.cursor = Some(block.bytes.start);
        }
        let Some(from) = self.cursor else { return block.clone() };
        let rest = self.text.get(from..block.bytes.end).unwrap_or_default();
        let Some(at) = rest.find(shown).map(|at| from + at) else {
            self.cursor = None;
            return block.clone();
        };
        let bytes = at..at + shown.len();
        self.cursor = Some(bytes.end);
        self.last = self.counted(bytes);
        self.last.clone()
    }

    /// A line may be as long as the file: on the line of the last place it is counted on from there.
    fn counted(&self, bytes: Range<usize>) -> Place {
        let between = self.text.get(self.last.bytes.start..bytes.start).filter(|b| !b.contains(['\n', '\r']));
        match between.filter(|_| self.last.line > 0) {
            Some(between) => {
                Place { bytes, line: self.last.line, column: self.last.column + between.chars().count() }
            }
            None => self.findings.place(&bytes),
        }
    }
}
