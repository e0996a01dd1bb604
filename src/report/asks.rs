//! What annotations ask for, in the few words that outline, plan and paper share. Imports the model only.

use crate::runbook::model::{Batch, BoxItem, Condition, Confirm, Hints, Metric, On, Repeat, Step, ValueSpec};
use crate::text::clocks;

/// Returns where a step runs, in words; none when nothing is written.
#[must_use]
pub fn on(on: &On) -> Option<String> {
    match on {
        On::Role(role) => Some(role.clone()),
        On::First(role) => Some(format!("{role}, first host only")),
        On::Local => Some("this machine".to_owned()),
        On::Unstated => None,
    }
}

/// Returns a condition as it is written: `NAME` or `NAME=value`.
#[must_use]
pub fn condition(condition: &Condition) -> String {
    match &condition.equals {
        Some(value) => format!("{}={value}", condition.name),
        None => condition.name.clone(),
    }
}

/// Returns what a box asks for beside its condition and its linked runbook.
#[must_use]
pub fn of_box(item: &BoxItem) -> Vec<String> {
    let mut asks = Vec::new();
    let mut flag = |set: bool, word: &str| asks.extend(set.then(|| word.to_owned()));
    flag(item.required, "required");
    flag(item.optional, "optional");
    flag(item.irreversible, "irreversible");
    flag(item.two_person, "two-person");
    asks.extend(item.role.as_ref().map(|role| format!("role {role}")));
    asks.extend(item.value.as_ref().map(value));
    asks.extend(item.mark.as_ref().map(|name| format!("mark {name}")));
    asks.extend(item.wait.map(|time| format!("wait {}", clocks::words(time))));
    asks.extend(item.due.map(|time| format!("due {} after the end", clocks::words(time))));
    asks
}

fn value(spec: &ValueSpec) -> String {
    match &spec.pattern {
        Some(pattern) => format!("value {} matching {}", spec.name, pattern.regex.as_str()),
        None => format!("value {}", spec.name),
    }
}

/// Returns what the words of a box suggest.
#[must_use]
pub fn suggests(hints: &Hints) -> Vec<String> {
    let wait = hints.wait.map(|time| format!("wait {}", clocks::words(time)));
    let confirm = hints.confirm.then(|| "one press more".to_owned());
    let value = hints
        .value
        .as_ref()
        .map(|what| if what.is_empty() { "a value".to_owned() } else { format!("a value: {what}") });
    let optional = hints.optional.as_ref().map(|words| format!("may be waived: {words}"));
    [wait, confirm, value, optional].into_iter().flatten().collect()
}

/// Returns what a step asks for beside where it runs and its condition.
#[must_use]
pub fn of_step(step: &Step) -> Vec<String> {
    let mut asks = Vec::new();
    asks.extend(step.sudo.then(|| "as root".to_owned()));
    asks.extend(step.check.then(|| "check".to_owned()));
    asks.extend(match step.confirm {
        Confirm::No => None,
        Confirm::Press => Some("confirm".to_owned()),
        Confirm::Type => Some("confirm by typing".to_owned()),
    });
    if !step.needs.is_empty() {
        let needs: Vec<&str> = step.needs.iter().map(|id| id.as_str()).collect();
        asks.push(format!("needs {}", needs.join(", ")));
    }
    asks.extend(step.capture.as_ref().map(|capture| {
        let matching = capture.pattern.as_ref().map(|p| format!(" matching {}", p.regex.as_str()));
        let each = if capture.per_host { ", each host its own" } else { "" };
        format!("capture {}{}{each}", capture.name, matching.unwrap_or_default())
    }));
    asks.extend(step.expect.as_ref().map(|pattern| format!("expect {}", pattern.regex.as_str())));
    asks.extend((step.exit != 0).then(|| format!("exit {}", step.exit)));
    asks.extend(step.repeat.map(repeat));
    asks.extend(step.metric.as_ref().map(metric));
    asks.extend(step.timeout.map(|time| format!("timeout {}", clocks::words(time))));
    asks.extend((step.retries > 0).then(|| format!("retries {}", step.retries)));
    asks.extend(step.batch.map(|batch| match batch {
        Batch::Hosts(most) => format!("{most} at a time"),
        Batch::Percent(percent) => format!("{percent}% at a time"),
    }));
    asks.extend(step.undo.as_ref().map(|id| format!("undo {id}")));
    for (set, word) in [
        (step.irreversible, "irreversible"),
        (step.idempotent, "idempotent"),
        (step.keep_going, "keep-going"),
        (!step.carry, "carry=off"),
        (!step.keep, "keep=off"),
    ] {
        asks.extend(set.then(|| word.to_owned()));
    }
    asks.extend(step.cwd.as_ref().map(|directory| format!("in {directory}")));
    asks.extend(step.interpreter.as_ref().map(|program| format!("read by {program}")));
    asks
}

fn repeat(repeat: Repeat) -> String {
    match repeat {
        Repeat::Hold { every, lasting } => {
            format!("every {} for {}", clocks::words(every), clocks::words(lasting))
        }
        Repeat::Until { every, limit } => {
            let limit = limit.map(|l| format!(", for {} at most", clocks::words(l))).unwrap_or_default();
            format!("every {} until it passes{limit}", clocks::words(every))
        }
    }
}

fn metric(metric: &Metric) -> String {
    let pattern = metric.pattern.regex.as_str();
    match &metric.threshold {
        Some(threshold) => format!("metric {pattern} must be {threshold}"),
        None => format!("metric {pattern}"),
    }
}
