//! The newest output of each attempt, in memory, for the screen. The record of output is the log's.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Stamp;
use crate::run::fact::Stream;
use crate::tui::msg::{Output, Piece};

/// Bytes kept of one attempt; what is older is only in the log.
const KEPT: usize = 512 * 1024;

/// The tails of all attempts of this session. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tails(Arc<Mutex<BTreeMap<(String, u32), Tail>>>);

#[derive(Debug, Default)]
struct Tail {
    pieces: VecDeque<(u64, Piece)>,
    kept: usize,
    /// Bytes seen of both streams: the mark to read on from.
    end: u64,
    /// The next offset of each stream, to see what was left out.
    next: [u64; 2],
}

impl Tails {
    /// Adds bytes of `stream` that begin at `offset` in it; a gap before them counts as left out.
    pub fn push(&self, run: &str, number: u32, stream: Stream, offset: u64, bytes: Vec<u8>, at: Stamp) {
        let mut tails = self.lock();
        let tail = tails.entry((run.to_owned(), number)).or_default();
        let next = match stream {
            Stream::Stdout => &mut tail.next[0],
            Stream::Stderr => &mut tail.next[1],
        };
        let len = bytes.len() as u64;
        if offset + len <= *next {
            return;
        }
        let known = usize::try_from(next.saturating_sub(offset)).unwrap_or(0);
        let fresh = bytes.get(known..).unwrap_or_default().to_vec();
        tail.end += (offset + len).saturating_sub(*next);
        *next = offset + len;
        tail.kept += fresh.len();
        tail.pieces.push_back((tail.end, Piece { stream, at, bytes: fresh }));
        while tail.kept > KEPT {
            let Some((_, old)) = tail.pieces.pop_front() else { break };
            tail.kept -= old.bytes.len();
        }
    }

    /// Returns whether anything is kept of the attempt.
    #[must_use]
    pub fn knows(&self, run: &str, number: u32) -> bool {
        self.lock().contains_key(&(run.to_owned(), number))
    }

    /// Returns what came after the mark `after`.
    #[must_use]
    pub fn read(&self, run: &str, number: u32, after: u64) -> Output {
        let tails = self.lock();
        let mut output = Output { run: run.to_owned(), number, skipped: 0, pieces: Vec::new(), upto: after };
        let Some(tail) = tails.get(&(run.to_owned(), number)) else { return output };
        let pieces = tail.pieces.iter().filter(|(end, _)| *end > after);
        output.pieces = pieces.map(|(_, piece)| piece.clone()).collect();
        let got: u64 = output.pieces.iter().map(|p| p.bytes.len() as u64).sum();
        output.skipped = tail.end.saturating_sub(after).saturating_sub(got);
        output.upto = tail.end.max(after);
        output
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, u32), Tail>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
