//! The record as one JSON document: the state that a reader asks for first, then every fact.
//!
//! The shape is `gonogo.record.v1`: fields may be added, none is renamed or removed. Times are RFC 3339 in UTC. Hidden
//! characters and everything beyond ASCII are written as `\u` escapes, so that the file is safe to print and its
//! strings stay what they were.

mod ascii;
mod shape;

use serde::Serialize;

use crate::report::record::RunRecord;

/// The name of the shape.
pub const FORMAT: &str = "gonogo.record.v1";

/// Returns the record as indented JSON with a line feed at its end.
#[must_use]
pub fn json(record: &RunRecord<'_>) -> String {
    ascii(&shape::Document::of(record))
}

/// Returns `document` as indented JSON in plain ASCII with a line feed at its end.
#[must_use]
pub fn ascii(document: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, ascii::Ascii::default());
    // Writing to memory cannot fail, and the shapes have only string keys.
    match document.serialize(&mut writer) {
        Ok(()) => bytes.push(b'\n'),
        Err(error) => bytes = format!("{{\"error\": \"{error}\"}}\n").into_bytes(),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
