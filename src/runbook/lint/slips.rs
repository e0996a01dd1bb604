//! Lines that are meant as check boxes and that GitHub does not show as such; pure, work linear in the text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::runbook::findings::Findings;
use crate::runbook::markdown::spots::Spots;

/// A list mark, what follows it, brackets with little in them, and the letter behind.
static NEARLY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:[ \t]|> ?)*((?:[-*+•–—]|\d{1,9}[.)])([ \t\u{a0}]*)\[([^\]\[]{0,4})\])(.?)").ok()
});

/// Notes every line that is nearly a check box.
pub fn check(text: &str, spots: &Spots, findings: &mut Findings<'_>) {
    let Some(nearly) = NEARLY.as_ref() else { return };
    let mut hidden = Hidden::of(spots);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if hidden.covers(start) {
            continue;
        }
        let Some(found) = nearly.captures(line.trim_end_matches(['\n', '\r'])) else { continue };
        let part = |i: usize| found.get(i).map(|m| m.as_str()).unwrap_or_default();
        let Some(why) = slip(part(1), part(2), part(3), part(4)) else { continue };
        let mark = found.get(1).map(|m| m.range()).unwrap_or_default();
        let message = format!("this line looks like a check box and is none: {why}");
        let help = "write `- [ ] text`: a mark, a space, brackets with one space in them, a space";
        findings.warning("nearly-a-box", &(start + mark.start..start + mark.end), message, help);
    }
}

/// Returns what is wrong with a line that begins with `mark`, then `gap`, then `inside` in brackets, then `after`.
fn slip(mark: &str, gap: &str, inside: &str, after: &str) -> Option<&'static str> {
    // A link, a reference or a footnote.
    if after.starts_with(['(', '[', ':', '^']) || inside.starts_with('^') {
        return None;
    }
    let ticks = ["", "x", "X", "v", "V", "_", "-", "✓", "✔", "✅", "*", "o", "O"];
    let bare = inside.trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
    if !ticks.contains(&bare) {
        return None;
    }
    if mark.starts_with(['•', '–', '—']) {
        return Some("its mark makes no list");
    }
    if gap.is_empty() {
        return Some("there is no space before the brackets");
    }
    if gap.contains('\u{a0}') || inside.contains('\u{a0}') {
        return Some("a space in it is one that does not break");
    }
    match inside {
        "" => Some("there is no space in the brackets"),
        " " | "x" | "X" if after.is_empty() || after.starts_with([' ', '\t']) => None,
        " " | "x" | "X" => Some("there is no space behind the brackets"),
        _ => Some("the brackets hold something else than one space or `x`"),
    }
}

/// The parts of a text that are code or HTML, asked in the order of the text.
struct Hidden {
    ranges: Vec<Range<usize>>,
    next: usize,
}

impl Hidden {
    fn of(spots: &Spots) -> Self {
        let mut ranges: Vec<Range<usize>> = spots.blocks.iter().chain(&spots.html).cloned().collect();
        ranges.sort_by_key(|r| r.start);
        Self { ranges, next: 0 }
    }

    fn covers(&mut self, at: usize) -> bool {
        while self.ranges.get(self.next).is_some_and(|r| r.end <= at) {
            self.next += 1;
        }
        self.ranges.get(self.next).is_some_and(|r| r.contains(&at))
    }
}
