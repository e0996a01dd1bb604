//! The tree of an outline out of the model. Boxes come in document order, so it is built from the last to the first.

use std::collections::BTreeSet;

use super::extent::Extent;
use super::{Blank, BoxNode, Counts, FORMAT, Outline, PhaseNode, SectionNode, StepNode, Var};
use crate::report::asks;
use crate::runbook::model::{self, PhaseKind, Runbook, SecretSource};

/// Returns the outline of `book`, which was made of `text`, the content of `file`.
#[must_use]
pub fn outline(file: &str, text: &str, book: &Runbook) -> Outline {
    let lines = Extent::new(text);
    let placeholders: Vec<Blank> = book.placeholders.iter().map(blank).collect();
    let mut tree = Tree::of(book, &lines);
    let phases: Vec<PhaseNode> = (0..book.phases.len()).filter_map(|at| tree.phase(at)).collect();
    Outline {
        format: FORMAT,
        file: file.to_owned(),
        title: book.title.clone(),
        sha256: book.sha256.clone(),
        counts: counts(book, &lines),
        vars: book.front.vars.iter().map(|v| var(v, &lines)).collect(),
        placeholders,
        phases,
    }
}

fn counts(book: &Runbook, lines: &Extent<'_>) -> Counts {
    let steps = || book.boxes.iter().flat_map(|b| &b.steps);
    Counts {
        line: lines.count(),
        phase: book.phases.iter().filter(|p| !p.boxes.is_empty()).count(),
        section: book.sections.len(),
        boxed: book.boxes.len(),
        derived: book.boxes.iter().filter(|b| b.derived).count(),
        step: steps().count(),
        by_hand: steps().filter(|s| s.by_hand.is_some()).count(),
        command: book.boxes.iter().map(|b| b.inline.len()).sum(),
        placeholder: book.placeholders.len(),
    }
}

fn var(var: &model::VarDecl, lines: &Extent<'_>) -> Var {
    Var {
        name: var.name.clone(),
        line: var.place.line,
        end_line: lines.last(&var.place),
        pattern: var.pattern.as_ref().map(|p| p.regex.as_str().to_owned()),
        choose: var.choose.clone(),
        default: var.default.clone(),
        secret: var.secret.as_ref().map(|secret| match secret.from {
            SecretSource::Env => "env",
            SecretSource::Prompt => "prompt",
            SecretSource::Command(_) => "command",
        }),
    }
}

fn blank(placeholder: &model::Placeholder) -> Blank {
    let mut lines: Vec<usize> = placeholder.places.iter().map(|place| place.line).collect();
    lines.dedup();
    Blank {
        name: placeholder.name.clone(),
        shown: placeholder.shown.clone(),
        demanded: placeholder.demanded,
        lines,
    }
}

/// Boxes by the node that holds them.
struct Tree<'a> {
    book: &'a Runbook,
    lines: &'a Extent<'a>,
    /// The top boxes of each phase.
    tops: Vec<Vec<BoxNode>>,
    /// Last line of each box.
    last: Vec<usize>,
}

impl<'a> Tree<'a> {
    fn of(book: &'a Runbook, lines: &'a Extent<'a>) -> Self {
        let mut headings: Vec<usize> = book.phases.iter().map(|p| p.place.line).collect();
        headings.extend(book.sections.iter().map(|s| s.place.line));
        headings.sort_unstable();
        let mut inside: Vec<Vec<BoxNode>> = book.boxes.iter().map(|_| Vec::new()).collect();
        let mut last: Vec<usize> = book.boxes.iter().map(|_| 0).collect();
        let mut tops: Vec<Vec<BoxNode>> = book.phases.iter().map(|_| Vec::new()).collect();
        let deepest = book.boxes.iter().map(|b| b.depth).max().unwrap_or(0);
        // By depth: the line of the next box that is no deeper.
        let mut next: Vec<usize> = vec![usize::MAX; deepest + 1];
        for (at, item) in book.boxes.iter().enumerate().rev() {
            let heading = headings.partition_point(|line| *line <= item.place.line);
            let heading = headings.get(heading).copied().unwrap_or(usize::MAX);
            let until = next.get(item.depth).copied().unwrap_or(usize::MAX).min(heading);
            let steps = item.steps.iter().chain(&item.inline).map(|step| lines.last(&step.place));
            let inner = last.get(at).copied().unwrap_or(0);
            let end = steps.max().unwrap_or(0).max(lines.of_box(item, until)).max(inner);
            let mut boxes = inside.get_mut(at).map(std::mem::take).unwrap_or_default();
            boxes.reverse();
            let node = boxed(item, end, boxes, lines);
            last.get_mut(at).into_iter().for_each(|known| *known = end);
            let holder = match item.parent {
                Some(parent) => {
                    last.get_mut(parent).into_iter().for_each(|known| *known = end.max(*known));
                    inside.get_mut(parent)
                }
                None => tops.get_mut(item.phase),
            };
            if let Some(holder) = holder {
                holder.push(node);
            }
            next.iter_mut().skip(item.depth).for_each(|line| *line = item.place.line);
        }
        tops.iter_mut().for_each(|boxes| boxes.reverse());
        Self { book, lines, tops, last }
    }

    fn phase(&mut self, at: usize) -> Option<PhaseNode> {
        let phase = self.book.phases.get(at)?;
        let boxes = self.tops.get_mut(at).map(std::mem::take).unwrap_or_default();
        let line = phase.place.line.max(1);
        let until =
            self.book.phases.get(at + 1).map_or(self.lines.count(), |next| next.place.line.max(2) - 1);
        let sections = self.book.sections.iter().enumerate().filter(|(_, s)| s.phase == at);
        Some(PhaseNode {
            kind: "phase",
            title: phase.title.clone(),
            line,
            end_line: self.lines.last_said(line, until),
            stage: match phase.kind {
                PhaseKind::Pre => "pre",
                PhaseKind::During => "during",
                PhaseKind::Post => "post",
                PhaseKind::Other => "other",
            },
            gate: phase.gate,
            go: phase.go.clone(),
            rollback: phase.rollback,
            condition: phase.condition.as_ref().map(asks::condition),
            sections: sections.map(|(at, s)| self.section(at, s)).collect(),
            boxes,
        })
    }

    fn section(&self, at: usize, section: &model::Section) -> SectionNode {
        let last = self.last.get(section.boxes.clone()).and_then(|lines| lines.iter().max());
        SectionNode {
            kind: "section",
            title: section.title.clone(),
            level: section.level,
            line: section.place.line,
            end_line: last.copied().unwrap_or(0).max(section.place.line),
            choice: self.book.choices.iter().any(|choice| choice.options.contains(&at)),
            condition: section.condition.as_ref().map(asks::condition),
        }
    }
}

fn boxed(item: &model::BoxItem, end_line: usize, boxes: Vec<BoxNode>, lines: &Extent<'_>) -> BoxNode {
    BoxNode {
        kind: "box",
        id: item.id.0.clone(),
        text: item.text.clone(),
        line: item.place.line,
        end_line,
        derived: item.derived,
        path: item.path.clone(),
        asks: asks::of_box(item),
        suggests: asks::suggests(&item.hints),
        runbook: item.runbook.clone(),
        condition: item.condition.as_ref().map(asks::condition),
        steps: item.steps.iter().map(|s| step(s, "step", lines)).collect(),
        inline: item.inline.iter().map(|s| step(s, "inline", lines)).collect(),
        boxes,
    }
}

fn step(step: &model::Step, kind: &'static str, lines: &Extent<'_>) -> StepNode {
    StepNode {
        kind,
        id: step.id.0.clone(),
        title: step.title.clone(),
        line: step.place.line,
        end_line: lines.last(&step.place),
        on: asks::on(&step.on),
        asks: asks::of_step(step),
        condition: step.condition.as_ref().map(asks::condition),
        danger: step.danger.clone(),
        by_hand: step.by_hand.clone(),
        terminal: step.terminal.as_ref().map(|t| t.words().to_owned()),
        offered: step.offered,
        placeholders: waits_for(step),
        script: step.script.clone(),
    }
}

/// Returns the names of the values that `step` waits for, each once, in the order of the script.
fn waits_for(step: &model::Step) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let demanded = step.blanks.iter().filter(|b| b.demanded).map(|b| &b.name);
    demanded.filter(|name| seen.insert(*name)).cloned().collect()
}
