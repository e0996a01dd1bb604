//! The body of an event: one line of printable-ASCII JSON whose first fields are always the same ones. Pure.
//!
//! The stored bytes are the canonical form; nobody writes them anew to verify them. What is decoded must begin with
//! exactly the prefix that its own header gives, and must name no field twice, so that two readers cannot read two
//! things. Kinds that this version does not know are kept whole. May import `run` (events) and `clock`.

mod json;

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

use self::json::Scalar;
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
    let written = json::ascii(written);
    let kind = event.kind();
    let rest = written
        .strip_prefix("{\"kind\":\"")
        .and_then(|rest| rest.strip_prefix(kind))
        .and_then(|rest| rest.strip_prefix('"'))
        .ok_or_else(|| CodecError::NoForm(format!("it does not start with its kind {kind}")))?;
    let mut body = String::with_capacity(written.len() + 512);
    prefix(&Header { kind: kind.to_owned(), ..header.clone() }, &mut body)
        .map_err(|error| CodecError::NoForm(error.to_string()))?;
    Ok(body + rest)
}

/// Writes what a body with this header begins with, up to and without the comma or brace that follows.
fn prefix(header: &Header, out: &mut impl fmt::Write) -> fmt::Result {
    let Header { log, run, kind, nonce, at, session, chunk } = header;
    for (name, text) in
        [("{\"v\":1,\"log\":", log), (",\"run\":", run), (",\"kind\":", kind), (",\"nonce\":", nonce)]
    {
        out.write_str(name)?;
        json::string(text, out)?;
    }
    write!(out, ",\"ts\":\"{}\",\"mono_ns\":{},\"session\":", rfc3339(at.wall), at.mono_ns)?;
    json::string(session, out)?;
    let Some(chunk) = chunk else { return Ok(()) };
    out.write_str(",\"chunk_sha\":")?;
    json::string(&chunk.sha, out)?;
    write!(out, ",\"chunk_len\":{}", chunk.len)
}

/// Text that what is written must be, piece by piece.
struct Expected<'a>(&'a str);

impl fmt::Write for Expected<'_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(piece).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Reads a body back.
///
/// # Errors
/// If it is not the canonical form of a fact; see [`CodecError`].
pub fn decode(body: &str) -> Result<(Header, Fact), CodecError> {
    let (header, fields) = split(body)?;
    let fields = ["{", fields.strip_prefix(',').unwrap_or(fields)].concat();
    let mut reader = serde_json::Deserializer::from_str(&fields);
    match Event::of_kind(&header.kind, &mut reader) {
        Some(Ok(event)) => Ok((header, Fact::Known(event))),
        Some(Err(error)) => Err(CodecError::Misfit { kind: header.kind, why: error.to_string() }),
        None => {
            let kind = header.kind.clone();
            let fields: Value =
                serde_json::from_str(&fields).map_err(|error| CodecError::Json(error.to_string()))?;
            Ok((header, Fact::Unknown { kind, fields: fields.to_string() }))
        }
    }
}

/// Reads a body's header alone.
///
/// # Errors
/// If the body does not begin as a body must.
pub fn header(body: &str) -> Result<Header, CodecError> {
    split(body).map(|(header, _)| header)
}

/// Returns the header, and what follows it: the fields of the fact from their comma on, or the brace that ends the body.
fn split(body: &str) -> Result<(Header, &str), CodecError> {
    if !json::is_plain(body) {
        return Err(CodecError::NotAscii);
    }
    if !body.ends_with('}') {
        return Err(CodecError::Json("it does not end with a brace".to_owned()));
    }
    let mut front = Front::default();
    json::object(body, |name, value| front.take(name, value)).map_err(CodecError::Json)?;
    match front.v {
        Some(Scalar::Number(1)) => {}
        Some(Scalar::Number(other)) => return Err(CodecError::Version(other.to_string())),
        Some(Scalar::Text(other)) => return Err(CodecError::Version(format!("{other:?}"))),
        Some(Scalar::Other) => return Err(CodecError::Version("unknown".to_owned())),
        None => return Err(CodecError::Field("v")),
    }
    let ts = text(front.ts, "ts")?;
    let wall = DateTime::parse_from_rfc3339(&ts).map_err(|_| CodecError::Field("ts"))?.with_timezone(&Utc);
    let chunk = if front.chunk_sha.is_some() || front.chunk_len.is_some() {
        Some(ChunkRef {
            sha: text(front.chunk_sha, "chunk_sha")?,
            len: number(&front.chunk_len, "chunk_len")?,
        })
    } else {
        None
    };
    let header = Header {
        log: text(front.log, "log")?,
        run: text(front.run, "run")?,
        kind: text(front.kind, "kind")?,
        nonce: text(front.nonce, "nonce")?,
        at: Stamp { wall, mono_ns: number(&front.mono_ns, "mono_ns")? },
        session: text(front.session, "session")?,
        chunk,
    };
    let mut left = Expected(body);
    match prefix(&header, &mut left) {
        Ok(()) if left.0.starts_with([',', '}']) => Ok((header, left.0)),
        _ => Err(CodecError::Prefix),
    }
}

/// The fields of a header as they were read.
#[derive(Debug, Default)]
struct Front<'a> {
    v: Option<Scalar<'a>>,
    log: Option<Scalar<'a>>,
    run: Option<Scalar<'a>>,
    kind: Option<Scalar<'a>>,
    nonce: Option<Scalar<'a>>,
    ts: Option<Scalar<'a>>,
    mono_ns: Option<Scalar<'a>>,
    session: Option<Scalar<'a>>,
    chunk_sha: Option<Scalar<'a>>,
    chunk_len: Option<Scalar<'a>>,
}

impl<'a> Front<'a> {
    fn take(&mut self, name: &str, value: Scalar<'a>) {
        let field = match name {
            "v" => &mut self.v,
            "log" => &mut self.log,
            "run" => &mut self.run,
            "kind" => &mut self.kind,
            "nonce" => &mut self.nonce,
            "ts" => &mut self.ts,
            "mono_ns" => &mut self.mono_ns,
            "session" => &mut self.session,
            "chunk_sha" => &mut self.chunk_sha,
            "chunk_len" => &mut self.chunk_len,
            _ => return,
        };
        *field = Some(value);
    }
}

fn text(value: Option<Scalar<'_>>, name: &'static str) -> Result<String, CodecError> {
    match value {
        Some(Scalar::Text(text)) => Ok(text.into_owned()),
        _ => Err(CodecError::Field(name)),
    }
}

fn number(value: &Option<Scalar<'_>>, name: &'static str) -> Result<u64, CodecError> {
    match value {
        Some(Scalar::Number(number)) => Ok(*number),
        _ => Err(CodecError::Field(name)),
    }
}
