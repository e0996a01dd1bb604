//! What the front matter says of drills: how often, and how long they may take; imports the model.

use std::time::Duration;

use crate::runbook::hosts::check_name;
use crate::runbook::model::Cadence;
use crate::runbook::yaml::{Node, Reader};
use crate::text::clocks;

/// Days that may lie between two drills.
const MOST_DAYS: u32 = 3_660;

/// Returns how often the drill is due.
pub fn cadence(node: &Node, reader: &mut Reader<'_>) -> Option<Cadence> {
    let text = reader.text(node, "`cadence`")?;
    let days = || {
        let number =
            text.strip_suffix('d').filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))?;
        number.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days)).map(Cadence::Days)
    };
    let cadence = match text.as_str() {
        "daily" => Some(Cadence::Days(1)),
        "weekly" => Some(Cadence::Days(7)),
        "monthly" => Some(Cadence::Months(1)),
        "quarterly" => Some(Cadence::Months(3)),
        "yearly" => Some(Cadence::Months(12)),
        _ => days(),
    };
    if cadence.is_none() {
        let help = Some("daily, weekly, monthly, quarterly, yearly, or days such as `30d`".to_owned());
        reader.error_help("bad-cadence", node, format!("`{text}` does not say how often"), help);
    }
    cadence
}

/// Returns the longest times, by the name of what measures them.
pub fn targets(node: &Node, reader: &mut Reader<'_>) -> Vec<(String, Duration)> {
    let mut out = Vec::new();
    for (key, name, value) in reader.entries(node, "`targets`") {
        if let Err(why) = check_name(&name) {
            reader.error("bad-name", key, why);
            continue;
        }
        let Some(text) = reader.text(value, "a target") else { continue };
        match clocks::parse(&text) {
            Some(time) => out.push((name, time)),
            None => {
                let help = Some("write it like `30m`, `48h` or `1h30m`".to_owned());
                reader.error_help("bad-duration", value, format!("`{text}` is not a time"), help);
            }
        }
    }
    out
}
