//! The shape `gonogo.record.v1`. Facts keep the form that they have in the log.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::rfc3339;
use crate::report::drills::{MeasuredJson, why_not};
use crate::report::findings::{Kind, findings};
use crate::report::json::FORMAT;
use crate::report::owed::owed;
use crate::report::record::RunRecord;
use crate::report::targets::measured;
use crate::run::attempt::Attempt;
use crate::run::event::{Event, RunOpened, StepFinished};
use crate::run::fact::{
    BoxSigned, BoxWaived, Counts, GateOpened, GateVoted, MarkSet, Recorded, RunClosed, RunKind,
    SessionOpened, StepResolved, StepWaived, Stream, Who,
};
use crate::runbook::ids::{BoxId, StepId};
use crate::runbook::model::{BoxItem, Step};

/// The whole document.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    format: &'static str,
    log: Log<'a>,
    not_straight: Vec<Finding>,
    owed: Vec<Owed>,
    run: RunJson<'a>,
}

#[derive(Serialize)]
struct Log<'a> {
    id: &'a str,
    size: u64,
    head: &'a str,
    verified: &'a str,
}

#[derive(Serialize)]
struct Finding {
    kind: Kind,
    run: String,
    event: Option<u64>,
    what: String,
}

#[derive(Serialize)]
struct Owed {
    run: String,
    #[serde(rename = "box")]
    id: BoxId,
    text: String,
    within_seconds: u64,
    due: Option<String>,
}

#[derive(Serialize)]
struct RunJson<'a> {
    id: &'a str,
    state: &'static str,
    opened_at: String,
    closed_at: Option<String>,
    captain: &'a Who,
    opened: &'a RunOpened,
    closed: Option<&'a RunClosed>,
    counts: Counts,
    /// Whether a drill passed; nothing of a live run.
    drill_passed: Option<bool>,
    measured: Vec<MeasuredJson>,
    values: &'a BTreeMap<String, String>,
    phases: Vec<PhaseJson<'a>>,
    events: Vec<FactJson<'a>>,
    unknown_kinds: Vec<StrangeJson<'a>>,
    /// Who sat where, by their own word.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sessions: Vec<SittingJson<'a>>,
    children: Vec<RunJson<'a>>,
}

#[derive(Serialize)]
struct PhaseJson<'a> {
    title: &'a str,
    gate: Option<GateJson<'a>>,
    boxes: Vec<BoxJson<'a>>,
}

#[derive(Serialize)]
struct GateJson<'a> {
    votes: Vec<At<&'a GateVoted>>,
    opened: Option<At<&'a GateOpened>>,
}

#[derive(Serialize)]
struct At<T> {
    at: String,
    #[serde(flatten)]
    fact: T,
}

#[derive(Serialize)]
struct BoxJson<'a> {
    id: &'a BoxId,
    text: &'a str,
    inside: Option<BoxId>,
    state: &'static str,
    signed: Option<At<&'a BoxSigned>>,
    /// Of a box that wants two people: the signatures before the one that settles it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    first_signed: Vec<At<&'a BoxSigned>>,
    waived: Option<At<&'a BoxWaived>>,
    marked: Option<At<&'a MarkSet>>,
    due_seconds: Option<u64>,
    steps: Vec<StepJson<'a>>,
}

#[derive(Serialize)]
struct StepJson<'a> {
    id: &'a StepId,
    state: &'static str,
    hosts: BTreeMap<String, &'static str>,
    waived: Option<At<&'a StepWaived>>,
    attempts: Vec<AttemptJson<'a>>,
}

#[derive(Serialize)]
struct AttemptJson<'a> {
    number: u32,
    attempt: u32,
    host: &'a str,
    by: &'a Who,
    intended_at: String,
    state: &'static str,
    came_to: String,
    process: Option<(u32, u32)>,
    finished: Option<At<&'a StepFinished>>,
    unknown: Option<&'a str>,
    verdict: Option<&'a StepResolved>,
    stdout: Printed,
    stderr: Printed,
}

/// What an attempt printed, within a bound; bytes that are no UTF-8 are U+FFFD. The log has all of it.
#[derive(Serialize)]
struct Printed {
    head: String,
    left_out: u64,
    tail: String,
    unreadable: Option<String>,
}

#[derive(Serialize)]
struct FactJson<'a> {
    seq: u64,
    at: String,
    hash: &'a str,
    fact: &'a Event,
}

#[derive(Serialize)]
struct SittingJson<'a> {
    seq: u64,
    #[serde(flatten)]
    opened: &'a SessionOpened,
}

#[derive(Serialize)]
struct StrangeJson<'a> {
    seq: u64,
    at: String,
    kind: &'a str,
    fields: &'a str,
}

impl<'a> Document<'a> {
    pub(super) fn of(record: &'a RunRecord<'a>) -> Self {
        let seal = &record.seal;
        let found = findings(record).into_iter().map(|f| Finding {
            kind: f.kind,
            run: f.run,
            event: f.seq,
            what: f.what.plain(),
        });
        let open = owed(record).into_iter().map(|o| Owed {
            run: o.run,
            id: o.id,
            text: o.text,
            within_seconds: o.within,
            due: o.due.map(rfc3339),
        });
        Self {
            format: FORMAT,
            log: Log { id: &seal.log, size: seal.size, head: &seal.head, verified: &seal.verified },
            not_straight: found.collect(),
            owed: open.collect(),
            run: RunJson::of(record),
        }
    }
}

impl<'a> RunJson<'a> {
    fn of(record: &'a RunRecord<'a>) -> Self {
        let run = record.run;
        let closed = run.closed.as_ref();
        let phases = run.runbook.phases.iter().enumerate().filter(|(index, _)| run.walks(*index));
        let strange = record.strange.iter().map(|s| StrangeJson {
            seq: s.seq,
            at: rfc3339(s.at.wall),
            kind: &s.kind,
            fields: &s.fields,
        });
        Self {
            id: &run.id,
            state: closed.map_or("open", |(e, _)| e.outcome.words()),
            opened_at: rfc3339(run.opened_at.wall),
            closed_at: closed.map(|(_, at)| rfc3339(at.wall)),
            captain: &run.captain,
            opened: &run.opened,
            closed: closed.map(|(e, _)| e),
            counts: run.counts(),
            drill_passed: (run.opened.run_kind == RunKind::Drill).then(|| why_not(run, &[]).is_empty()),
            measured: measured(run).iter().map(MeasuredJson::of).collect(),
            values: &run.values,
            phases: phases
                .map(|(index, phase)| PhaseJson::of(record, index, &phase.title, phase.boxes.clone()))
                .collect(),
            events: record.events.iter().map(FactJson::of).collect(),
            unknown_kinds: strange.collect(),
            sessions: record.sessions.iter().map(|s| SittingJson { seq: s.seq, opened: &s.opened }).collect(),
            children: record.children.iter().map(RunJson::of).collect(),
        }
    }
}

impl<'a> PhaseJson<'a> {
    fn of(record: &'a RunRecord<'a>, index: usize, title: &'a str, boxes: std::ops::Range<usize>) -> Self {
        let run = record.run;
        let gate = run.gates.get(&index).map(|gate| GateJson {
            votes: gate.votes.iter().map(|(fact, at)| At { at: rfc3339(at.wall), fact }).collect(),
            opened: gate.opened.as_ref().map(|(fact, at)| At { at: rfc3339(at.wall), fact }),
        });
        let boxes = boxes.filter_map(|i| run.runbook.boxes.get(i).map(|item| BoxJson::of(record, i, item)));
        Self { title, gate, boxes: boxes.collect() }
    }
}

impl<'a> BoxJson<'a> {
    fn of(record: &'a RunRecord<'a>, index: usize, item: &'a BoxItem) -> Self {
        let run = record.run;
        let state = run.boxes.get(index);
        let signed = state.and_then(|s| s.signed.as_ref());
        let waived = state.and_then(|s| s.waived.as_ref());
        Self {
            id: &item.id,
            text: &item.text,
            inside: item.parent.map(|i| run.box_id(i)),
            state: run.box_status(index).word(),
            first_signed: state
                .map(|s| s.halves.as_slice())
                .unwrap_or_default()
                .iter()
                .map(|(fact, at)| At { at: rfc3339(at.wall), fact })
                .collect(),
            signed: signed.map(|(fact, at)| At { at: rfc3339(at.wall), fact }),
            waived: waived.map(|(fact, at)| At { at: rfc3339(at.wall), fact }),
            marked: state.and_then(|s| s.marked.as_ref()).map(|(fact, at)| At { at: rfc3339(at.wall), fact }),
            due_seconds: run.due(index).map(|d| d.as_secs()),
            steps: item.steps.iter().map(|step| StepJson::of(record, step)).collect(),
        }
    }
}

impl<'a> StepJson<'a> {
    fn of(record: &'a RunRecord<'a>, step: &'a Step) -> Self {
        let run = record.run;
        let hosts =
            run.host_statuses(step).into_iter().map(|(host, status)| (host.name.clone(), status.word()));
        let attempts = run.attempts.values().filter(|a| a.intent.step == step.id);
        let waived = run.waived_steps.get(&step.id);
        Self {
            id: &step.id,
            state: run.step_words(step),
            hosts: hosts.collect(),
            waived: waived.map(|(fact, at)| At { at: rfc3339(at.wall), fact }),
            attempts: attempts.map(|a| AttemptJson::of(record, a)).collect(),
        }
    }
}

impl<'a> AttemptJson<'a> {
    fn of(record: &'a RunRecord<'a>, attempt: &'a Attempt) -> Self {
        let intent = &attempt.intent;
        Self {
            number: intent.number,
            attempt: intent.attempt,
            host: &intent.host,
            by: &intent.who,
            intended_at: rfc3339(attempt.at.wall),
            state: attempt.status_words(),
            came_to: attempt.ended_words(),
            process: attempt.process,
            finished: attempt.finished.as_ref().map(|(fact, at)| At { at: rfc3339(at.wall), fact }),
            stdout: Printed::of(record, intent.number, Stream::Stdout),
            stderr: Printed::of(record, intent.number, Stream::Stderr),
            unknown: attempt.unknown.as_ref().map(|(why, _)| why.as_str()),
            verdict: attempt.resolved.as_ref(),
        }
    }
}

impl<'a> FactJson<'a> {
    fn of(fact: &'a Recorded) -> Self {
        Self { seq: fact.seq, at: rfc3339(fact.at.wall), hash: &fact.hash, fact: &fact.event }
    }
}

/// Bytes from the start of a stream.
const HEAD: usize = 16 * 1024;
/// Bytes from its end.
const TAIL: usize = 64 * 1024;

impl Printed {
    fn of(record: &RunRecord<'_>, number: u32, stream: Stream) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match record.output.excerpt(&record.run.id, number, stream, HEAD, TAIL) {
            Ok(found) => Self {
                head: text(&found.head),
                left_out: found.left_out,
                tail: text(&found.tail),
                unreadable: None,
            },
            Err(why) => Self { head: String::new(), left_out: 0, tail: String::new(), unreadable: Some(why) },
        }
    }
}
