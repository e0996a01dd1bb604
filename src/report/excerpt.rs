//! The beginning and the end of an output, gathered within a bound whatever its length.

/// The beginning and the end of an output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Excerpt {
    /// Its first bytes.
    pub head: Vec<u8>,
    /// Its last bytes, none of them in `head`; empty when `head` is all.
    pub tail: Vec<u8>,
    /// Bytes between the two that are left out here.
    pub left_out: u64,
}

/// Gathers an [`Excerpt`] from pieces, in any sizes, in the order of their offsets. Never holds more than twice the
/// bound, nor copies the middle of a long output.
#[derive(Debug, Clone)]
pub struct Gather {
    head: usize,
    tail: usize,
    excerpt: Excerpt,
    /// The offset after the newest byte.
    end: u64,
}

impl Gather {
    /// Returns one that keeps at most `head` bytes from the start and `tail` from the end.
    #[must_use]
    pub fn new(head: usize, tail: usize) -> Self {
        Self { head, tail, excerpt: Excerpt::default(), end: 0 }
    }

    /// Returns whether a piece of `len` bytes at `offset` can be seen in the excerpt of an output that ends at `end`; the
    /// others need not be pushed. The last one can: it tells how long the output is.
    #[must_use]
    pub fn shows(&self, offset: u64, len: u64, end: u64) -> bool {
        offset < self.head as u64 || offset.saturating_add(len) >= end.saturating_sub(self.tail as u64)
    }

    /// Takes the piece `bytes` that begins at `offset`. Bytes that were never stored, between the piece before and
    /// this one, count as left out.
    pub fn push(&mut self, offset: u64, bytes: &[u8]) {
        if offset > self.end {
            // After a gap nothing can join the head any more.
            self.head = self.excerpt.head.len();
            self.excerpt.left_out += offset - self.end + self.excerpt.tail.len() as u64;
            self.excerpt.tail.clear();
        }
        let room = self.head.saturating_sub(self.excerpt.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.excerpt.head.extend_from_slice(first);
        let tail = &mut self.excerpt.tail;
        let fresh = rest.get(rest.len().saturating_sub(self.tail)..).unwrap_or_default();
        self.excerpt.left_out += (rest.len() - fresh.len()) as u64;
        tail.extend_from_slice(fresh);
        let over = tail.len().saturating_sub(self.tail);
        tail.drain(..over);
        self.excerpt.left_out += over as u64;
        self.end = offset.max(self.end).saturating_add(bytes.len() as u64);
    }

    /// Returns what was gathered.
    #[must_use]
    pub fn finish(mut self) -> Excerpt {
        if self.excerpt.left_out == 0 {
            let tail = std::mem::take(&mut self.excerpt.tail);
            self.excerpt.head.extend(tail);
        }
        self.excerpt
    }
}
