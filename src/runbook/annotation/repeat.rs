//! `every`, `for` and `until`: how often a step runs; imports the model.
//!
//! `every=30s for=30m` holds: it passes when every round passed. `every=30s until` repeats until a round passes, with
//! `for=` as the limit. A round is stated always, so that nobody has to know a default.

use super::grammar::Arg;
use super::values;
use crate::runbook::findings::Findings;
use crate::runbook::model::Repeat;

/// What a watch, which ends at its first breach, cannot have.
const HOLD_CLASHES: [(&str, &str, &str); 2] = [
    ("for", "retries", "a watch ends at its first breach"),
    ("for", "capture", "a watch has one output for every round; capture in a step after it"),
];

/// Returns how often the step runs, `None` for once.
pub fn repeat(args: &[Arg], findings: &mut Findings<'_>) -> Option<Repeat> {
    values::requires(args, "for", "every", findings);
    let until = values::flag(args, "until");
    if until {
        values::requires(args, "until", "every", findings);
    } else {
        values::clashes(args, &HOLD_CLASHES, findings);
    }
    let lasting = values::duration(args, "for", findings);
    let every = values::duration(args, "every", findings)?;
    let (_, arg) = values::find(args, "every")?;
    if let Some(lasting) = lasting.filter(|lasting| *lasting < every) {
        let message = format!("a round takes longer than the whole: `for` is only {} s", lasting.as_secs());
        findings.error_help("bad-repeat", &arg.bytes, message, "make `for` at least as long as `every`");
    }
    if until {
        return Some(Repeat::Until { every, limit: lasting });
    }
    if lasting.is_none() && !values::flag(args, "for") {
        let message = "`every` means something only together with `for=` or `until`";
        findings.error("incomplete", &arg.key_bytes, message);
    }
    Some(Repeat::Hold { every, lasting: lasting? })
}
