//! The body of an event: one line of printable-ASCII JSON whose first fields are always the same ones. Pure.
//!
//! The stored bytes are the canonical form; nobody writes them anew to verify them. What is decoded must begin with
//! exactly the prefix that its own header gives, and must name no field twice, so that two readers cannot read two
//! things. Kinds that this version does not know are kept whole. May import `run` (events) and `clock`.

mod json;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::clock::{Stamp, rfc3339};
use crate::run::event::Event;

/// The `run` of facts that belong to the log itself or to a session.
pub const NO_RUN: &str = "-";

/// What belongs to a chunk and stands in its event's body, so that the chain covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkRef {
    /// Lower-case hex SHA-256 of the bytes.
    pub sha: String,
    /// Their number.
    pub len: u64,
}

/// What every body begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The log's id: 32 hex digits, made once with the file.
    pub log: String,
    /// The run, or [`NO_RUN`].
    pub run: String,
    /// The kind of the fact.
    pub kind: String,
    /// 32 hex digits from the system's random source: no two bodies are equal.
    pub nonce: String,
    /// When it was written down; the wall clock to the millisecond.
    pub at: Stamp,
    /// The session that wrote it.
    pub session: String,
    /// The chunk beside it.
    pub chunk: Option<ChunkRef>,
}

/// A fact as a reader finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "facts of unknown kinds are the exception, and few")]
pub enum Fact {
    /// Of a kind that this version knows.
    Known(Event),
    /// Of a kind that a newer version wrote; its fields as JSON text.
    Unknown {
        /// The kind.
        kind: String,
        /// The fields, without those of the header.
        fields: String,
    },
}

/// Why a body cannot be read, or a fact cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The fact does not become a JSON object that starts with its kind.
    #[error("the fact has no written form: {0}")]
    NoForm(String),
    /// It is not JSON, or names a field twice.
    #[error("the body is not one JSON object with each field once: {0}")]
    Json(String),
    /// It holds other characters than printable ASCII.
    #[error("the body is not printable ASCII")]
    NotAscii,
    /// Its version is none of this program's.
    #[error("the body is of version {0}, this program reads version 1")]
    Version(String),
    /// A field of the header is missing or of another type.
    #[error("the body lacks a usable field `{0}`")]
    Field(&'static str),
    /// It does not begin as its own header says.
    #[error("the body does not begin with the fields of its header in their order")]
    Prefix,
    /// It is of a known kind but its fields do not fit.
    #[error("the fields do not fit the kind `{kind}`: {why}")]
    Misfit {
        /// The kind.
        kind: String,
        /// What does not fit.
        why: String,
    },
}

/// Returns `at` as a body can hold it: the wall clock cut to the millisecond.
#[must_use]
pub fn storable(at: Stamp) -> Stamp {
    let wall = DateTime::<Utc>::from_timestamp_millis(at.wall.timestamp_millis()).unwrap_or(at.wall);
    Stamp { wall, ..at }
}

/// Returns the body of `event`. The header's `kind` is taken from the event, whatever it says.
///
/// # Errors
/// If the event has no written form; none of this version's is known to lack one.
pub fn encode(header: &Header, event: &Event) -> Result<String, CodecError> {
    let written = serde_json::to_string(event).map_err(|error| CodecError::NoForm(error.to_string()))?;
    let written = json::ascii(&written);
    let kind = event.kind();
    let rest = written
        .strip_prefix("{\"kind\":\"")
        .and_then(|rest| rest.strip_prefix(kind))
        .and_then(|rest| rest.strip_prefix('"'))
        .ok_or_else(|| CodecError::NoForm(format!("it does not start with its kind {kind}")))?;
    Ok(prefix(&Header { kind: kind.to_owned(), ..header.clone() }) + rest)
}

/// Returns what a body with this header begins with, up to and without the comma or brace that follows.
fn prefix(header: &Header) -> String {
    let text = |text: &str| json::ascii(&Value::from(text).to_string());
    let mut out = format!(
        "{{\"v\":1,\"log\":{},\"run\":{},\"kind\":{},\"nonce\":{},\"ts\":{},\"mono_ns\":{},\"session\":{}",
        text(&header.log),
        text(&header.run),
        text(&header.kind),
        text(&header.nonce),
        text(&rfc3339(header.at.wall)),
        header.at.mono_ns,
        text(&header.session),
    );
    if let Some(chunk) = &header.chunk {
        out += &format!(",\"chunk_sha\":{},\"chunk_len\":{}", text(&chunk.sha), chunk.len);
    }
    out
}

/// Reads a body back.
///
/// # Errors
/// If it is not the canonical form of a fact; see [`CodecError`].
pub fn decode(body: &str) -> Result<(Header, Fact), CodecError> {
    let (header, mut fields) = split(body)?;
    if !Event::KINDS.contains(&header.kind.as_str()) {
        let kind = header.kind.clone();
        return Ok((header, Fact::Unknown { kind, fields: Value::Object(fields).to_string() }));
    }
    fields.insert("kind".to_owned(), Value::from(header.kind.as_str()));
    match serde_json::from_value(Value::Object(fields)) {
        Ok(event) => Ok((header, Fact::Known(event))),
        Err(error) => Err(CodecError::Misfit { kind: header.kind, why: error.to_string() }),
    }
}

/// Reads a body's header alone.
///
/// # Errors
/// If the body does not begin as a body must.
pub fn header(body: &str) -> Result<Header, CodecError> {
    split(body).map(|(header, _)| header)
}

fn split(body: &str) -> Result<(Header, Map<String, Value>), CodecError> {
    if !body.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(CodecError::NotAscii);
    }
    if !body.ends_with('}') {
        return Err(CodecError::Json("it does not end with a brace".to_owned()));
    }
    let mut fields = json::object(body).map_err(CodecError::Json)?;
    match fields.remove("v") {
        Some(Value::Number(number)) if number.as_u64() == Some(1) => {}
        Some(other) => return Err(CodecError::Version(other.to_string())),
        None => return Err(CodecError::Field("v")),
    }
    let wall = text(&mut fields, "ts")?;
    let wall = DateTime::parse_from_rfc3339(&wall).map_err(|_| CodecError::Field("ts"))?.with_timezone(&Utc);
    let header = Header {
        log: text(&mut fields, "log")?,
        run: text(&mut fields, "run")?,
        kind: text(&mut fields, "kind")?,
        nonce: text(&mut fields, "nonce")?,
        at: Stamp { wall, mono_ns: number(&mut fields, "mono_ns")? },
        session: text(&mut fields, "session")?,
        chunk: if fields.contains_key("chunk_sha") || fields.contains_key("chunk_len") {
            Some(ChunkRef { sha: text(&mut fields, "chunk_sha")?, len: number(&mut fields, "chunk_len")? })
        } else {
            None
        },
    };
    match body.strip_prefix(&prefix(&header)) {
        Some(rest) if rest.starts_with([',', '}']) => Ok((header, fields)),
        _ => Err(CodecError::Prefix),
    }
}

fn text(fields: &mut Map<String, Value>, name: &'static str) -> Result<String, CodecError> {
    match fields.remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(CodecError::Field(name)),
    }
}

fn number(fields: &mut Map<String, Value>, name: &'static str) -> Result<u64, CodecError> {
    fields.remove(name).and_then(|value| value.as_u64()).ok_or(CodecError::Field(name))
}
