//! The listing as JSON: one object a drill. Fields may be added, none is renamed or removed.

use serde::Serialize;

use super::{Drill, Ran, Standing, words};
use crate::clock::rfc3339;
use crate::report::targets::{Measured, Source};
use crate::run::fact::Who;

#[derive(Serialize)]
struct DrillJson<'a> {
    title: &'a str,
    runbook: &'a str,
    file_gone: bool,
    cadence: String,
    state: &'static str,
    next: Option<String>,
    days: Option<i64>,
    timezone: &'static str,
    targets: Vec<Target<'a>>,
    last_pass: Option<RanJson<'a>>,
    since: Option<RanJson<'a>>,
}

#[derive(Serialize)]
struct Target<'a> {
    name: &'a str,
    seconds: u64,
}

#[derive(Serialize)]
struct RanJson<'a> {
    run: &'a str,
    state: &'static str,
    at: String,
    day: String,
    by: &'a Who,
    environment: Option<&'a str>,
    text_changed_since: bool,
    passed: bool,
    why_not: &'a [String],
    measured: Vec<MeasuredJson>,
}

/// What was measured under one name.
#[derive(Serialize)]
pub struct MeasuredJson {
    name: String,
    target_seconds: Option<u64>,
    measured_seconds: Option<u64>,
    about: bool,
    from: &'static str,
    variable: Option<String>,
    held: Option<bool>,
    why_not: Option<String>,
}

impl MeasuredJson {
    /// Returns the form of `measured`.
    pub fn of(measured: &Measured) -> Self {
        let (from, variable) = match &measured.source {
            Source::Stopwatch => ("stopwatch", None),
            Source::Value(name) => ("variable", Some(name.clone())),
        };
        Self {
            name: measured.name.clone(),
            target_seconds: measured.target.map(|t| t.as_secs()),
            measured_seconds: measured.time.as_ref().ok().map(|t| t.seconds),
            about: measured.time.as_ref().is_ok_and(|t| t.about),
            from,
            variable,
            held: measured.held(),
            why_not: measured.time.as_ref().err().cloned(),
        }
    }
}

impl<'a> RanJson<'a> {
    fn of(ran: &'a Ran) -> Self {
        Self {
            run: &ran.run,
            state: ran.state,
            at: rfc3339(ran.at),
            day: ran.day.to_string(),
            by: &ran.by,
            environment: ran.environment.as_deref(),
            text_changed_since: ran.other_text,
            passed: ran.passed(),
            why_not: &ran.against,
            measured: ran.measured.iter().map(MeasuredJson::of).collect(),
        }
    }
}

const fn state(standing: Standing) -> &'static str {
    match standing {
        Standing::Overdue => "overdue",
        Standing::NeverPassed => "never-passed",
        Standing::NeverRun => "never-run",
        Standing::Due => "due",
        Standing::UpToDate => "up-to-date",
    }
}

/// Returns `drills` as indented JSON with a line feed at its end.
///
/// # Errors
/// What serde says, which has no cause here but the memory's end.
pub fn json(drills: &[Drill]) -> Result<String, serde_json::Error> {
    let rows: Vec<DrillJson<'_>> = drills
        .iter()
        .map(|drill| DrillJson {
            title: &drill.plan.title,
            runbook: &drill.plan.file,
            file_gone: drill.plan.gone,
            cadence: words::cadence(drill.plan.cadence),
            state: state(drill.standing),
            next: drill.next.map(|day| day.to_string()),
            days: drill.days,
            timezone: drill.zone.name(),
            targets: drill
                .plan
                .targets
                .iter()
                .map(|(name, time)| Target { name, seconds: time.as_secs() })
                .collect(),
            last_pass: drill.passed.as_ref().map(RanJson::of),
            since: drill.since.as_ref().map(RanJson::of),
        })
        .collect();
    Ok(format!("{}\n", serde_json::to_string_pretty(&rows)?))
}
