//! Boxes and steps of the model out of drafts and their annotations.

use super::references::References;
use super::variables::Declared;
use super::{Notes, links};
use crate::runbook::annotation::boxes::BoxNotes;
use crate::runbook::annotation::fence::Fence;
use crate::runbook::findings::Findings;
use crate::runbook::ids::{BoxId, StepId};
use crate::runbook::model::{BoxItem, Confirm, On, OnTerminal, Step};
use crate::runbook::shell::judge::{Verdict, interpreted};
use crate::runbook::shell::variables::mentions;
use crate::runbook::walk::{BoxDraft, Draft, StepDraft};

/// Returns the boxes of `draft`; `sections` tells what became of each of its sections.
pub fn boxes(
    draft: Draft,
    sections: &[Option<usize>],
    notes: Vec<Notes>,
    ids: Vec<BoxId>,
    refers: Vec<Vec<References>>,
    declared: &Declared,
    findings: &mut Findings<'_>,
) -> Vec<BoxItem> {
    let parts = draft.boxes.into_iter().zip(notes).zip(ids).zip(refers);
    parts
        .map(|(((draft, notes), id), refers)| {
            let links = links::runbooks(&draft.links);
            let hints = draft.hints.clone();
            let section = draft.section.and_then(|at| sections.get(at).copied().flatten());
            BoxItem { section, links, hints, ..one(draft, notes, id, refers, declared, findings) }
        })
        .collect()
}

fn one(
    draft: BoxDraft,
    notes: Notes,
    id: BoxId,
    refers: Vec<References>,
    declared: &Declared,
    findings: &mut Findings<'_>,
) -> BoxItem {
    let runbook = child(&notes.own, &draft, findings);
    let steps = draft.steps.into_iter().zip(notes.fences).zip(refers).enumerate();
    let steps = steps.map(|(at, ((draft, fence), refers))| {
        let named = fence.name.clone().unwrap_or_else(|| format!("{id}/{}", at + 1));
        step(StepId(named), draft, fence, refers, declared, findings)
    });
    let steps = steps.collect();
    let inline = draft.inline.into_iter().enumerate().map(|(at, draft)| {
        let id = StepId(format!("{id}/i{}", at + 1));
        step(id, draft, Fence::default(), References::default(), declared, findings)
    });
    let inline = inline.collect();
    BoxItem {
        id,
        text: draft.text,
        prose: draft.prose.join("\n"),
        phase: draft.phase,
        parent: draft.parent,
        depth: draft.depth,
        path: draft.path,
        steps,
        inline,
        value: notes.own.value,
        required: notes.own.required,
        optional: notes.own.optional,
        irreversible: notes.own.irreversible,
        two_person: notes.own.two_person,
        role: notes.own.role,
        mark: notes.own.mark,
        wait: notes.own.wait,
        due: notes.own.due,
        runbook,
        condition: notes.own.condition,
        derived: draft.derived,
        place: findings.place(&draft.bytes),
        ..BoxItem::default()
    }
}

fn step(
    id: StepId,
    draft: StepDraft,
    fence: Fence,
    refers: References,
    declared: &Declared,
    findings: &Findings<'_>,
) -> Step {
    let uses = mentions(&draft.script).into_iter().filter(|name| declared.contains_key(name)).collect();
    // What another program reads is no shell; only some of those are known here.
    let verdict = match &fence.interpreter {
        Some(interpreter) => interpreted(interpreter, &draft.script),
        None => draft.verdict,
    };
    let (terminal, unfit) = terminal(&fence, &verdict);
    let asks_root = verdict.root && terminal.is_none() && !fence.sudo;
    let danger = verdict.danger;
    let by_hand = draft.by_hand.or(unfit);
    Step {
        id,
        title: fence.name.unwrap_or(draft.title),
        script: draft.script,
        strict: fence.annotated || draft.single,
        on: fence.on.unwrap_or(On::Unstated),
        check: fence.check,
        needs: refers.needs,
        capture: fence.capture,
        expect: fence.expect,
        exit: fence.exit,
        repeat: fence.repeat,
        metric: fence.metric,
        timeout: fence.timeout,
        retries: fence.retries,
        batch: fence.batch,
        // Who wrote `confirm=press` may not have seen what the table sees: danger always wants the word typed. Who wrote
        // `confirm=type` has, and need not be told.
        confirm: if danger.is_some() { Confirm::Type } else { fence.confirm },
        danger: danger.filter(|_| fence.confirm != Confirm::Type),
        terminal: terminal.filter(|_| by_hand.is_none()),
        asks_root,
        by_hand,
        offered: draft.offered,
        undo: refers.undo,
        irreversible: fence.irreversible,
        idempotent: fence.idempotent,
        keep_going: fence.keep_going,
        carry: !fence.carry_off,
        keep: !fence.keep_off,
        cwd: fence.cwd,
        sudo: fence.sudo,
        interpreter: fence.interpreter,
        condition: fence.condition,
        uses,
        place: findings.place(&draft.bytes),
        ..Step::default()
    }
}

/// Returns the terminal that a step gets, or why it is left to a person's own.
fn terminal(fence: &Fence, verdict: &Verdict) -> (Option<OnTerminal>, Option<String>) {
    let endless = verdict.endless.is_some();
    if fence.interactive {
        return (Some(OnTerminal { why: None, endless }), None);
    }
    let Some(why) = verdict.wants_terminal() else { return (None, None) };
    let other = [
        (fence.sudo, "it is to run as root"),
        (fence.interpreter.is_some(), "another program reads it"),
        (fence.repeat.is_some() || fence.retries > 0, "it is to be repeated by itself"),
        (fence.check, "a check runs by itself"),
        (fence.batch.is_some(), "it is to run on several hosts at a time"),
        (
            fence.capture.is_some() || fence.expect.is_some() || fence.metric.is_some(),
            "its output is to be read",
        ),
    ];
    match other.iter().find(|(holds, _)| *holds) {
        Some((_, but)) => (None, Some(format!("{why}, and {but}, which a terminal does not allow"))),
        None => (Some(OnTerminal { why: Some(why.clone()), endless }), None),
    }
}

/// Returns the runbook that a box with `runbook` links to: exactly one relative `.md` file.
fn child(notes: &BoxNotes, draft: &BoxDraft, findings: &mut Findings<'_>) -> Option<String> {
    if !notes.runbook {
        return None;
    }
    let mut links = links::runbooks(&draft.links).into_iter();
    let (first, second) = (links.next(), links.next());
    let message = match (first, second) {
        (Some(link), None) => return Some(link),
        (Some(_), Some(_)) => "`runbook` needs one link to a runbook in the box, and there are several",
        _ => "`runbook` needs a link to a runbook in the box: a relative path that ends in `.md`",
    };
    findings.error("bad-runbook-link", &notes.bytes("runbook"), message);
    None
}
