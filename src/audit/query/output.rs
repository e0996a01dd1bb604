//! The recorded output of attempts, piece by piece.

use std::collections::BTreeMap;

use super::{QueryError, Reader};
use crate::audit::codec::Fact;
use crate::audit::row::COLUMNS;
use crate::clock::Stamp;
use crate::run::event::Event;
use crate::run::fact::Stream;

/// A piece of output, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The event that holds it.
    pub seq: u64,
    /// When it was written down.
    pub at: Stamp,
    /// Which stream.
    pub stream: Stream,
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u64,
    sha: String,
}

/// A piece of output with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Which stream.
    pub stream: Stream,
    /// Offset of the first byte in the stream.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Reader {
    /// Returns the pieces that attempt `number` of the run left, in the order in which they were recorded.
    ///
    /// # Errors
    /// If one of the events does not hold.
    pub fn pieces(&self, run: &str, number: u32) -> Result<Vec<Piece>, QueryError> {
        Ok(self.pieces_of(run)?.remove(&number).unwrap_or_default())
    }

    /// Returns the pieces that the attempts of the run left, by their numbers, each in the order of recording.
    ///
    /// # Errors
    /// If one of the events does not hold.
    pub fn pieces_of(&self, run: &str) -> Result<BTreeMap<u32, Vec<Piece>>, QueryError> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE run = ?1 AND kind = 'step.output' ORDER BY seq");
        let mut pieces: BTreeMap<u32, Vec<Piece>> = BTreeMap::new();
        self.each(&sql, &[&run], |found| {
            if let (Fact::Known(Event::StepOutput(output)), Some(chunk)) = (found.fact, found.chunk) {
                pieces.entry(output.number).or_default().push(Piece {
                    seq: found.seq,
                    at: found.at,
                    stream: output.stream,
                    offset: output.offset,
                    len: chunk.len,
                    sha: chunk.sha,
                });
            }
            Ok(())
        })?;
        Ok(pieces)
    }

    /// Returns the piece's bytes.
    ///
    /// # Errors
    /// If they are missing or not those that its event names.
    pub fn bytes_of(&self, piece: &Piece) -> Result<Vec<u8>, QueryError> {
        self.chunk_of(piece.seq, &piece.sha)
    }

    /// Returns everything that attempt `number` of the run left, in the order in which it was recorded. This may be
    /// as much as a step's cap; [`Self::pieces`] and [`Self::bytes_of`] take less memory.
    ///
    /// # Errors
    /// If an event or a chunk does not hold.
    pub fn output(&self, run: &str, number: u32) -> Result<Vec<Output>, QueryError> {
        let with_bytes = |piece: Piece| {
            let bytes = self.bytes_of(&piece)?;
            Ok(Output { stream: piece.stream, offset: piece.offset, bytes })
        };
        self.pieces(run, number)?.into_iter().map(with_bytes).collect()
    }
}
