//! What a run still owes: boxes that may be settled after its end, and until when.

use chrono::{DateTime, TimeDelta, Utc};

use crate::report::record::RunRecord;
use crate::runbook::ids::BoxId;

/// A box that is still to be settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The run.
    pub run: String,
    /// The box.
    pub id: BoxId,
    /// Its text.
    pub text: String,
    /// How long after the end of the run it is due, in seconds.
    pub within: u64,
    /// When that is, once the run is closed.
    pub due: Option<DateTime<Utc>>,
}

/// Returns what the run and all runs below it owe, the most urgent first.
#[must_use]
pub fn owed(record: &RunRecord<'_>) -> Vec<Owed> {
    let mut found: Vec<Owed> = record.family().into_iter().flat_map(|(_, record)| of_one(record)).collect();
    found.sort_by_key(|o| (o.due.is_none(), o.due));
    found
}

fn of_one(record: &RunRecord<'_>) -> Vec<Owed> {
    let run = record.run;
    let open = run.walked().filter(|i| run.boxes.get(*i).is_some_and(|b| !b.settled()));
    open.filter_map(|index| {
        let item = run.runbook.boxes.get(index)?;
        let within = run.due(index)?;
        let due = run
            .closed
            .as_ref()
            .and_then(|(_, at)| at.wall.checked_add_signed(TimeDelta::from_std(within).ok()?));
        Some(Owed {
            run: run.id.clone(),
            id: item.id.clone(),
            text: item.text.clone(),
            within: within.as_secs(),
            due,
        })
    })
    .collect()
}
