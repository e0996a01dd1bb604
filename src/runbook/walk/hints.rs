//! What the words of a box suggest (point 11 of the format): suggested only, so a word too many does no harm; pure.

use std::time::Duration;

use super::prose::one_line;
use crate::runbook::model::Hints;

/// Letters of a line that are looked at, and that a hint keeps.
const LOOKED_AT: usize = 400;
const KEPT: usize = 80;
/// Words that may stand between "wait" and how long.
const REACH: usize = 12;

const WAITS: [&str; 11] =
    ["wait", "waiting", "waits", "monitor", "watch", "observe", "soak", "bake", "pause", "hold", "open"];
/// After these a length of time is not how long to wait.
const OTHER_TIMES: [&str; 6] = ["every", "within", "timeout", "last", "past", "max"];
const NO_RETURN: [&str; 9] = [
    "point of no return",
    "no way back",
    "no going back",
    "no turning back",
    "irreversible",
    "cannot be undone",
    "can't be undone",
    "can not be undone",
    "cannot be reversed",
];
const ANYWHERE: [&str; 7] =
    ["if applicable", "if needed", "if necessary", "if any", "if required", "where applicable", "as needed"];

/// Adds to `hints` what a line of the box suggests; `text` says that it is the box's own text and no prose.
pub fn read(line: &str, text: bool, hints: &mut Hints) {
    if line.starts_with("    ") {
        return;
    }
    let end = line.char_indices().nth(LOOKED_AT).map_or(line.len(), |(at, _)| at);
    let line = line.get(..end).unwrap_or_default();
    hints.wait = hints.wait.max(wait(line));
    hints.confirm |= confirm(line);
    if text && hints.optional.is_none() {
        hints.optional = optional(line);
    }
}

/// Returns the longest time that `text` says to wait or to watch for.
pub fn wait(text: &str) -> Option<Duration> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| {
            c.is_whitespace() || matches!(c, '-' | '–' | '—' | '~' | '(' | ')' | '/' | ',' | ';')
        })
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    let mut left = 0_usize;
    let mut longest = None;
    for (at, word) in words.iter().enumerate() {
        left = left.saturating_sub(1);
        if WAITS.contains(word) {
            left = REACH;
        } else if OTHER_TIMES.contains(word) {
            left = 0;
        } else if left > 0 {
            longest = longest.max(length(word, words.get(at + 1).copied().unwrap_or_default()));
        }
    }
    longest
}

/// Reads `30m`, `30 minutes`, `half an hour` (as `an hour`: it is only suggested) and the like.
fn length(word: &str, next: &str) -> Option<Duration> {
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = word.split_at(digits);
    let number: u64 = match number {
        "" => match unit {
            "a" | "an" | "one" => 1,
            "two" => 2,
            "five" => 5,
            "ten" => 10,
            "fifteen" => 15,
            "thirty" => 30,
            _ => return None,
        },
        digits => digits.parse().ok().filter(|n| (1..100_000).contains(n))?,
    };
    let unit = if digits > 0 && !unit.is_empty() { unit } else { next };
    let seconds = match unit {
        "s" if digits > 0 => 1,
        "m" if digits > 0 => 60,
        "h" if digits > 0 => 3600,
        "d" if digits > 0 => 86_400,
        "sec" | "secs" | "second" | "seconds" => 1,
        "min" | "mins" | "minute" | "minutes" => 60,
        "hr" | "hrs" | "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        "week" | "weeks" => 604_800,
        _ => return None,
    };
    let time = Duration::from_secs(number.saturating_mul(seconds));
    (time <= Duration::from_secs(366 * 86_400)).then_some(time)
}

/// Returns whether `text` says that there is no way back.
pub fn confirm(text: &str) -> bool {
    let lower = text.to_lowercase();
    NO_RETURN.iter().any(|words| lower.contains(words))
}

/// Returns whether a paragraph is the danger or caution block of other tools (`!!! danger`, `::: caution`).
pub fn caution(text: &str) -> bool {
    let rest = text.strip_prefix("!!!").or_else(|| text.strip_prefix(":::"));
    let word = rest.map(|rest| rest.trim_start().to_lowercase());
    word.is_some_and(|word| word.starts_with("danger") || word.starts_with("caution"))
}

/// Returns the words of `text` that say that it does not always apply: "(optional)", "X only", "If …".
pub fn optional(text: &str) -> Option<String> {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | '['));
    let keep = |words: &str| Some(words.trim().chars().take(KEPT).collect::<String>());
    let conditional = |words: &str| {
        let lower = words.trim().to_lowercase();
        let starts = ["if ", "only ", "unless ", "skip ", "optional"].iter().any(|w| lower.starts_with(w));
        starts || lower.ends_with(" only")
    };
    for group in text.split(['(', '[']).skip(1) {
        let inner = group.split([')', ']']).next().unwrap_or_default();
        if inner.chars().count() <= KEPT && conditional(inner) {
            return keep(inner);
        }
    }
    let lower = text.to_lowercase();
    let clause = text.split([',', ':', ';', '–', '—']).next().unwrap_or_default();
    let clause = clause.split(" then ").next().and_then(|c| c.split(" - ").next()).unwrap_or_default();
    let starts = |words: &[&str]| words.iter().any(|w| lower.starts_with(w));
    if starts(&["if ", "only if ", "only when ", "only for ", "only on ", "unless "]) {
        return keep(clause);
    }
    // "FINAL only: …" and "non-PATCH: …" are labels; "Set it to read only" is not.
    let head = clause.to_lowercase();
    let labels = clause.len() < text.len() && clause.chars().count() <= 40;
    if labels
        && (head.trim_end().ends_with(" only") || head.starts_with("non-") || head.trim_end() == "optional")
    {
        return keep(clause);
    }
    if starts(&["optional ", "optionally "]) {
        return keep("optional");
    }
    ANYWHERE.iter().find(|words| lower.contains(*words)).and_then(|words| keep(words))
}

/// Returns what a comment asks to be pasted: `<!-- Paste the build id -->`; empty if it only says "it" or "here".
pub fn pasted(comment: &str) -> Option<String> {
    let inner = comment.strip_prefix("<!--")?;
    let inner = one_line(inner.strip_suffix("-->").unwrap_or(inner));
    let (verb, what) = inner.split_once(' ').unwrap_or((&inner, ""));
    let verbs = ["paste", "enter", "insert", "fill", "record", "write", "put"];
    if !verbs.contains(&verb.trim_end_matches(':').to_lowercase().as_str()) {
        return None;
    }
    let what = what.trim().trim_start_matches("in ").trim_end_matches(['.', ':']).trim_end_matches(" here");
    let vague = matches!(what.split(' ').next().unwrap_or_default(), "" | "it" | "here" | "this" | "below");
    Some(if vague { String::new() } else { what.chars().take(KEPT).collect() })
}

/// Returns what a text that ends in ":" asks for, blanks to write on (`____`) aside.
pub fn asked(text: &str) -> Option<String> {
    let bare = text.trim_end_matches(['_', ' ', '\u{a0}']);
    let what = bare.strip_suffix([':', '：'])?.trim();
    (!what.is_empty()).then(|| what.chars().take(KEPT).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(text: &str) -> Option<u64> {
        wait(text).map(|time| time.as_secs() / 60)
    }

    #[test]
    fn times_to_wait_are_read_from_words() {
        for (text, want) in [
            ("Wait 30 minutes", 30),
            ("Check the graph (or wait 30 minutes).", 30),
            ("Monitor for 30 minutes", 30),
            ("Watch error rate and latency for the first 30 minutes.", 30),
            ("wait at least 5–10 min", 10),
            ("Wait ~2h, then wait 5 minutes", 120),
            ("The vote stays open for 72 hours", 72 * 60),
            ("open the 72-hour vote", 72 * 60),
            ("wait for an hour", 60),
            ("bake overnight, or soak thirty minutes", 30),
        ] {
            assert_eq!(minutes(text), Some(want), "{text}");
        }
        for text in [
            "Wait until the queue is empty",
            "watch it every 5 minutes",
            "30 minutes later",
            "Wait for a green build",
            "look at the last 30 minutes",
            "monitor the last 30 minutes of the log",
            "wait 99999999999999999999 minutes",
            "wait 90000 weeks",
        ] {
            assert_eq!(wait(text), None, "{text}");
        }
    }

    #[test]
    fn what_does_not_always_apply_says_so_in_its_words() {
        for (text, want) in [
            ("(optional) Tell the press", "optional"),
            ("Tell the press (Optional)", "Optional"),
            ("Optional: tell the press", "Optional"),
            ("FINAL only: publish", "FINAL only"),
            ("Publish (final release only)", "final release only"),
            ("If migrations ran, restore the snapshot", "If migrations ran"),
            ("If it fails: call", "If it fails"),
            ("Roll the cache if needed", "if needed"),
            ("non-PATCH: upgrade notes", "non-PATCH"),
            ("Only on staging: seed", "Only on staging"),
        ] {
            assert_eq!(optional(text).as_deref(), Some(want), "{text}");
        }
        for text in
            ["Set the database to read only", "Verify", "Iffy", "Check whether it is only one", "[x] done"]
        {
            assert_eq!(optional(text), None, "{text}");
        }
    }

    #[test]
    fn fields_and_points_of_no_return() {
        assert_eq!(pasted("<!-- Paste the build id here. -->").as_deref(), Some("the build id"));
        assert_eq!(pasted("<!-- paste it here -->").as_deref(), Some(""));
        assert_eq!(pasted("<!-- a pasted remark -->"), None);
        assert_eq!(asked("Snapshot ID: ____").as_deref(), Some("Snapshot ID"));
        assert_eq!(asked("Snapshot ID"), None);
        assert_eq!(asked(":"), None);
        assert!(confirm("This is the Point of No Return!") && !confirm("a point of order"));
    }
}
