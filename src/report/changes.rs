//! What differs between the text that a run keeps and the file as it is now, box by box: matched by identity, then by
//! text. Pure: two runbooks come in.

use std::collections::{BTreeMap, BTreeSet};

use crate::runbook::Runbook;
use crate::runbook::model::{BoxItem, Phase, Step};

/// What the file of a run holds now, when that is not the text that the run keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// Lower-case hex SHA-256 of it, or why it cannot be read.
    pub now: String,
    /// What differs, in sentences.
    pub changes: Vec<String>,
}

/// How to take a new text.
pub const TAKE_IT: &str = "The run goes on with the text it was opened with. To take the new one, close this run and open a new one.";

/// What differs about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened to it.
    pub what: What,
    /// What it is: a box by its text, a phase by its title, a value by its name.
    pub name: String,
    /// Its line in the file as it is now; none when it is gone.
    pub line: Option<usize>,
}

/// What happened to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It is gone.
    Removed,
    /// It is new.
    Added,
    /// It stands elsewhere. With a derived identity it counts as another box there.
    Moved,
    /// It is the same box, and these parts of it differ.
    Changed(Vec<&'static str>),
}

impl What {
    /// Returns the word that people read.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Added => "added",
            Self::Moved => "moved",
            Self::Changed(_) => "changed",
        }
    }
}

impl Change {
    /// Returns it as a sentence, for example `changed: Deploy (its steps), line 12`.
    #[must_use]
    pub fn words(&self) -> String {
        let parts = match &self.what {
            What::Changed(parts) => format!(" ({})", parts.join(", ")),
            _ => String::new(),
        };
        let line = self.line.map(|line| format!(", line {line}")).unwrap_or_default();
        format!("{}: {}{parts}{line}", self.what.word(), self.name)
    }
}

/// Returns what differs in `new` from `old`: values, phases, then boxes in the order of the new text, those that are
/// gone last.
#[must_use]
pub fn changes(old: &Runbook, new: &Runbook) -> Vec<Change> {
    let mut all = values(old, new);
    all.extend(phases(&old.phases, &new.phases));
    all.extend(boxes(old, new));
    all
}

fn values(old: &Runbook, new: &Runbook) -> Vec<Change> {
    // Where a declaration stands is no part of it.
    let plain = |book: &Runbook| -> BTreeMap<String, (String, usize)> {
        let vars = book.front.vars.iter();
        vars.map(|v| {
            let pattern = v.pattern.as_ref().map(|p| p.regex.as_str());
            let said = format!("{pattern:?} {:?} {:?} {:?}", v.choose, v.default, v.secret);
            (v.name.clone(), (said, v.place.line))
        })
        .collect()
    };
    let (before, after) = (plain(old), plain(new));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |name: &String| {
        let what = match (before.get(name), after.get(name)) {
            (Some(a), Some(b)) if a.0 != b.0 => What::Changed(vec!["what it may be"]),
            (Some(_), None) => What::Removed,
            (None, Some(_)) => What::Added,
            _ => return None,
        };
        let line = after.get(name).map(|(_, line)| *line);
        Some(Change { what, name: format!("the value {name}"), line })
    };
    names.into_iter().filter_map(change).collect()
}

fn phases(old: &[Phase], new: &[Phase]) -> Vec<Change> {
    let named = |phase: &Phase| format!("the phase {}", phase.title);
    let stands = |all: &[Phase], phase: &Phase| all.iter().any(|p| p.title == phase.title);
    let held = |p: &&Phase| !p.boxes.is_empty();
    let gone = old.iter().filter(held).filter(|p| !stands(new, p));
    let come = new.iter().filter(held).filter(|p| !stands(old, p));
    let gone = gone.map(|p| Change { what: What::Removed, name: named(p), line: None });
    let come = come.map(|p| Change { what: What::Added, name: named(p), line: Some(p.place.line) });
    come.chain(gone).collect()
}

fn boxes(old: &Runbook, new: &Runbook) -> Vec<Change> {
    let mut left: BTreeMap<&str, usize> =
        old.boxes.iter().enumerate().map(|(at, b)| (b.id.as_str(), at)).collect();
    let mut matched: Vec<Option<usize>> =
        new.boxes.iter().map(|item| left.remove(item.id.as_str())).collect();
    // What has the same words elsewhere was moved: under another heading a derived identity is another one.
    let mut by_text: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for at in left.into_values() {
        let text = old.boxes.get(at).map(|b| b.text.as_str()).unwrap_or_default();
        by_text.entry(text).or_default().push(at);
    }
    by_text.values_mut().for_each(|places| places.sort_unstable_by(|a, b| b.cmp(a)));
    let mut other = BTreeSet::new();
    for (at, item) in new.boxes.iter().enumerate() {
        let found = by_text.get_mut(item.text.as_str()).filter(|_| matched.get(at) == Some(&None));
        if let (Some(place), Some(slot)) = (found.and_then(Vec::pop), matched.get_mut(at)) {
            *slot = Some(place);
            other.insert(at);
        }
    }
    // What another heading took is moved anyhow: it must not make others look moved.
    let same = matched.iter().enumerate().map(|(at, place)| place.filter(|_| !other.contains(&at)));
    let still = rising(&same.collect::<Vec<_>>());
    let mut all = Vec::new();
    for (at, item) in new.boxes.iter().enumerate() {
        let before = matched.get(at).copied().flatten().and_then(|place| old.boxes.get(place));
        let line = Some(item.place.line);
        let mut note = |what| all.push(Change { what, name: item.text.clone(), line });
        let Some(before) = before else {
            note(What::Added);
            continue;
        };
        if other.contains(&at) || !still.contains(&at) {
            note(What::Moved);
        }
        let parts = differs(before, item);
        if !parts.is_empty() {
            note(What::Changed(parts));
        }
    }
    let kept: BTreeSet<usize> = matched.into_iter().flatten().collect();
    let gone = old.boxes.iter().enumerate().filter(|(at, _)| !kept.contains(at));
    all.extend(gone.map(|(_, b)| Change { what: What::Removed, name: b.text.clone(), line: None }));
    all
}

/// Returns the places of a longest run of boxes whose old places rise: these stand where they stood, relative to each
/// other, and the others were moved between them.
fn rising(matched: &[Option<usize>]) -> BTreeSet<usize> {
    // By length: the place at which the best run of that length ends; and what came before each.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; matched.len()];
    let old = |at: &usize| matched.get(*at).copied().flatten().unwrap_or(0);
    for (at, place) in matched.iter().enumerate() {
        let Some(place) = place else { continue };
        let length = ends.partition_point(|end| old(end) < *place);
        if let Some(slot) = before.get_mut(at) {
            *slot = length.checked_sub(1).and_then(|l| ends.get(l)).copied();
        }
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut found = BTreeSet::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        found.insert(at);
        next = before.get(at).copied().flatten();
    }
    found
}

/// Returns which parts of a box differ, where it stands and how it is counted left aside.
fn differs(old: &BoxItem, new: &BoxItem) -> Vec<&'static str> {
    let bare = |item: &BoxItem| BoxItem {
        id: new.id.clone(),
        text: String::new(),
        prose: String::new(),
        phase: 0,
        section: None,
        parent: None,
        depth: 0,
        path: Vec::new(),
        steps: Vec::new(),
        inline: Vec::new(),
        place: new.place.clone(),
        ..item.clone()
    };
    let parts = [
        (old.text != new.text, "its text"),
        (old.prose != new.prose, "what it says"),
        (steps(&old.steps) != steps(&new.steps), "its steps"),
        (steps(&old.inline) != steps(&new.inline), "its commands"),
        (bare(old) != bare(new), "what it asks for"),
    ];
    parts.into_iter().filter(|(differs, _)| *differs).map(|(_, words)| words).collect()
}

/// Returns steps without their places and without identities that count them.
fn steps(steps: &[Step]) -> Vec<Step> {
    let bare = |step: &Step| Step {
        id: crate::runbook::ids::StepId::default(),
        place: crate::runbook::model::Place::default(),
        ..step.clone()
    };
    steps.iter().map(bare).collect()
}
