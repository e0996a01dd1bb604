//! Folds the parser's flat events into the tree, with a stack of its own; pure.

use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::inline::Collector;
use super::{Alert, Block, Code, Item, Kind, Refused, Table};
use crate::runbook::{MAX_BLOCKS, MAX_MARKS, MAX_NESTING};

/// Returns the blocks of `text` from byte `base` on; ranges count from the beginning of `text`.
///
/// # Errors
/// When lists and quotes are nested deeper than allowed, or there are more marks or blocks than allowed.
pub fn build(text: &str, base: usize) -> Result<Vec<Block>, Refused> {
    let options = Options::ENABLE_TASKLISTS
        | Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM;
    let body = text.get(base..).unwrap_or_default();
    if let Some(at) = beyond(body) {
        return Err(Refused::Marks(base + at..base + at));
    }
    let mut builder =
        Builder { text, stack: vec![Open::new(Frame::Root, 0..text.len())], leaf: None, blocks: 0 };
    for (event, bytes) in Parser::new_ext(body, options).into_offset_iter() {
        let bytes = base + bytes.start..base + bytes.end;
        builder.take(&event, bytes.clone())?;
        if builder.blocks > MAX_BLOCKS {
            return Err(Refused::Blocks(bytes));
        }
    }
    builder.close_leaf();
    Ok(builder.stack.into_iter().next().map(|open| open.blocks).unwrap_or_default())
}

/// Returns the byte at which `text` has more lines and marks than allowed.
///
/// Every one of them costs the parser about a node; what begins a list item is a mark too.
fn beyond(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let spaced = |at: usize| bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
    let numbered = |at: usize| at.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let mut marks = 0;
    bytes.iter().enumerate().position(|(at, byte)| {
        marks += match byte {
            b'\n' | b'\r' => 2,
            b'*' | b'_' | b'~' | b'`' | b'[' | b']' | b'<' | b'>' | b'&' | b'\\' | b'!' | b'|' => 1,
            b'-' | b'+' if spaced(at) => 2,
            b'.' | b')' if spaced(at) && numbered(at) => 2,
            _ => 0,
        };
        marks > MAX_MARKS
    })
}

/// A container that is open.
struct Open {
    frame: Frame,
    bytes: Range<usize>,
    blocks: Vec<Block>,
    items: Vec<Item>,
}

impl Open {
    fn new(frame: Frame, bytes: Range<usize>) -> Self {
        Self { frame, bytes, blocks: Vec::new(), items: Vec::new() }
    }
}

enum Frame {
    Root,
    Quote(Option<Alert>),
    List { start: Option<u64> },
    Item { task: bool },
}

/// A block without blocks inside that is open.
enum Leaf {
    Heading(u8, Collector, Range<usize>),
    /// The flag says that no tag opened it: the bare text of a tight item.
    Paragraph(Collector, Range<usize>, bool),
    Code(Option<Range<usize>>, String, Range<usize>),
    Html(String, Range<usize>),
    Table(Table, Collector, Range<usize>),
}

struct Builder<'a> {
    text: &'a str,
    stack: Vec<Open>,
    leaf: Option<Leaf>,
    /// Blocks, items and rows so far.
    blocks: usize,
}

impl Builder<'_> {
    fn take(&mut self, event: &Event<'_>, bytes: Range<usize>) -> Result<(), Refused> {
        match event {
            Event::Start(tag) => return self.start(tag, event, bytes),
            Event::End(end) => self.end(*end, event, bytes),
            Event::TaskListMarker(_) => self.mark_task(),
            Event::Rule => {
                self.close_bare();
                self.push(Kind::Rule, bytes);
            }
            Event::Html(html) => match &mut self.leaf {
                Some(Leaf::Html(text, _)) => text.push_str(html),
                _ => self.push(Kind::Html(html.to_string()), bytes),
            },
            _ => self.inline(event, bytes),
        }
        Ok(())
    }

    fn start(&mut self, tag: &Tag<'_>, event: &Event<'_>, bytes: Range<usize>) -> Result<(), Refused> {
        match tag {
            Tag::BlockQuote(kind) => return self.open(Frame::Quote(kind.map(alert)), bytes),
            Tag::List(start) => return self.open(Frame::List { start: *start }, bytes),
            Tag::Item => return self.open(Frame::Item { task: false }, bytes),
            Tag::Heading { level, .. } => {
                self.begin(Leaf::Heading(depth(*level), Collector::default(), bytes))
            }
            Tag::Paragraph => self.begin(Leaf::Paragraph(Collector::default(), bytes, false)),
            Tag::CodeBlock(kind) => {
                let info = matches!(kind, CodeBlockKind::Fenced(_)).then(|| self.info(&bytes));
                self.begin(Leaf::Code(info, String::new(), bytes));
            }
            Tag::HtmlBlock => self.begin(Leaf::Html(String::new(), bytes)),
            Tag::Table(_) => {
                self.begin(Leaf::Table(Table::default(), Collector::default(), bytes));
            }
            Tag::TableHead | Tag::TableRow => {
                self.blocks += 1;
                if let Some(Leaf::Table(table, ..)) = &mut self.leaf {
                    table.rows.push(Vec::new());
                }
            }
            Tag::TableCell => {}
            _ => self.inline(event, bytes),
        }
        Ok(())
    }

    fn end(&mut self, end: TagEnd, event: &Event<'_>, bytes: Range<usize>) {
        match end {
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => self.close(),
            TagEnd::Heading(_)
            | TagEnd::Paragraph
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::Table => {
                self.close_leaf();
            }
            TagEnd::TableCell => {
                if let Some(Leaf::Table(table, cell, _)) = &mut self.leaf {
                    let mut cell = std::mem::take(cell).done();
                    table.comments.append(&mut cell.comments);
                    if let Some(row) = table.rows.last_mut().filter(|_| !cell.text.is_empty()) {
                        row.push(cell.text);
                    }
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {}
            _ => self.inline(event, bytes),
        }
    }

    fn inline(&mut self, event: &Event<'_>, bytes: Range<usize>) {
        if self.leaf.is_none() {
            self.leaf = Some(Leaf::Paragraph(Collector::default(), bytes.clone(), true));
        }
        match &mut self.leaf {
            Some(Leaf::Heading(_, inline, _)) => inline.take(event, bytes),
            Some(Leaf::Paragraph(inline, range, bare)) => {
                if *bare {
                    range.end = range.end.max(bytes.end);
                }
                inline.take(event, bytes);
            }
            Some(Leaf::Table(_, cell, _)) => cell.take(event, bytes),
            Some(Leaf::Code(_, text, _) | Leaf::Html(text, _)) => {
                if let Event::Text(more) = event {
                    text.push_str(more);
                }
            }
            None => {}
        }
    }

    fn mark_task(&mut self) {
        if let Some(Open { frame: Frame::Item { task }, .. }) = self.stack.last_mut() {
            *task = true;
        }
    }

    /// Opens a container; lists count through their items.
    fn open(&mut self, frame: Frame, bytes: Range<usize>) -> Result<(), Refused> {
        self.close_bare();
        let deep =
            self.stack.iter().filter(|o| matches!(o.frame, Frame::Quote(_) | Frame::Item { .. })).count();
        if deep >= MAX_NESTING {
            return Err(Refused::Nesting(bytes));
        }
        self.stack.push(Open::new(frame, bytes));
        Ok(())
    }

    fn close(&mut self) {
        self.close_bare();
        // The root stays; the parser's tags are balanced.
        if self.stack.len() < 2 {
            return;
        }
        let Some(Open { frame, bytes, mut blocks, items }) = self.stack.pop() else { return };
        // Most items hold one block, and there may be very many of them.
        blocks.shrink_to_fit();
        match frame {
            Frame::Root => {}
            Frame::Quote(alert) => self.push(Kind::Quote(alert, blocks), bytes),
            Frame::List { start } => self.push(Kind::List { start, items }, bytes),
            Frame::Item { task } => {
                self.blocks += 1;
                if let Some(open) = self.stack.last_mut() {
                    open.items.push(Item { bytes, task, blocks });
                }
            }
        }
    }

    fn begin(&mut self, leaf: Leaf) {
        self.close_bare();
        self.leaf = Some(leaf);
    }

    fn close_bare(&mut self) {
        if matches!(self.leaf, Some(Leaf::Paragraph(_, _, true))) {
            self.close_leaf();
        }
    }

    fn close_leaf(&mut self) {
        match self.leaf.take() {
            Some(Leaf::Heading(level, inline, bytes)) => {
                self.push(Kind::Heading(level, inline.done()), bytes)
            }
            Some(Leaf::Paragraph(inline, bytes, _)) => self.push(Kind::Paragraph(inline.done()), bytes),
            Some(Leaf::Code(info, text, bytes)) => {
                let closed = info.is_none() || self.is_closed(&bytes);
                self.push(Kind::Code(Code { info, text, closed }), bytes);
            }
            Some(Leaf::Html(html, bytes)) => self.push(Kind::Html(html), bytes),
            Some(Leaf::Table(table, _, bytes)) => self.push(Kind::Table(table), bytes),
            None => {}
        }
    }

    fn push(&mut self, kind: Kind, bytes: Range<usize>) {
        self.blocks += 1;
        if let Some(open) = self.stack.last_mut() {
            open.blocks.push(Block { kind, bytes });
        }
    }

    /// The info string as it stands in the file: the parser's own has its backslashes resolved, which would change
    /// every pattern.
    fn info(&self, bytes: &Range<usize>) -> Range<usize> {
        let raw = self.text.get(bytes.clone()).unwrap_or_default();
        let line = raw.split(['\n', '\r']).next().unwrap_or_default();
        let fence = line.len() - line.trim_start_matches(line.chars().next().unwrap_or('`')).len();
        let info = line.get(fence..).unwrap_or_default();
        let start = bytes.start + fence + (info.len() - info.trim_start().len());
        start..start + info.trim().len()
    }

    fn is_closed(&self, bytes: &Range<usize>) -> bool {
        let raw = self.text.get(bytes.clone()).unwrap_or_default().trim_end();
        let Some(mark) = raw.chars().next() else { return false };
        let opening = raw.len() - raw.trim_start_matches(mark).len();
        let Some((_, last)) = raw.rsplit_once(['\n', '\r']) else { return false };
        let last = last.trim_start_matches([' ', '\t', '>']);
        last.len() >= opening && last.chars().all(|c| c == mark)
    }
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

fn alert(kind: BlockQuoteKind) -> Alert {
    match kind {
        BlockQuoteKind::Note => Alert::Note,
        BlockQuoteKind::Tip => Alert::Tip,
        BlockQuoteKind::Important => Alert::Important,
        BlockQuoteKind::Warning => Alert::Warning,
        BlockQuoteKind::Caution => Alert::Caution,
    }
}
