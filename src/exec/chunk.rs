//! Cuts output into chunks and keeps what the rules keep. Pure: time is passed in.
//!
//! Invariant: for each stream `head + dropped + tail == bytes`, and the chunks handed out are exactly head and tail.

use std::collections::VecDeque;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::event::StreamSummary;
use super::output::{Chunk, ChunkRules, Stream};

/// State of one stream.
#[derive(Debug, Default)]
struct One {
    total: u64,
    head: u64,
    pending: Vec<u8>,
    oldest: Option<Duration>,
    tail: VecDeque<u8>,
    hash: Sha256,
}

/// The cutter for both streams of one step. Times are durations since any fixed moment.
#[derive(Debug)]
pub struct Chunker {
    rules: ChunkRules,
    have: [u64; 2],
    used: u64,
    streams: [One; 2],
}

impl Chunker {
    /// Returns a cutter. Of each stream the first `have` bytes are counted and hashed but not handed out: they are
    /// recorded already.
    #[must_use]
    pub fn new(rules: ChunkRules, have: [u64; 2]) -> Self {
        Self { rules, have, used: 0, streams: [One::default(), One::default()] }
    }

    /// Returns the bytes of `stream` so far.
    #[must_use]
    pub fn total(&self, stream: Stream) -> u64 {
        let [out, err] = &self.streams;
        if stream == Stream::Stdout { out.total } else { err.total }
    }

    /// Takes the next bytes of `stream`; chunks that became complete go to `out`.
    pub fn push(&mut self, stream: Stream, bytes: &[u8], now: Duration, out: &mut Vec<Chunk>) {
        let [stdout, stderr] = &mut self.streams;
        let one = if stream == Stream::Stdout { stdout } else { stderr };
        one.hash.update(bytes);
        one.total += bytes.len() as u64;
        // Once past the cap a stream stays there, or the head would get a hole.
        let room = if one.head + bytes.len() as u64 == one.total {
            self.rules.cap.saturating_sub(self.used)
        } else {
            0
        };
        let keep = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let (mut head, rest) = bytes.split_at(keep);
        self.used += keep as u64;
        while !head.is_empty() {
            let fill = self.rules.bytes.max(1).saturating_sub(one.pending.len()).min(head.len());
            let (part, after) = head.split_at(fill);
            one.pending.extend_from_slice(part);
            one.head += part.len() as u64;
            one.oldest.get_or_insert(now);
            head = after;
            if one.pending.len() >= self.rules.bytes {
                cut(one, stream, self.have, out);
            }
        }
        keep_tail(&mut one.tail, rest, self.rules.tail);
    }

    /// Returns when the oldest waiting byte is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.streams.iter().filter_map(|one| one.oldest).min().map(|oldest| oldest + self.rules.age)
    }

    /// Hands out what has waited long enough.
    pub fn due(&mut self, now: Duration, out: &mut Vec<Chunk>) {
        for (one, stream) in self.streams.iter_mut().zip([Stream::Stdout, Stream::Stderr]) {
            if one.oldest.is_some_and(|oldest| oldest + self.rules.age <= now) {
                cut(one, stream, self.have, out);
            }
        }
    }

    /// Hands out the rest, tails last, and returns the summaries of standard output and standard error.
    #[must_use]
    pub fn finish(mut self, out: &mut Vec<Chunk>) -> [StreamSummary; 2] {
        for (one, stream) in self.streams.iter_mut().zip([Stream::Stdout, Stream::Stderr]) {
            cut(one, stream, self.have, out);
        }
        let both = [Stream::Stdout, Stream::Stderr];
        for (one, stream) in self.streams.iter().zip(both) {
            let start = one.total - one.tail.len() as u64;
            let tail: Vec<u8> = one.tail.iter().copied().collect();
            let mut offset = start;
            for part in tail.chunks(self.rules.bytes.max(1)) {
                out.push(Chunk { stream, offset, bytes: part.to_vec(), tail: true });
                offset += part.len() as u64;
            }
        }
        self.streams.map(|one| {
            let tail = one.tail.len() as u64;
            StreamSummary {
                bytes: one.total,
                sha256: hex(&one.hash.finalize()),
                head: one.head,
                tail,
                dropped: one.total - one.head - tail,
            }
        })
    }
}

fn cut(one: &mut One, stream: Stream, have: [u64; 2], out: &mut Vec<Chunk>) {
    one.oldest = None;
    let bytes = std::mem::take(&mut one.pending);
    let [have_out, have_err] = have;
    let have = if stream == Stream::Stdout { have_out } else { have_err };
    let offset = one.head - bytes.len() as u64;
    let skip = usize::try_from(have.saturating_sub(offset)).unwrap_or(usize::MAX).min(bytes.len());
    let rest = bytes.get(skip..).unwrap_or_default();
    if !rest.is_empty() {
        out.push(Chunk { stream, offset: offset + skip as u64, bytes: rest.to_vec(), tail: false });
    }
}

fn keep_tail(tail: &mut VecDeque<u8>, bytes: &[u8], most: usize) {
    let bytes = bytes.get(bytes.len().saturating_sub(most)..).unwrap_or_default();
    let surplus = (tail.len() + bytes.len()).saturating_sub(most);
    tail.drain(..surplus.min(tail.len()));
    tail.extend(bytes);
}

/// Returns `bytes` as lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: ChunkRules = ChunkRules { bytes: 4, age: Duration::from_secs(1), cap: 10, tail: 3 };
    const START: Duration = Duration::ZERO;

    fn text(chunks: &[Chunk]) -> Vec<(Stream, u64, String, bool)> {
        let text = |chunk: &Chunk| String::from_utf8_lossy(&chunk.bytes).into_owned();
        chunks.iter().map(|chunk| (chunk.stream, chunk.offset, text(chunk), chunk.tail)).collect()
    }

    #[test]
    fn chunks_are_cut_at_their_size() {
        let mut chunker = Chunker::new(RULES, [0, 0]);
        let mut out = Vec::new();
        chunker.push(Stream::Stdout, b"abcdefghi", START, &mut out);
        let expected =
            [(Stream::Stdout, 0, "abcd".to_owned(), false), (Stream::Stdout, 4, "efgh".to_owned(), false)];
        assert_eq!(text(&out), expected);
        out.clear();
        let [stdout, stderr] = chunker.finish(&mut out);
        assert_eq!(text(&out), [(Stream::Stdout, 8, "i".to_owned(), false)]);
        assert_eq!((stdout.bytes, stdout.head, stdout.tail, stdout.dropped), (9, 9, 0, 0));
        assert_eq!(stdout.sha256, "19cc02f26df43cc571bc9ed7b0c4d29224a3ec229529221725ef76d021c8326f");
        assert_eq!(stderr.bytes, 0);
    }

    #[test]
    fn a_byte_waits_no_longer_than_its_age() {
        let mut chunker = Chunker::new(RULES, [0, 0]);
        let mut out = Vec::new();
        assert_eq!(chunker.deadline(), None);
        chunker.push(Stream::Stdout, b"a", START + Duration::from_millis(300), &mut out);
        chunker.push(Stream::Stderr, b"b", START + Duration::from_millis(100), &mut out);
        chunker.push(Stream::Stderr, b"c", START + Duration::from_millis(900), &mut out);
        assert_eq!(chunker.deadline(), Some(Duration::from_millis(1100)));
        chunker.due(Duration::from_millis(1099), &mut out);
        assert!(out.is_empty());
        chunker.due(Duration::from_millis(1100), &mut out);
        assert_eq!(text(&out), [(Stream::Stderr, 0, "bc".to_owned(), false)]);
        assert_eq!(chunker.deadline(), Some(Duration::from_millis(1300)));
    }

    #[test]
    fn past_the_cap_head_and_tail_are_kept_and_all_is_counted() {
        let mut chunker = Chunker::new(RULES, [0, 0]);
        let mut out = Vec::new();
        chunker.push(Stream::Stderr, b"12", START, &mut out);
        for byte in b'a'..=b'z' {
            chunker.push(Stream::Stdout, &[byte], START, &mut out);
        }
        // The cap is the step's: what comes on the other stream later is past it, too.
        chunker.push(Stream::Stderr, b"34567", START, &mut out);
        let [stdout, stderr] = chunker.finish(&mut out);
        assert_eq!((stdout.bytes, stdout.head, stdout.dropped, stdout.tail), (26, 8, 15, 3));
        assert_eq!((stderr.bytes, stderr.head, stderr.dropped, stderr.tail), (7, 2, 2, 3));
        let tails: Vec<_> = text(&out).into_iter().filter(|chunk| chunk.3).collect();
        let expected =
            [(Stream::Stdout, 23, "xyz".to_owned(), true), (Stream::Stderr, 4, "567".to_owned(), true)];
        assert_eq!(tails, expected);
        assert_eq!(stdout.sha256, hex(&Sha256::digest(b"abcdefghijklmnopqrstuvwxyz")));
    }

    #[test]
    fn what_is_recorded_already_is_counted_and_not_handed_out() {
        let mut chunker = Chunker::new(RULES, [6, 0]);
        let mut out = Vec::new();
        chunker.push(Stream::Stdout, b"abcdefghi", START, &mut out);
        let [stdout, _] = chunker.finish(&mut out);
        let expected =
            [(Stream::Stdout, 6, "gh".to_owned(), false), (Stream::Stdout, 8, "i".to_owned(), false)];
        assert_eq!(text(&out), expected);
        assert_eq!((stdout.bytes, stdout.head), (9, 9));
    }

    #[test]
    fn any_cuts_give_the_same_head_tail_and_sum() {
        let all: Vec<u8> = (0..200_u8).collect();
        for size in 1..60 {
            let mut chunker = Chunker::new(RULES, [0, 0]);
            let mut out = Vec::new();
            for part in all.chunks(size) {
                chunker.push(Stream::Stdout, part, START, &mut out);
            }
            let [stdout, _] = chunker.finish(&mut out);
            assert_eq!((stdout.head, stdout.dropped, stdout.tail), (10, 187, 3));
            let bytes: Vec<u8> = out.into_iter().flat_map(|chunk| chunk.bytes).collect();
            assert_eq!(bytes, [&all[..10], &all[197..]].concat(), "parts of {size}");
        }
    }
}
