//! Comments that hold annotations, and those that look as if they should; imports `findings`.

use std::ops::Range;

use super::grammar;
use super::keys::{BOX, FENCE, HEADING};
use crate::diag::suggest::nearest;
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
    if let Some(rest) = trimmed.strip_prefix("gonogo:") {
        return Some((rest, start + "gonogo:".len()));
    }
    if misspelt(trimmed) {
        findings.error_help(
            "malformed-annotation",
            bytes,
            "this comment is not read as an annotation",
            "write `<!-- gonogo: … -->`, in lower case and with the colon",
        );
    } else if looks_like_one(trimmed) {
        findings.warning(
            "looks-like-annotation",
            bytes,
            "this comment looks like an annotation and is none: nothing in it is enforced",
            "write `<!-- gonogo: … -->` if it is meant as one",
        );
    }
    None
}

/// Returns whether the inside of a comment is ours but for its case or colon. "gonogo is great" is a remark; "Gonogo: x"
/// and "gonogo id=x" are meant as annotations.
fn misspelt(inner: &str) -> bool {
    let Some((word, after)) = inner.split_at_checked("gonogo".len()) else { return false };
    let after = after.trim_start();
    word.eq_ignore_ascii_case("gonogo")
        && (after.starts_with(':') || after.split_whitespace().next().is_some_and(|w| w.contains('=')))
}

/// Returns whether the inside of a comment is a slip of "gonogo:", or only words that are ours, one with a value.
fn looks_like_one(inner: &str) -> bool {
    let slip = inner.split_once(':').is_some_and(|(word, _)| {
        let letters: String = word.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '_' | '/')).collect();
        letters.len() <= 12 && nearest(&letters, ["gonogo"]).is_some()
    });
    let ours = |key: &str| [&BOX, &FENCE, &HEADING].iter().any(|keys| keys.holds(key));
    slip || grammar::read(inner, 0)
        .is_ok_and(|args| args.iter().any(|a| a.value.is_some()) && args.iter().all(|a| ours(&a.key)))
}
