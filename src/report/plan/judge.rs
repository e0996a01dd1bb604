//! What a check's end means, by the rules of its step.

use super::Said;
use crate::report::asks;
use crate::runbook::model::{Comparison, Step};

/// Returns how a check ended that exited with `code` and wrote `text` to standard output, and why in words.
#[must_use]
pub fn judge(step: &Step, code: i32, text: &str) -> (Said, String) {
    if code == 2 && step.exit == 0 {
        return (Said::Warning, "exit 2".to_owned());
    }
    if code != step.exit {
        return (Said::Failed, format!("exit {code}"));
    }
    if let Some(pattern) = step.expect.as_ref().filter(|p| !p.regex.is_match(text)) {
        return (Said::Failed, format!("its output has nothing that matches {}", pattern.regex.as_str()));
    }
    if let Some(pattern) =
        step.capture.as_ref().and_then(|c| c.pattern.as_ref()).filter(|p| !p.regex.is_match(text))
    {
        return (Said::Failed, format!("its output has nothing to capture by {}", pattern.regex.as_str()));
    }
    match number(step, text) {
        Some(Err(why)) => (Said::Failed, why),
        Some(Ok((number, true))) => (Said::Ok, format!("{number}")),
        Some(Ok((number, false))) => {
            let limit = step.metric.as_ref().and_then(|m| m.threshold.as_ref()).map(asks::limit);
            (Said::Failed, format!("{number} is not {}", limit.unwrap_or_default()))
        }
        None => (Said::Ok, String::new()),
    }
}

/// Returns the number that a metric reads and whether it is within its threshold; none without a metric.
fn number(step: &Step, text: &str) -> Option<Result<(f64, bool), String>> {
    let metric = step.metric.as_ref()?;
    let found = metric.pattern.regex.captures(text).and_then(|c| c.get(1).or_else(|| c.get(0)));
    let parsed = found.and_then(|m| m.as_str().trim().parse::<f64>().ok()).filter(|n| n.is_finite());
    let Some(number) = parsed else {
        return Some(Err(format!("its output has no number by {}", metric.pattern.regex.as_str())));
    };
    let holds = metric.threshold.as_ref().is_none_or(|threshold| {
        let limit = threshold.number;
        match threshold.is {
            Comparison::Less => number < limit,
            Comparison::AtMost => number <= limit,
            Comparison::Greater => number > limit,
            Comparison::AtLeast => number >= limit,
            Comparison::Equal => (number - limit).abs() < f64::EPSILON,
        }
    });
    Some(Ok((number, holds)))
}
