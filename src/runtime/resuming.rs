//! Taking runs up again: their facts are folded from the log, with the text that the log keeps.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::audit::locks::{Locks, Subject};
use crate::audit::query::{QueryError, Reader};
use crate::report::Strange;
use crate::run::event::Event;
use crate::run::fact::{Recorded, StepUnknown};
use crate::run::state::Run;
use crate::runtime::Fail;
use crate::runtime::opening::{Book, words};

/// A run as it stands in the log.
#[derive(Debug, Clone)]
pub struct Folded {
    /// The run.
    pub run: Run,
    /// All its facts, the opening first.
    pub facts: Vec<Recorded>,
    /// Facts of kinds that this version does not know.
    pub strange: Vec<Strange>,
}

/// Returns the run whose id begins with `prefix`.
///
/// # Errors
/// When there is none, its events do not hold, or the text that it keeps cannot be read by this version.
pub fn fold(reader: &Reader, prefix: &str) -> Result<Folded, Fail> {
    let log = reader.load(prefix)?;
    let Some((first, rest)) = log.events.split_first() else {
        return Err(Fail::Log(format!("run {} has no events", log.run)));
    };
    let Event::RunOpened(opened) = &first.event else {
        return Err(Fail::Log(format!("run {} does not begin with its opening", log.run)));
    };
    let text = reader.chunk(first.seq)?;
    let book = Book::parse(&opened.runbook, &text).map_err(|e| Fail::Invalid(words(&e)))?;
    let runbook = Arc::new(book.loaded.runbook);
    let mut run = Run::new(log.run.clone(), runbook, (**opened).clone(), first.seq, first.at);
    run.last_hash.clone_from(&first.hash);
    for fact in rest {
        run.evolve(fact);
    }
    let strange =
        log.strange.into_iter().map(|s| Strange { seq: s.seq, at: s.at, kind: s.kind, fields: s.fields });
    Ok(Folded { run, facts: log.events, strange: strange.collect() })
}

/// Returns the run as it stands for a reader: when it is open and nobody drives it, its steps in flight are unknown,
/// as they will be for whoever takes it up.
#[must_use]
pub fn as_it_stands(log: &Path, mut folded: Folded) -> Folded {
    if folded.run.closed.is_some() || driven(log, &folded.run) {
        return folded;
    }
    let numbers: Vec<u32> = folded.run.in_flight().map(|a| a.intent.number).collect();
    for number in numbers {
        let why = "nobody drives the run".to_owned();
        let event = Event::StepUnknown(StepUnknown { number, why });
        let (seq, at) = (folded.run.last_seq, folded.run.last_at);
        folded.run.evolve(&Recorded { seq, at, hash: String::new(), event });
    }
    folded
}

/// Returns whether a process drives the run, or the run that it is a child of.
#[must_use]
pub fn driven(log: &Path, run: &Run) -> bool {
    let locks = Locks::look(log);
    let parent = run.opened.parent.as_ref().map(|p| p.run.clone());
    let ids = [Some(run.id.clone()), parent];
    ids.into_iter().flatten().any(|id| !matches!(locks.held(&Subject::Run(id)), Ok(None)))
}

/// Returns the runs that are driven together with the one that `prefix` names: its oldest ancestor first, then open
/// children down to the one where work goes on.
///
/// # Errors
/// As [`fold`].
pub fn family(reader: &Reader, prefix: &str) -> Result<Vec<Folded>, Fail> {
    let mut top = fold(reader, prefix)?;
    while let Some(parent) = top.run.opened.parent.clone() {
        top = fold(reader, &parent.run)?;
    }
    let mut family = vec![top];
    while let Some(child) = family.last().and_then(|f| f.run.open_child()).map(|c| c.opened.child.clone()) {
        match fold(reader, &child) {
            Ok(folded) => family.push(folded),
            Err(error) => return Err(error),
        }
    }
    Ok(family)
}

/// Returns the run and all its descendants, closed ones too, each after its parent.
///
/// # Errors
/// As [`fold`].
pub fn tree(reader: &Reader, prefix: &str) -> Result<Vec<Folded>, Fail> {
    let mut found = vec![fold(reader, prefix)?];
    let mut next = 0;
    while let Some(folded) = found.get(next) {
        let children: Vec<String> = folded.run.children.iter().map(|c| c.opened.child.clone()).collect();
        for child in children {
            match fold(reader, &child) {
                Ok(folded) => found.push(folded),
                // A child that is named and never opened was cut off by the end of its process.
                Err(Fail::Usage(_)) => {}
                Err(error) => return Err(error),
            }
        }
        next += 1;
    }
    Ok(found)
}

/// Returns the ids of the open runs that are nobody's children, oldest first.
///
/// # Errors
/// When the log cannot be read.
pub fn open_runs(reader: &Reader) -> Result<Vec<crate::audit::query::RunSummary>, QueryError> {
    Ok(reader.open_runs()?.into_iter().filter(|r| r.parent.is_none()).collect())
}

/// How many logs are looked through for values of earlier runs.
const LOGS: usize = 8;

/// Returns the values that people gave for the run of the same runbook before `run`: the newest in the same
/// environment, else the newest; where the log at `path` has none, in those that it goes on from. Secrets are in no log.
///
/// # Errors
/// When the log cannot be read. An older one that cannot be read, or is another one now, ends the search.
pub fn last_values(reader: &Reader, path: &Path, run: &Run) -> Result<BTreeMap<String, String>, QueryError> {
    let environment = run.opened.environment.as_ref().map(|e| e.name.as_str());
    let own = |reader: &Reader| {
        let (mut same, mut newest) = (None, None);
        reader.openings(|id, opened| {
            if id != run.id && opened.runbook == run.opened.runbook {
                if opened.environment.as_ref().map(|e| e.name.as_str()) == environment {
                    same = Some(id);
                } else if newest.is_none() {
                    newest = Some(id);
                }
            }
            same.is_none()
        })?;
        Ok::<_, QueryError>((same, newest))
    };
    let (same, newest) = own(reader)?;
    if let Some(same) = same {
        return reader.given(&same);
    }
    let mut found = newest.map(|run| reader.given(&run)).transpose()?;
    let (mut path, mut after) = (path.to_owned(), reader.after()?);
    for _ in 1..LOGS {
        let Some(before) = after else { break };
        path = path.with_file_name(&before.file);
        let Ok(older) = Reader::open(&path) else { break };
        if !older.log_id().is_ok_and(|id| id == before.log) {
            break;
        }
        let (same, newest) = own(&older)?;
        if let Some(same) = same {
            return older.given(&same);
        }
        if let Some(newest) = newest.filter(|_| found.is_none()) {
            found = Some(older.given(&newest)?);
        }
        after = older.after()?;
    }
    Ok(found.unwrap_or_default())
}
