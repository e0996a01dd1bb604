//! What a check's end means, by the rules of its step.

use super::Said;
use crate::run::watch::{read_number, unmet_number};
use crate::runbook::model::Step;

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
    let number = read_number(step, text);
    match unmet_number(step, number.as_deref()) {
        Some(why) => (Said::Failed, why),
        None => (Said::Ok, number.unwrap_or_default()),
    }
}
