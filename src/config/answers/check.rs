//! Answers against the runbook they are used for; pure.

use std::collections::{HashMap, HashSet};

use super::{AnswersFile, BoxAnswer, Entry, GateAnswer, Operator};
use crate::config::file::Parsed;
use crate::diag::Diagnostic;
use crate::diag::suggest::did_you_mean;
use crate::runbook::ids::{BoxId, StepId};
use crate::runbook::model::{BoxItem, Choice, Confirm, On, Phase, PhaseKind, Runbook, Section};
use crate::runbook::placeholder::asked::Unfit;
use crate::runbook::slug::slug;

/// The answers that hold for one runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Who answers.
    pub operator: Operator,
    /// Answers to boxes. A box that is missing here was not answered at all.
    pub boxes: HashMap<BoxId, BoxAnswer>,
    /// Answers at gates, by the index in [`Runbook::phases`] of the phase behind them.
    pub gates: HashMap<usize, GateAnswer>,
    /// Which section applies, by the index of the choice in [`Runbook::choices`]; sections by their index.
    pub choices: HashMap<usize, usize>,
    /// Names of the hosts of steps that do not say where they run.
    pub hosts: HashMap<StepId, String>,
    /// Values of variables.
    pub vars: Vec<(String, String)>,
    /// The environment whose run may start although it wants a confirmation.
    pub start: Option<String>,
    /// Words that confirm steps.
    pub confirm: HashMap<StepId, String>,
    /// Whether the runbook is the very text the answers were given for.
    pub same_text: bool,
    /// Lower-case hex SHA-256 of the file.
    pub sha256: String,
}

/// Checks `answers` against `runbook` and returns which of them hold.
///
/// If the text differs, boxes whose identity is unchanged keep their answer, all others stop, and what no longer
/// exists is a warning.
///
/// # Errors
/// All findings, at least one of them an error: answers to what does not exist (same text), values that do not match
/// or are missing, waiving a required box.
pub fn check(answers: &AnswersFile, runbook: &Runbook) -> Parsed<Answers> {
    let same_text = answers.runbook == runbook.sha256;
    let mut checker = Checker { runbook, same_text, findings: Vec::new() };
    let resolved = Answers {
        operator: answers.operator.clone(),
        boxes: checker.boxes(&answers.boxes),
        gates: checker.gates(&answers.gates),
        choices: checker.choices(&answers.choices),
        hosts: checker.hosts(&answers.hosts),
        vars: checker.vars(&answers.vars),
        start: answers.start.clone(),
        confirm: checker.confirm(&answers.confirm),
        same_text,
        sha256: answers.sha256.clone(),
    };
    let mut findings = checker.findings;
    if !same_text {
        let message = "the runbook is not the text these answers were given for: changed boxes stop";
        findings.push(Diagnostic::warning("other-text", message));
    }
    crate::diag::sort(&mut findings);
    if findings.iter().any(Diagnostic::is_error) { Err(findings) } else { Ok((resolved, findings)) }
}

struct Checker<'a> {
    runbook: &'a Runbook,
    same_text: bool,
    findings: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn error<T>(&mut self, code: &'static str, entry: &Entry<T>, message: String) {
        self.findings.push(Diagnostic::error(code, message).at(entry.place.clone()));
    }

    /// Notes an answer to what does not exist: an error, or a warning if the text has changed.
    fn gone<T>(&mut self, entry: &Entry<T>, what: &str, known: &[&str]) {
        let message = format!("there is no {what} `{}` in this runbook", entry.name);
        let found = if self.same_text {
            Diagnostic::error("unknown-name", message)
        } else {
            Diagnostic::warning("unknown-name", message)
        };
        let found = found.at(entry.place.clone());
        let near = did_you_mean(&entry.name, known.iter().copied().filter(|_| self.findings.len() < 50));
        self.findings.push(match near {
            Some(help) => found.help(help),
            None => found,
        });
    }

    fn boxes(&mut self, entries: &[Entry<BoxAnswer>]) -> HashMap<BoxId, BoxAnswer> {
        let known: HashMap<&str, &BoxItem> = self.runbook.boxes.iter().map(|b| (b.id.as_str(), b)).collect();
        let mut out = HashMap::new();
        // What was written for another text answers nothing that is new in this one.
        if !self.same_text {
            out.extend(self.runbook.boxes.iter().map(|b| (b.id.clone(), BoxAnswer::Stop)));
        }
        for entry in entries {
            match known.get(entry.name.as_str()) {
                Some(item) => {
                    if let Some((code, why)) = objection(&entry.value, item, self.runbook) {
                        self.error(code, entry, format!("box `{}`: {why}", entry.name));
                    } else {
                        out.insert(item.id.clone(), entry.value.clone());
                    }
                }
                None => self.gone(entry, "box", &known.keys().copied().collect::<Vec<_>>()),
            }
        }
        out
    }

    fn gates(&mut self, entries: &[Entry<GateAnswer>]) -> HashMap<usize, GateAnswer> {
        let runbook = self.runbook;
        let slugs: Vec<String> = runbook.phases.iter().map(Phase::anchor).collect();
        let mut out = HashMap::new();
        for entry in entries {
            let by_title = || phases(runbook, |i, _| slugs.get(i).is_some_and(|s| *s == entry.name));
            let by_kind = || phases(runbook, |_, p| kind_word(p.kind) == Some(entry.name.as_str()));
            let gated = Some(by_title()).filter(|v| !v.is_empty()).unwrap_or_else(by_kind);
            match gated.as_slice() {
                [one] => drop(out.insert(*one, entry.value)),
                [] => {
                    let gated = phases(runbook, |_, _| true);
                    let known =
                        gated.iter().filter_map(|i| slugs.get(*i)).map(String::as_str).collect::<Vec<_>>();
                    self.gone(entry, "gate before a phase", &known);
                }
                _ => {
                    self.error("ambiguous-gate", entry, format!("several phases are called `{}`", entry.name))
                }
            }
        }
        out
    }

    fn choices(&mut self, entries: &[Entry<String>]) -> HashMap<usize, usize> {
        let runbook = self.runbook;
        let mut out = HashMap::new();
        for entry in entries {
            let known: Vec<Vec<String>> = runbook.choices.iter().map(|c| heading_names(runbook, c)).collect();
            let Some(at) = known.iter().position(|names| names.contains(&entry.name)) else {
                let known: Vec<&str> = known.iter().flatten().map(String::as_str).collect();
                self.gone(entry, "choice", &known);
                continue;
            };
            let options = runbook.choices.get(at).map(|c| c.options.clone()).unwrap_or_default();
            let names = |i: &usize| runbook.sections.get(*i).map(section_names).unwrap_or_default();
            match options.iter().find(|i| names(i).contains(&entry.value)) {
                Some(section) => drop(out.insert(at, *section)),
                None => {
                    let known: Vec<String> =
                        options.iter().filter_map(|i| names(i).into_iter().next()).collect();
                    let message = format!(
                        "`{}` is no section of `{}`; it has: {}",
                        entry.value,
                        entry.name,
                        known.join(", ")
                    );
                    self.error("unknown-name", entry, message);
                }
            }
        }
        out
    }

    fn vars(&mut self, entries: &[Entry<String>]) -> Vec<(String, String)> {
        let runbook = self.runbook;
        let asked = runbook.asked();
        // A secret is refused where the run is opened, with where its value comes from.
        let declared = |name: &str| runbook.front.vars.iter().any(|v| v.name == name);
        let mut out = Vec::new();
        for entry in entries {
            if !declared(&entry.name) && !asked.iter().any(|a| a.name == entry.name) {
                let known: Vec<&str> = asked.iter().map(|a| a.name).collect();
                self.gone(entry, "variable", &known);
                continue;
            }
            match runbook.check_value(&entry.name, &entry.value) {
                Err(unfit) => self.error("bad-value", entry, unfit_words(&entry.name, &entry.value, &unfit)),
                Ok(()) => out.push((entry.name.clone(), entry.value.clone())),
            }
        }
        out
    }

    /// Which hosts there are is the environment's: a name that it lacks is refused when the step's turn comes.
    fn hosts(&mut self, entries: &[Entry<String>]) -> HashMap<StepId, String> {
        let steps = || self.runbook.boxes.iter().flat_map(|b| &b.steps);
        let asking: HashSet<&str> = steps().filter(|s| s.on == On::Unstated).map(|s| s.id.as_str()).collect();
        let all: HashSet<&str> = steps().map(|s| s.id.as_str()).collect();
        let mut out = HashMap::new();
        for entry in entries {
            if asking.contains(entry.name.as_str()) {
                out.insert(StepId(entry.name.clone()), entry.value.clone());
            } else if all.contains(entry.name.as_str()) {
                self.error("unasked", entry, format!("step `{}` says itself where it runs", entry.name));
            } else {
                self.gone(entry, "step", &asking.iter().copied().collect::<Vec<_>>());
            }
        }
        out
    }

    fn confirm(&mut self, entries: &[Entry<String>]) -> HashMap<StepId, String> {
        let runbook = self.runbook;
        let steps = || runbook.boxes.iter().flat_map(|b| &b.steps);
        let asking: HashSet<&str> =
            steps().filter(|s| s.confirm == Confirm::Type).map(|s| s.id.as_str()).collect();
        let mut out = HashMap::new();
        for entry in entries {
            if asking.contains(entry.name.as_str()) {
                out.insert(StepId(entry.name.clone()), entry.value.clone());
            } else if steps().any(|s| s.id.as_str() == entry.name) {
                self.error("unasked", entry, format!("step `{}` does not want a word typed", entry.name));
            } else {
                self.gone(entry, "step", &asking.iter().copied().collect::<Vec<_>>());
            }
        }
        out
    }
}

/// Returns the names that `section` goes by: its own, if it was given one, the anchor of its heading, and the heading.
pub(super) fn section_names(section: &Section) -> Vec<String> {
    section.id.iter().cloned().chain([slug(&section.title), section.title.clone()]).collect()
}

/// Returns the names that a choice goes by: those of the heading above its sections.
pub(super) fn heading_names(runbook: &Runbook, choice: &Choice) -> Vec<String> {
    match choice.section.and_then(|i| runbook.sections.get(i)) {
        Some(section) => section_names(section),
        None => {
            let phase = runbook.phases.get(choice.phase).map(Phase::anchor);
            phase.into_iter().chain([choice.title.clone()]).collect()
        }
    }
}

/// Returns the indices of the phases with a gate that `wanted` picks.
fn phases(runbook: &Runbook, wanted: impl Fn(usize, &Phase) -> bool) -> Vec<usize> {
    let gated = runbook.phases.iter().enumerate().filter(|(_, p)| p.gate);
    gated.filter(|(i, p)| wanted(*i, p)).map(|(i, _)| i).collect()
}

fn unfit_words(name: &str, value: &str, unfit: &Unfit) -> String {
    match unfit {
        Unfit::Pattern(pattern) => format!("`{value}` does not match `{pattern}`, as {name} must"),
        Unfit::Choice(choices) => format!("`{value}` is none of {}, as {name} must be", choices.join(", ")),
        Unfit::Text(why) => format!("`{value}` does not fit {name}: {why}"),
    }
}

fn kind_word(kind: PhaseKind) -> Option<&'static str> {
    match kind {
        PhaseKind::Pre => Some("pre"),
        PhaseKind::During => Some("during"),
        PhaseKind::Post => Some("post"),
        PhaseKind::Other => None,
    }
}

/// Returns why `answer` cannot be given to `item`, if it cannot.
fn objection(answer: &BoxAnswer, item: &BoxItem, runbook: &Runbook) -> Option<(&'static str, String)> {
    match answer {
        BoxAnswer::Stop => None,
        BoxAnswer::Waive { .. } => {
            item.required.then(|| ("required", "it is required and cannot be waived".to_owned()))
        }
        BoxAnswer::Sign { .. } if item.two_person => Some((
            "two-person",
            "it wants two people, who sign it in the run: no answer stands for them".to_owned(),
        )),
        BoxAnswer::Sign { end_wait: Some(_), .. } if item.wait.is_none() => {
            Some(("unexpected-value", "it waits for nothing, so no wait can be ended".to_owned()))
        }
        BoxAnswer::Sign { value, .. } => match (value, &item.value) {
            (None, Some(spec)) => {
                Some(("missing-value", format!("signing it needs a value for {}", spec.name)))
            }
            (Some(_), None) => Some(("unexpected-value", "it takes no value".to_owned())),
            (Some(value), Some(spec)) => {
                let unfit = runbook.check_value(&spec.name, value).err()?;
                Some((
                    "bad-value",
                    match unfit {
                        Unfit::Pattern(pattern) => format!("`{value}` does not match `{pattern}`"),
                        other => format!("`{value}` {other}"),
                    },
                ))
            }
            (None, None) => None,
        },
    }
}
