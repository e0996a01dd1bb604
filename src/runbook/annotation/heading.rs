//! Comments that hold annotations: finding their text, and what they ask of a heading; imports `findings`.

use std::ops::Range;

use super::keys::HEADING;
use crate::runbook::findings::Findings;

/// Returns the annotation in the HTML comment at `bytes` of `text`, and the byte it begins at; `None` if the comment
/// is not ours. Notes a comment that almost is.
pub fn annotation<'t>(
    text: &'t str,
    bytes: &Range<usize>,
    findings: &mut Findings<'_>,
) -> Option<(&'t str, usize)> {
    let comment = text.get(bytes.clone())?;
    let inner = comment.strip_prefix("<!--")?;
    let inner = inner.strip_suffix("-->").unwrap_or(inner);
    let trimmed = inner.trim_start();
    let start = bytes.start + "<!--".len() + (inner.len() - trimmed.len());
    let word = "gonogo";
    if !trimmed.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word)) {
        return None;
    }
    match trimmed.strip_prefix("gonogo:") {
        Some(rest) => Some((rest, start + "gonogo:".len())),
        None => {
            let after = trimmed.get(word.len()..).unwrap_or_default().trim_start();
            // "gonogo is great" is a remark; "Gonogo: x" and "gonogo id=x" are meant as annotations.
            if after.starts_with(':') || after.split_whitespace().next().is_some_and(|w| w.contains('=')) {
                findings.error_help(
                    "malformed-annotation",
                    bytes,
                    "this comment is not read as an annotation",
                    "write `<!-- gonogo: … -->`, in lower case and with the colon",
                );
            }
            None
        }
    }
}

/// Returns whether the comments of a phase heading say `rollback`.
pub fn rollback(texts: &[(&str, usize)], findings: &mut Findings<'_>) -> bool {
    let mut args = Vec::new();
    for (text, base) in texts {
        HEADING.read(text, *base, &mut args, findings);
    }
    args.iter().any(|a| a.key == "rollback")
}
