//! The words of a fact: what people typed and machines said, apart from the names and numbers that the record hangs on.
//!
//! Whatever a new kind of fact brings counts as words unless it stands in the list here: what is forgotten is looked
//! through once too often, never once too little. Pure; may import `run` (events).

use serde_json::Value;

use crate::run::event::Event;

/// Fields whose text names something: a run is folded by them, and nobody types them freely.
const NAMES: [&str; 37] = [
    "address",
    "beside",
    "boot",
    "born",
    "box",
    "child",
    "commit",
    "config",
    "dir",
    "file_sha",
    "fingerprint",
    "from",
    "host",
    "id",
    "identity",
    "in_box",
    "key_type",
    "kind",
    "known_hosts",
    "name",
    "open",
    "out_of_order",
    "outcome",
    "proof",
    "role",
    "run",
    "run_kind",
    "runbook",
    "script_sha",
    "seed",
    "seen",
    "sha256",
    "step",
    "stream",
    "text_sha",
    "vars",
    "verdict",
];

/// Returns `event` with `change` applied to all its words; none if that changes nothing.
///
/// # Errors
/// A sentence when a changed word turns out to be no word: then the fact cannot be written without it.
pub fn rewrite(event: &Event, change: &dyn Fn(&str) -> String) -> Result<Option<Event>, String> {
    if matches!(event, Event::StepOutput(_)) {
        // Its bytes are the chunk; it has no words itself, and there are many of it.
        return Ok(None);
    }
    let no_form = |error: serde_json::Error| format!("a fact of kind {} has no form: {error}", event.kind());
    let mut value = serde_json::to_value(event).map_err(no_form)?;
    if !walk(&mut value, "", change) {
        return Ok(None);
    }
    let refused =
        |why: &str| format!("a fact of kind {} cannot be written without a secret: {why}", event.kind());
    match Event::of_kind(event.kind(), value) {
        Some(changed) => changed.map(Some).map_err(|error| refused(&error.to_string())),
        // Never to be taken for a fact that needs no change.
        None => Err(refused("its kind is not known")),
    }
}

/// Changes the words below `value`, which is the field `field`; returns whether any changed.
fn walk(value: &mut Value, field: &str, change: &dyn Fn(&str) -> String) -> bool {
    match value {
        Value::String(text) if !NAMES.contains(&field) => {
            let changed = change(text);
            let differs = changed != *text;
            *text = changed;
            differs
        }
        Value::Array(items) => items.iter_mut().fold(false, |any, item| walk(item, field, change) | any),
        Value::Object(fields) => {
            fields.iter_mut().fold(false, |any, (name, item)| walk(item, name, change) | any)
        }
        _ => false,
    }
}
