//! Placeholders in what people read: titles, box texts, prose; pure, work linear.
//!
//! Nothing here ever blocks a step. What is unmistakable is asked although no script needs it; all else is filled in
//! when its name is known.

use super::Found;
use super::forms::{Candidate, Form, before, candidates};
use super::html::is_element;
use super::name::name;
use super::script::closed;

/// Returns the placeholders of `text` in order; `demanded` are those that cannot be meant otherwise.
#[must_use]
pub fn in_prose(text: &str) -> Vec<Found> {
    let candidates = candidates(text);
    if candidates.is_empty() {
        return Vec::new();
    }
    let closed = closed(text);
    let found = candidates.into_iter().filter_map(|candidate| {
        let demanded = match candidate.form {
            Form::Angle if is_tag(text, &candidate) || closed.contains(candidate.inner) => return None,
            Form::Dots => return None,
            Form::Version if candidate.inner.starts_with(|c: char| c.is_ascii_digit()) => return None,
            Form::Version => !candidate.inner.contains(['x', 'y', 'z']),
            Form::Brace => !candidate.inner.contains(char::is_lowercase),
            Form::Square => false,
            Form::Angle | Form::Plus | Form::Word | Form::Date | Form::Template => true,
        };
        Some(Found { name: name(candidate.inner)?, bytes: candidate.bytes, demanded })
    });
    found.collect()
}

/// HTML, or the argument of a generic type.
fn is_tag(text: &str, c: &Candidate<'_>) -> bool {
    let first = c.inner.split_whitespace().next().unwrap_or_default();
    let generic = before(text, c.bytes.start).is_some_and(char::is_alphanumeric) && {
        let head = text.get(..c.bytes.start).unwrap_or_default();
        let mut begin = head.len();
        for (at, _) in
            head.char_indices().rev().take(40).take_while(|(_, c)| c.is_alphanumeric() || *c == '_')
        {
            begin = at;
        }
        let outer = head.get(begin..).unwrap_or_default();
        let types = ["int", "str", "string", "String", "bool", "number", "any", "void", "u8", "f64"];
        let of_type = c.inner.starts_with(char::is_uppercase) && !c.inner.contains(char::is_whitespace)
            || types.contains(&c.inner);
        outer.chars().count() > 1 && outer.starts_with(char::is_uppercase) && of_type
    };
    generic || is_element(first)
}
