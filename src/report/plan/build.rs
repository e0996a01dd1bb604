//! The plan as a fold over the runbook in the order it is walked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::values::{Known, Values};
use super::{BoxPlan, Decided, Decision, FORMAT, Missing, PhasePlan, Plan, StepPlan, Target, Value};
use crate::report::asks;
use crate::run::fact::HostPin;
use crate::runbook::Runbook;
use crate::runbook::model::{BoxItem, Condition, On, SecretSource, Step, VarDecl};
use crate::runbook::placeholder::fill;

/// What a link leads to.
#[derive(Debug, Clone)]
pub enum Linked {
    /// A runbook, and its file.
    Book(String, Arc<Runbook>),
    /// Nothing that can be used; why.
    Unusable(String),
    /// A file that stands above it already; only the link of a rollback may come back.
    Above(String),
}

/// Where links lead, by the file that holds them and the link.
pub type Links = BTreeMap<(String, String), Linked>;

/// What a plan is made of.
#[derive(Debug, Clone)]
pub struct Setting<'a> {
    /// The environment's name.
    pub environment: Option<&'a str>,
    /// What starting a run wants: `press` or `type`.
    pub start: Option<&'static str>,
    /// Hosts by role, in order.
    pub hosts: &'a [HostPin],
    /// The environment's variables.
    pub environment_vars: &'a BTreeMap<String, String>,
    /// What was given for this run; it wins.
    pub set: &'a BTreeMap<String, String>,
    /// Linked runbooks. Following them never comes back to where it was.
    pub links: &'a Links,
}

/// Returns what a run of `book`, read from `file`, would do.
#[must_use]
pub fn plan(file: &str, book: &Runbook, setting: &Setting<'_>) -> Plan {
    one(file, book, setting, None)
}

fn one(file: &str, book: &Runbook, setting: &Setting<'_>, handed: Option<&Values>) -> Plan {
    let mut missing = BTreeSet::new();
    let values = known(book, setting, handed, &mut missing);
    let (values, names) = values;
    let shown = names.iter().map(|name| values.shown(name)).collect();
    let known = Arc::new(values.known());
    // What is put into texts and scripts when the run is opened; the rest stays marked as open.
    let filled = fill::filled(book, &known);
    let book = &filled;
    let mut fold = Fold { file, book, setting, values, missing, scope: Vec::new() };
    let phases = fold.phases(false);
    let rollback_phases = fold.phases(true);
    let link = book.front.rollback.as_ref().filter(|link| !link.starts_with('#'));
    let rollback = link.and_then(|link| fold.linked(link)).map(Box::new);
    let rollback_above = link.and_then(|link| match setting.links.get(&(file.to_owned(), link.clone())) {
        Some(Linked::Above(file)) => Some(file.clone()),
        _ => None,
    });
    Plan {
        format: FORMAT,
        title: book.title.clone(),
        file: file.to_owned(),
        sha256: book.sha256.clone(),
        environment: setting.environment.map(str::to_owned),
        start: setting.start.filter(|_| handed.is_none()),
        values: shown,
        missing: fold.missing.into_iter().collect(),
        known,
        phases,
        rollback_phases,
        rollback,
        rollback_above,
    }
}

/// Returns what is known before the first box, and the names that a reader wants to see.
fn known(
    book: &Runbook,
    setting: &Setting<'_>,
    handed: Option<&Values>,
    missing: &mut BTreeSet<Missing>,
) -> (Values, Vec<String>) {
    let mut values = Values::default();
    for (name, value) in setting.environment_vars {
        let from = "the environment".to_owned();
        values.0.insert(name.clone(), Known::Is(value.clone(), from));
    }
    let environment = setting.environment.unwrap_or_default().to_owned();
    values.0.insert("ENV".to_owned(), Known::Is(environment, "the environment's name".to_owned()));
    for (name, what) in [("RUN", "the run's id"), ("HOST", "the host"), ("ROLE", "the host's role")] {
        values.0.insert(name.to_owned(), Known::Later(what.to_owned()));
    }
    let mut names = Vec::new();
    let asked: BTreeSet<&str> = book.asked().iter().map(|ask| ask.name).collect();
    for var in &book.front.vars {
        let mut found = declared(var, setting, handed);
        if found == Known::Missing && !asked.contains(var.name.as_str()) {
            found = Known::Later("set while the run goes on".to_owned());
        }
        if found == Known::Missing && handed.is_some() {
            found = Known::Later("asked for when it is needed".to_owned());
        }
        if found == Known::Missing {
            let why = format!("no value for {}: give it with --set {}=…", var.name, var.name);
            missing.insert(Missing { kind: "value", name: var.name.clone(), why });
        }
        if let Known::Is(value, _) = &found
            && let Err(unfit) = book.check_value(&var.name, value)
        {
            let why = format!("the value of {} {unfit}", var.name);
            missing.insert(Missing { kind: "value", name: var.name.clone(), why });
        }
        values.0.insert(var.name.clone(), found);
        names.push(var.name.clone());
    }
    for blank in &book.placeholders {
        if names.contains(&blank.name) {
            continue;
        }
        let found = match (setting.set.get(&blank.name), values.0.get(&blank.name)) {
            (Some(value), _) => {
                if let Err(unfit) = book.check_value(&blank.name, value) {
                    let why = format!("the value of {} {unfit}", blank.name);
                    missing.insert(Missing { kind: "value", name: blank.name.clone(), why });
                }
                Known::Is(value.clone(), "--set".to_owned())
            }
            (None, Some(known)) => known.clone(),
            (None, None) if !asked.contains(blank.name.as_str()) => {
                Known::Later("set while the run goes on".to_owned())
            }
            (None, None) => {
                if blank.demanded {
                    let why = format!("{} is to be filled in: --set {}=…", blank.shown, blank.name);
                    missing.insert(Missing { kind: "value", name: blank.name.clone(), why });
                }
                Known::Missing
            }
        };
        values.0.insert(blank.name.clone(), found);
        names.push(blank.name.clone());
    }
    (values, names)
}

fn declared(var: &VarDecl, setting: &Setting<'_>, handed: Option<&Values>) -> Known {
    if let Some(secret) = &var.secret {
        return Known::Secret(match secret.from {
            SecretSource::Env => "read from the environment when a run starts".to_owned(),
            SecretSource::Prompt => "asked for when a run starts".to_owned(),
            SecretSource::Command(_) => "from a command on this machine when a run starts".to_owned(),
        });
    }
    let name = &var.name;
    let is = |value: &String, from: &str| Known::Is(value.clone(), from.to_owned());
    let from_parent = handed.and_then(|values| values.0.get(name)).filter(|k| **k != Known::Missing);
    if let Some(known) = from_parent {
        return match known {
            Known::Is(value, _) => is(value, "the run that opens it"),
            other => other.clone(),
        };
    }
    // A child run is given what its parent has and no more.
    let set = setting.set.get(name).filter(|_| handed.is_none());
    let environment = setting.environment_vars.get(name).filter(|_| handed.is_none());
    match (set, environment, &var.default) {
        (Some(value), ..) => is(value, "--set"),
        (None, Some(value), _) => is(value, "the environment"),
        (None, None, Some(value)) => is(value, "its default"),
        (None, None, None) => Known::Missing,
    }
}

/// The fold.
struct Fold<'a> {
    file: &'a str,
    book: &'a Runbook,
    setting: &'a Setting<'a>,
    values: Values,
    missing: BTreeSet<Missing>,
    /// Decisions of the boxes around the one that is looked at, by depth.
    scope: Vec<Option<Decision>>,
}

impl Fold<'_> {
    fn phases(&mut self, rollback: bool) -> Vec<PhasePlan> {
        let book = self.book;
        let wanted = book.phases.iter().filter(|p| p.rollback == rollback && !p.boxes.is_empty());
        wanted
            .map(|phase| {
                let condition = phase.condition.as_ref().map(|c| self.values.decide(c));
                self.scope.clear();
                let mut above: &[String] = &[];
                let mut boxes = Vec::new();
                for index in phase.boxes.clone() {
                    let Some(item) = book.boxes.get(index) else { continue };
                    let common = item.path.iter().zip(above).take_while(|(a, b)| a == b).count();
                    let new = item.path.iter().skip(common).cloned().collect();
                    above = &item.path;
                    boxes.push(self.boxed(index, item, new, phase.condition.as_ref()));
                }
                PhasePlan {
                    title: phase.title.clone(),
                    line: phase.place.line,
                    gate: phase.gate && !rollback,
                    go: phase.go.clone(),
                    condition,
                    boxes,
                }
            })
            .collect()
    }

    fn boxed(
        &mut self,
        index: usize,
        item: &BoxItem,
        above: Vec<String>,
        phase: Option<&Condition>,
    ) -> BoxPlan {
        let mut sections = Vec::new();
        let mut section = item.section;
        while let Some(found) = section.and_then(|at| self.book.sections.get(at)) {
            sections.push(found);
            section = found.parent.filter(|parent| Some(*parent) < section);
        }
        let around = sections.iter().rev().filter_map(|s| s.condition.as_ref());
        let own = phase.into_iter().chain(around).map(|c| self.values.decide(c));
        let own: Vec<Decision> = own.chain(item.condition.as_ref().map(|c| self.values.decide(c))).collect();
        self.scope.truncate(item.depth);
        let outer = self.scope.iter().flatten().cloned();
        let all: Vec<Decision> = outer.chain(own).collect();
        let open = all.iter().find(|d| d.decided == Decided::Not);
        let open = open.or_else(|| all.iter().find(|d| d.decided == Decided::Unknown));
        let applies = open.map_or(Decided::Applies, |d| d.decided);
        let condition = open.or(all.last()).cloned();
        self.scope.resize(item.depth, None);
        self.scope.push(open.cloned());
        let steps: Vec<StepPlan> = item.steps.iter().map(|step| self.step(step, applies)).collect();
        let inline = item.inline.iter().map(|step| self.step(step, applies)).collect();
        let child = item.runbook.as_ref().and_then(|link| self.linked(link)).map(Box::new);
        if let Some(value) = item.value.as_ref().filter(|_| applies != Decided::Not) {
            let later = format!("written down when box {} is signed", item.id);
            self.values.0.insert(value.name.clone(), Known::Later(later));
        }
        BoxPlan {
            id: item.id.0.clone(),
            text: item.text.clone(),
            line: item.place.line,
            depth: item.depth,
            above,
            applies,
            condition,
            asks: asks::of_box(item),
            choose: self.choices(index, item),
            irreversible: item.irreversible,
            steps,
            inline,
            child,
        }
    }

    /// Returns what is to be chosen when the walk comes to the box at `index`: it is the first of a choice.
    fn choices(&self, index: usize, item: &BoxItem) -> Vec<String> {
        let sections = &self.book.sections;
        let first = |choice: &&crate::runbook::model::Choice| {
            let starts = choice.options.iter().filter_map(|at| sections.get(*at)).map(|s| s.boxes.start);
            choice.phase == item.phase && starts.min() == Some(index)
        };
        let choices = self.book.choices.iter().filter(first);
        choices.flat_map(|c| &c.options).filter_map(|at| sections.get(*at)).map(|s| s.title.clone()).collect()
    }

    fn step(&mut self, step: &Step, applies: Decided) -> StepPlan {
        let condition = step.condition.as_ref().map(|c| self.values.decide(c));
        let mut waits_for = self.values.waits(step);
        let places = self.places(step);
        if places.len() > 1 && step.by_hand.is_none() {
            waits_for.push(format!("a host, which the run asks for: {}", places.join(", ")));
        }
        let mut seen = BTreeSet::new();
        let uses = step.uses.iter().chain(step.blanks.iter().map(|b| &b.name));
        let values: Vec<Value> =
            uses.filter(|name| seen.insert(*name)).map(|name| self.values.shown(name)).collect();
        let hosts = self.targets(step);
        let never = applies == Decided::Not || condition.as_ref().is_some_and(|c| c.decided == Decided::Not);
        if let Some(capture) = step.capture.as_ref().filter(|_| !never) {
            let later = format!("captured by step {}", step.id);
            self.values.0.insert(capture.name.clone(), Known::Later(later));
        }
        StepPlan {
            id: step.id.0.clone(),
            title: step.title.clone(),
            line: step.place.line,
            how: how(step, hosts.len()),
            hosts,
            script: step.script.clone(),
            values,
            waits_for,
            condition,
            asks: asks::of_step(step),
            check: step.check,
            offered: step.offered,
            by_hand: step.by_hand.clone().or_else(|| {
                let homeless = step.on == On::Unstated && places.is_empty();
                homeless.then(|| "there is no host".to_owned())
            }),
            terminal: step.terminal.as_ref().map(|t| t.words().to_owned()),
            asks_root: step.asks_root,
            danger: step.danger.clone(),
            undo: step.undo.as_ref().map(|id| id.0.clone()),
            irreversible: step.irreversible,
            live: Vec::new(),
        }
    }

    /// Returns the names of the hosts that a step can run on which does not say where; empty where it says so.
    fn places(&self, step: &Step) -> Vec<String> {
        if step.on != On::Unstated {
            return Vec::new();
        }
        let mut seen = BTreeSet::new();
        let hosts = self.setting.hosts.iter().filter(|h| h.port != 0 && seen.insert(h.name.as_str()));
        hosts.map(|h| h.name.clone()).collect()
    }

    /// Returns the hosts of `step`, by the rules of a run: a role, else a host by its name, else the only one.
    fn targets(&mut self, step: &Step) -> Vec<Target> {
        let mut hosts: Vec<&HostPin> = Vec::new();
        let mut seen = BTreeSet::new();
        let (role, first) = match &step.on {
            On::Local => return vec![local()],
            On::Role(role) => (Some(role), false),
            On::First(role) => (Some(role), true),
            On::Unstated => (None, false),
        };
        let all = self.setting.hosts.iter().filter(|h| h.port != 0);
        match role {
            Some(role) => {
                hosts.extend(all.clone().filter(|h| h.role == *role));
                if hosts.is_empty() {
                    hosts.extend(all.filter(|h| h.name == *role).take(1));
                }
            }
            None => hosts.extend(all),
        }
        hosts.retain(|host| seen.insert(host.name.as_str()));
        hosts.truncate(if first { 1 } else { usize::MAX });
        match role {
            Some(role) if hosts.is_empty() => {
                let why = format!("no host has the role {role}, which step {} wants", step.id);
                self.missing.insert(Missing { kind: "role", name: role.clone(), why });
            }
            // A run asks which of several it is.
            None if hosts.len() != 1 => hosts.clear(),
            _ => {}
        }
        hosts.into_iter().map(target).collect()
    }

    /// Returns the plan of the runbook that `link` means, with the values that it is handed.
    fn linked(&mut self, link: &str) -> Option<Plan> {
        let (file, book) = match self.setting.links.get(&(self.file.to_owned(), link.to_owned())) {
            Some(Linked::Book(file, book)) => (file, book),
            Some(Linked::Above(_)) => return None,
            other => {
                let why = match other {
                    Some(Linked::Unusable(why)) => format!("the linked runbook {link}: {why}"),
                    _ => format!("the linked runbook {link} was not read"),
                };
                self.missing.insert(Missing { kind: "runbook", name: link.to_owned(), why });
                return None;
            }
        };
        let plan = one(file, book, self.setting, Some(&self.values));
        self.missing.extend(plan.missing.iter().cloned());
        Some(plan)
    }
}

fn how(step: &Step, hosts: usize) -> &'static str {
    match &step.on {
        On::First(_) => "on the first host only",
        _ if hosts < 2 => "",
        _ if step.check => "on all hosts at once",
        _ => "on one host after another, stopping at the first that fails",
    }
}

fn target(host: &HostPin) -> Target {
    Target {
        name: host.name.clone(),
        user: host.user.clone(),
        address: host.address.clone(),
        port: host.port,
    }
}

fn local() -> Target {
    let name = "this machine".to_owned();
    Target { name, user: String::new(), address: String::new(), port: 0 }
}
