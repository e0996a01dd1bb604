//! How the bytes beside an event are packed, and unpacked without trust in what the file says of them. Pure.
//!
//! Stock `sqlite3` unpacks both codecs by `sqlar_uncompress(data, raw_len)`, which takes data of exactly `raw_len`
//! bytes as not packed; zlib data that is not shorter is therefore never stored. May import nothing of this house.

use std::borrow::Cow;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// The most bytes that one event may carry: a runbook's text is whole, output is cut at 256 KiB.
pub const MAX_RAW: usize = 1024 * 1024;

/// The most bytes that a packed chunk can have: zlib's worst case lies a little above the raw length.
pub const MAX_PACKED: usize = MAX_RAW + 1024;

/// `codec` of bytes as they are.
pub const RAW: i64 = 0;
/// `codec` of zlib data (RFC 1950).
pub const ZLIB: i64 = 1;

/// How hard the writer tries to make chunks small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// zlib level 6: the rule.
    Full,
    /// zlib level 1: the writer is behind.
    Fast,
    /// No packing: the writer is far behind.
    None,
}

impl Effort {
    /// Returns the effort for `waiting` bytes of chunks that queue behind this one.
    #[must_use]
    pub const fn for_backlog(waiting: usize) -> Self {
        match waiting {
            0..=0x0020_0000 => Self::Full,
            0x0020_0001..=0x0080_0000 => Self::Fast,
            _ => Self::None,
        }
    }
}

/// A chunk as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed<'a> {
    /// [`RAW`] or [`ZLIB`].
    pub codec: i64,
    /// Length of the bytes before packing.
    pub raw_len: usize,
    /// What is stored.
    pub data: Cow<'a, [u8]>,
}

/// Packs `raw` with `effort`.
#[must_use]
pub fn pack(raw: &[u8], effort: Effort) -> Packed<'_> {
    let level = match effort {
        Effort::Full => Compression::new(6),
        Effort::Fast => Compression::new(1),
        Effort::None => return Packed { codec: RAW, raw_len: raw.len(), data: Cow::Borrowed(raw) },
    };
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(raw.len() / 2), level);
    match encoder.write_all(raw).and_then(|()| encoder.finish()) {
        Ok(data) if data.len() < raw.len() => {
            Packed { codec: ZLIB, raw_len: raw.len(), data: Cow::Owned(data) }
        }
        Ok(_) | Err(_) => Packed { codec: RAW, raw_len: raw.len(), data: Cow::Borrowed(raw) },
    }
}

/// Why a stored chunk cannot be unpacked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// Its codec is none of this version's.
    #[error("codec {0} is not known")]
    Codec(i64),
    /// It says it is larger than any chunk may be.
    #[error("raw_len {0} is outside what a chunk may have")]
    TooLong(i64),
    /// It unpacks to fewer or more bytes than it says.
    #[error("it unpacks to {} bytes, not {expected}", .got.map_or("more".to_owned(), |got| got.to_string()))]
    Length {
        /// What `raw_len` says.
        expected: usize,
        /// How many came; none when there were more than expected and unpacking stopped.
        got: Option<usize>,
    },
    /// It is not zlib data.
    #[error("it is not zlib data")]
    Corrupt,
}

/// Unpacks a stored chunk; never makes more than `raw_len` bytes, nor more than [`MAX_RAW`].
///
/// # Errors
/// If the codec is unknown, the data does not unpack, or to another length than `raw_len`.
pub fn unpack(codec: i64, raw_len: i64, data: &[u8]) -> Result<Vec<u8>, UnpackError> {
    let expected = usize::try_from(raw_len).ok().filter(|len| *len <= MAX_RAW);
    let expected = expected.ok_or(UnpackError::TooLong(raw_len))?;
    match codec {
        RAW if data.len() == expected => Ok(data.to_vec()),
        RAW => Err(UnpackError::Length { expected, got: Some(data.len()) }),
        ZLIB => inflate(expected, data),
        other => Err(UnpackError::Codec(other)),
    }
}

fn inflate(expected: usize, data: &[u8]) -> Result<Vec<u8>, UnpackError> {
    let mut raw = Vec::with_capacity(expected);
    let mut decoder = ZlibDecoder::new(data);
    // One byte more than expected tells a longer chunk from one that fits, whatever it would grow to.
    let bound = u64::try_from(expected).unwrap_or(u64::MAX).saturating_add(1);
    decoder.by_ref().take(bound).read_to_end(&mut raw).map_err(|_| UnpackError::Corrupt)?;
    match raw.len() {
        len if len > expected => Err(UnpackError::Length { expected, got: None }),
        len if len < expected => Err(UnpackError::Length { expected, got: Some(len) }),
        _ if decoder.total_in() != data.len() as u64 => Err(UnpackError::Corrupt),
        _ => Ok(raw),
    }
}
