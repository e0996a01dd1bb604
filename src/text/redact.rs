//! Takes secrets out of text: every place where one stands, as it is or encoded, is replaced by a mark.
//!
//! Found are the value itself, also with a terminal's line ends; base64 at every alignment, standard and URL-safe, padded
//! or not, wrapped or not; percent-encoding in upper and lower hex; JSON strings; what shells print for `printf %q`,
//! `'…'\''…'`, `"…"` and `$'…'`. Instead of looking for each of these forms, the stream is *read* as each family of
//! encodings (`view`) and one automaton looks for the values in what it means: an encoder that escapes more or less than
//! another one makes no difference.
//!
//! Invariant: what comes out is a function of the whole stream, not of the pieces that it came in, and takes time linear
//! in it. At most as many bytes are held back as the longest encoding of a secret that has begun.
//!
//! Not found: a part of a secret, one that is encoded twice or in another way (hex, compressed), or with terminal
//! sequences in the middle. Places where secrets overlap get one mark, that of the secret that begins first.
//! May import nothing of the crate.

mod automaton;
mod escapes;
mod view;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

use automaton::{Automaton, ROOT};
use escapes::Escapes;
use view::{Reader, View};

/// Fewest characters of a secret: anything shorter would be found by chance all over the output.
pub const SHORTEST: usize = 8;

/// Knows the secrets of a run. Cheap to clone.
#[derive(Clone)]
pub struct Redactor(Arc<Secrets>);

struct Secrets {
    automaton: Automaton,
    marks: Vec<String>,
    /// Whether one holds a line end, a space, a single quote: then there are more ways to write it.
    lines: bool,
    spaces: bool,
    quotes: bool,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redactor").field(&self.0.marks).finish()
    }
}

/// Returns the mark that stands for the secret `name`.
#[must_use]
pub fn mark(name: &str) -> String {
    format!("[secret {}]", super::sanitize(name))
}

impl Redactor {
    /// Returns a redactor of these secrets, given by name and value. White space around a value counts only where too
    /// little is left without it, because shells drop the last line end of what a command prints.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut marks, mut values) = (Vec::new(), Vec::new());
        for (name, value) in secrets {
            let bare = value.trim();
            values.push(if bare.chars().count() < SHORTEST { value } else { bare });
            marks.push(mark(name));
        }
        let any = |c: char| values.iter().any(|value| value.contains(c));
        Self(Arc::new(Secrets {
            lines: any('\n'),
            spaces: any(' '),
            quotes: any('\''),
            automaton: Automaton::new(values.iter().map(|value| value.as_bytes())),
            marks,
        }))
    }

    /// Returns whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.marks.is_empty()
    }

    /// Returns what redacts one stream.
    #[must_use]
    pub fn stream(&self) -> RedactStream {
        let mut views = vec![
            View::Plain,
            View::Percent { plus: false, open: None },
            View::Escapes(Escapes::default()),
            View::base64(0),
            View::base64(1),
            View::base64(2),
            View::base64(3),
        ];
        if self.0.lines {
            views.push(View::Lines(None));
        }
        if self.0.spaces {
            views.push(View::Percent { plus: true, open: None });
        }
        if self.0.quotes {
            views.push(View::Quotes { from: 0, seen: Vec::new() });
        }
        if self.is_empty() {
            views.clear();
        }
        let eyes = views.into_iter().map(|view| (view, Progress::default())).collect();
        RedactStream {
            secrets: self.0.clone(),
            eyes,
            found: BinaryHeap::new(),
            held: VecDeque::new(),
            base: 0,
            covered: 0,
        }
    }

    /// Returns `text` without the secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut stream = self.stream();
        let mut out = Vec::with_capacity(text.len());
        stream.push(text.as_bytes(), &mut out);
        stream.finish(&mut out);
        // Secrets and marks are whole characters.
        String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
    }
}

/// Where a secret stands. Ordered by where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: u64,
    secret: u32,
    to: u64,
}

/// How far one view has come.
#[derive(Default)]
struct Progress {
    state: u32,
    /// Where the decoded bytes begin that the state stands for.
    starts: VecDeque<u64>,
    /// The last place found, while others may join it.
    last: Option<Span>,
}

/// One view while it reads.
struct Eye<'a> {
    automaton: &'a Automaton,
    progress: &'a mut Progress,
    found: &'a mut BinaryHeap<Reverse<Span>>,
}

impl Reader for Eye<'_> {
    #[inline]
    fn byte(&mut self, byte: u8, from: u64, to: u64) {
        let progress = &mut *self.progress;
        let before = progress.state;
        progress.state = self.automaton.step(before, byte);
        if progress.state == ROOT {
            // Nearly every byte of nearly every stream ends here.
            if before != ROOT {
                progress.starts.clear();
            }
            return;
        }
        progress.starts.push_back(from);
        while progress.starts.len() > self.automaton.depth(progress.state) {
            progress.starts.pop_front();
        }
        let Some((length, secret)) = self.automaton.ends(progress.state) else { return };
        let Some(from) = progress.starts.len().checked_sub(length).and_then(|at| progress.starts.get(at))
        else {
            return;
        };
        let span = Span { from: *from, secret, to };
        match &mut progress.last {
            // They become one place anyway; joined here, a run of them takes no room.
            Some(last) if span.from < last.to => {
                let first = span.min(*last);
                *last = Span { to: to.max(last.to), ..first };
            }
            last => {
                if let Some(before) = last.replace(span) {
                    self.found.push(Reverse(before));
                }
            }
        }
    }

    fn cut(&mut self) {
        if self.progress.state != ROOT {
            self.progress.state = ROOT;
            self.progress.starts.clear();
        }
    }
}

/// Redacts one stream of bytes. See the module.
pub struct RedactStream {
    secrets: Arc<Secrets>,
    eyes: Vec<(View, Progress)>,
    /// Places that are not written out yet.
    found: BinaryHeap<Reverse<Span>>,
    /// Bytes that are not written out yet, and where they begin.
    held: VecDeque<u8>,
    base: u64,
    /// What stands before this is replaced already.
    covered: u64,
}

impl RedactStream {
    /// Takes the next bytes and appends to `out` what is certain.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let start = self.base + self.held.len() as u64;
        self.held.extend(bytes);
        for (view, progress) in &mut self.eyes {
            let automaton = &self.secrets.automaton;
            view.push(bytes, start, &mut Eye { automaton, progress, found: &mut self.found });
        }
        let open = |(view, progress): &(View, Progress)| {
            let begun = progress.starts.front().copied();
            begun.into_iter().chain(view.open(&self.secrets.automaton)).min()
        };
        let certain = self.eyes.iter().filter_map(open).min().unwrap_or(start + bytes.len() as u64);
        self.release(certain, out);
    }

    /// Appends the rest; the stream is over.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        for (view, progress) in &mut self.eyes {
            let automaton = &self.secrets.automaton;
            view.finish(&mut Eye { automaton, progress, found: &mut self.found });
        }
        self.release(self.base + self.held.len() as u64, out);
    }

    /// Writes out what stands before `certain`: no place that is still to be found begins there.
    fn release(&mut self, certain: u64, out: &mut Vec<u8>) {
        for (_, progress) in &mut self.eyes {
            self.found.extend(progress.last.take().map(Reverse));
        }
        while let Some(Reverse(span)) = self.found.peek().copied()
            && span.from < certain
        {
            self.found.pop();
            if span.from >= self.covered {
                self.write(span.from, out);
                let mark = self.secrets.marks.get(span.secret as usize);
                out.extend_from_slice(mark.map_or("", String::as_str).as_bytes());
            }
            self.covered = self.covered.max(span.to);
        }
        self.write(certain, out);
    }

    /// Writes out what stands before `to` and is not replaced.
    fn write(&mut self, to: u64, out: &mut Vec<u8>) {
        let count = |to: u64, base: u64, held: usize| {
            usize::try_from(to.saturating_sub(base)).unwrap_or(usize::MAX).min(held)
        };
        let hidden = count(self.covered.min(to), self.base, self.held.len());
        self.held.drain(..hidden);
        self.base += hidden as u64;
        let shown = count(to, self.base, self.held.len());
        out.extend(self.held.drain(..shown));
        self.base += shown as u64;
    }
}

impl Drop for RedactStream {
    fn drop(&mut self) {
        let (first, second) = self.held.as_mut_slices();
        first.fill(0);
        second.fill(0);
        // Memory that is given back holds no secret; the compiler may not leave the lines above out.
        black_box(&self.held);
    }
}
