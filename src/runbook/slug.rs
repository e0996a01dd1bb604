//! Short names made of headings, as GitHub makes anchors of them; pure, imports nothing.

/// Returns the anchor of a heading: lower case, letters, digits, `-` and `_` kept, spaces become `-`, the rest is
/// dropped.
#[must_use]
pub fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}
