//! The output of one attempt as the screen keeps it: a bounded tail of styled lines. Read, never authoritative.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Stamp;
use crate::run::fact::Stream;
use crate::text::lines::LineReader;
use crate::text::style::Line;
use crate::tui::msg::Output;

/// Lines kept at most.
pub const LINES: usize = 2_000;
/// Bytes of text kept at most.
pub const BYTES: usize = 512 * 1024;

/// One line of output with what stands in its gutter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// When its first byte came.
    pub at: Stamp,
    /// Which stream it came on.
    pub stream: Stream,
    /// The text and its looks.
    pub line: Line,
}

/// A window on the output of one attempt.
#[derive(Debug, Default)]
pub struct Window {
    rows: VecDeque<Row>,
    bytes: usize,
    gone: u64,
    skipped: u64,
    readers: [Reader; 2],
    upto: u64,
    reading: Reading,
    last_at: Option<Stamp>,
    longest_silence: Duration,
}

/// How far reading has come.
#[derive(Debug, Default)]
struct Reading {
    /// Whether a read was ever asked for.
    begun: bool,
    /// Whether one is under way.
    asked: bool,
    /// Whether another one is wanted after it.
    wanted: bool,
}

#[derive(Debug, Default)]
struct Reader {
    lines: LineReader,
    begun: Option<Stamp>,
}

impl Window {
    /// Returns the mark after the last byte that was read.
    #[must_use]
    pub const fn upto(&self) -> u64 {
        self.upto
    }

    /// Returns when the newest byte came.
    #[must_use]
    pub const fn last_at(&self) -> Option<Stamp> {
        self.last_at
    }

    /// Returns the longest time without a byte so far, between two bytes.
    #[must_use]
    pub const fn longest_silence(&self) -> Duration {
        self.longest_silence
    }

    /// Returns how many lines came in all, the unfinished ones counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.gone + u64::try_from(self.rows.len() + self.unfinished().count()).unwrap_or(u64::MAX)
    }

    /// Returns the number of lines that came and are not kept here.
    #[must_use]
    pub const fn gone(&self) -> u64 {
        self.gone
    }

    /// Returns the bytes that were never read because too many came at once.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Returns the lines from the one numbered `from`, counted from 0 over all that came.
    pub fn rows(&self, from: u64) -> impl Iterator<Item = Row> + '_ {
        let skip = usize::try_from(from.saturating_sub(self.gone)).unwrap_or(usize::MAX);
        self.rows.iter().cloned().chain(self.unfinished()).skip(skip)
    }

    fn unfinished(&self) -> impl Iterator<Item = Row> + '_ {
        self.readers.iter().zip([Stream::Stdout, Stream::Stderr]).filter_map(|(reader, stream)| {
            let line = reader.lines.partial()?;
            Some(Row { at: reader.begun?, stream, line })
        })
    }

    /// Notes that more came at `at`, and returns whether it should be read now.
    pub fn grew(&mut self, at: Stamp) -> bool {
        if let Some(last) = self.last_at {
            self.longest_silence = self.longest_silence.max(Duration::from_nanos(at.since_ns(&last)));
        }
        self.last_at = Some(at);
        self.reading.wanted = true;
        self.ask()
    }

    /// Returns whether a read should be asked for: something is wanted and none is under way.
    pub fn ask(&mut self) -> bool {
        let ask = self.reading.wanted && !self.reading.asked;
        if ask {
            self.reading = Reading { begun: true, asked: true, wanted: false };
        }
        ask
    }

    /// Wants one more read: the attempt has ended and the newest note may have been dropped.
    pub const fn more(&mut self) {
        self.reading.wanted = true;
    }

    /// Wants a first read, of an attempt that ran before this session.
    pub const fn want(&mut self) {
        self.reading.wanted |= !self.reading.begun;
    }

    /// Takes what was read.
    pub fn take(&mut self, output: &Output) {
        self.reading.asked = false;
        if output.upto < self.upto {
            return;
        }
        self.upto = output.upto;
        self.skipped = self.skipped.saturating_add(output.skipped);
        for piece in &output.pieces {
            let index = usize::from(piece.stream == Stream::Stderr);
            let Some(reader) = self.readers.get_mut(index) else { continue };
            let mut begun = *reader.begun.get_or_insert(piece.at);
            for line in reader.lines.feed(&piece.bytes) {
                self.bytes += line.spans.iter().map(|s| s.text.len()).sum::<usize>();
                self.rows.push_back(Row { at: begun, stream: piece.stream, line });
                begun = piece.at;
            }
            reader.begun = reader.lines.partial().map(|_| begun);
            self.last_at = self.last_at.max(Some(piece.at));
            self.trim();
        }
    }

    fn trim(&mut self) {
        while self.rows.len() > LINES || self.bytes > BYTES {
            let Some(row) = self.rows.pop_front() else { return };
            self.bytes -= row.line.spans.iter().map(|s| s.text.len()).sum::<usize>();
            self.gone += 1;
        }
    }
}
