//! The walk through blocks that are no phase headings: lists, quotes, prose, folded sections.

use std::ops::Range;
use std::rc::Rc;

use super::code::lead;
use super::phases::Derive;
use super::{Scope, Walker, hints, phases, prose};
use crate::runbook::markdown::{Alert, Block, Inline, Item, Kind};
use crate::runbook::shell::language::{Language, language};

/// Blocks of code in a row that may go on with the item above them.
const FEW: usize = 4;

impl Walker<'_, '_, '_> {
    /// Walks the block at `at` among its siblings.
    pub fn block(&mut self, siblings: &[Block], at: usize, scope: &Scope) {
        let Some(block) = siblings.get(at) else { return };
        match &block.kind {
            Kind::Heading(_, inline) | Kind::Paragraph(inline) => {
                self.stray(&inline.comments);
                self.caution |= scope.owner.is_none() && hints::caution(&inline.text);
                self.say_text(scope, &inline.text);
            }
            Kind::Code(code) => {
                let continued = self.continued(siblings, at);
                self.code(
                    code,
                    &block.bytes,
                    siblings.get(at.wrapping_sub(1)),
                    continued.as_ref().unwrap_or(scope),
                );
                // What looked like a field announced the block.
                let owner = continued.and_then(|scope| self.draft.boxes.get_mut(scope.owner?));
                if let Some(owner) = owner.filter(|owner| owner.hints.value == hints::asked(&owner.text)) {
                    owner.hints.value = None;
                }
            }
            Kind::Html(html) => {
                let comments = comments(self.text, &block.bytes);
                self.stray(&comments);
                self.html(html, &block.bytes, scope);
            }
            Kind::Quote(alert, blocks) => {
                let lead = lead(at.checked_sub(1).and_then(|above| siblings.get(above))).map(Rc::from);
                self.quote(*alert, blocks, &Scope { lead, ..scope.clone() });
            }
            Kind::Table(table) => {
                self.stray(&table.comments);
                for line in prose::table(table) {
                    self.say(scope.owner, line);
                }
            }
            Kind::List { start, items } => {
                self.list(start.is_some(), items, siblings.get(..at).unwrap_or_default(), scope)
            }
            Kind::Rule => {}
        }
    }

    fn blocks(&mut self, blocks: &[Block], scope: &Scope) {
        for at in 0..blocks.len() {
            self.block(blocks, at, scope);
        }
    }

    fn list(&mut self, ordered: bool, items: &[Item], before: &[Block], scope: &Scope) {
        let boxes = match scope.derive {
            Derive::Nothing => false,
            Derive::Numbered => ordered && !is_contents(items, "") && !self.describes(items, before),
            Derive::All => !is_contents(items, "#"),
        };
        let open = self.open.len();
        let mut last = None;
        for (at, item) in items.iter().enumerate() {
            let head = head(item).map(|head| head.text.as_str()).unwrap_or_default();
            last = if item.task || (boxes && !head.is_empty()) {
                self.boxed(item, scope)
            } else {
                let mark = if ordered { format!("{}.", at + 1) } else { "-".to_owned() };
                // What is in a table of contents or in a description is no more a box than the list itself.
                let derive = if boxes || !ordered { scope.derive } else { Derive::Nothing };
                Some(self.plain(item, &mark, &Scope { derive, ..scope.clone() }))
            };
            self.close_sections(open);
        }
        self.last_item = last.map(|scope| (self.draft.boxes.len(), scope));
    }

    /// Returns the scope of the item above if the code block at `at` goes on with it: it stands where the item should
    /// have held it, not indented enough, and a numbered list after it starts again in the middle.
    fn continued(&self, siblings: &[Block], at: usize) -> Option<Scope> {
        let (_, scope) = self.last_item.as_ref().filter(|(boxes, _)| *boxes == self.draft.boxes.len())?;
        let is_code = |b: &&Block| matches!(b.kind, Kind::Code(_));
        let above = siblings.get(at.saturating_sub(FEW)..at)?.iter().rev().find(|b| !is_code(b))?;
        let Kind::List { start, items } = &above.kind else { return None };
        let code = siblings.get(at)?;
        let between = self.text.get(items.last()?.bytes.start..code.bytes.start)?;
        let lines = between.trim_end_matches([' ', '\t', '>']);
        let adjacent = lines.trim_end().matches('\n').count() + 1 == lines.matches('\n').count();
        let column = |b: &Block| {
            let before = self.text.get(..b.bytes.start).unwrap_or_default();
            before.len() - before.rfind(['\n', '\r']).map_or(0, |end| end + 1)
        };
        let announced = items.last().and_then(head).is_some_and(|head| head.text.ends_with(':'));
        let next = siblings.iter().skip(at + 1).take(FEW).find(|b| !is_code(b));
        let next = next.and_then(|b| if let Kind::List { start, .. } = &b.kind { *start } else { None });
        let numbered = start.is_some_and(|start| {
            items.len() == 1 || start > 1 || next.is_some_and(|next| next > 1) || column(code) > column(above)
        });
        (adjacent || announced || numbered).then(|| scope.clone())
    }

    /// A task item, or a numbered item that stands for one.
    fn boxed(&mut self, item: &Item, scope: &Scope) -> Option<Scope> {
        let empty = Inline::default();
        let head = head(item).unwrap_or(&empty);
        let first = item.blocks.first().filter(|b| matches!(b.kind, Kind::Paragraph(_)));
        let end = first.map_or(item.bytes.end, |b| b.bytes.end);
        let line = self.text.get(item.bytes.start..end).unwrap_or_default();
        let line = line.split(['\n', '\r']).next().unwrap_or_default().trim_end();
        let mut draft =
            self.new_box(prose::one_line(&head.text), item.bytes.start..item.bytes.start + line.len(), scope);
        draft.derived = !item.task;
        draft.comments.clone_from(&head.comments);
        draft.links.clone_from(&head.links);
        let optional = draft.hints.optional.as_deref().map(Rc::from);
        draft.hints.value = head.comments.iter().find_map(|bytes| self.pasted(bytes));
        let owner = self.push_box(draft)?;
        let said = self.draft.boxes.get(owner).map_or(0, |b| b.prose.len());
        let inner = Scope { owner: Some(owner), item: None, optional, ..scope.clone() };
        self.offer(owner, head);
        for at in usize::from(first.is_some())..item.blocks.len() {
            let own = match item.blocks.get(at).map(|b| (&b.kind, &b.bytes)) {
                Some((Kind::Paragraph(inline), _)) => inline.comments.clone(),
                Some((Kind::Html(_), bytes)) => comments(self.text, bytes),
                _ => Vec::new(),
            };
            let strays = self.draft.stray_comments.len();
            self.block(&item.blocks, at, &inner);
            if let Some(Kind::Paragraph(inline)) = item.blocks.get(at).map(|b| &b.kind) {
                self.offer(owner, inline);
            }
            if !own.is_empty() {
                self.draft.stray_comments.truncate(strays);
                let pasted = own.iter().find_map(|bytes| self.pasted(bytes));
                if let Some(draft) = self.draft.boxes.get_mut(owner) {
                    draft.comments.extend(own);
                    draft.hints.value = draft.hints.value.take().or(pasted);
                }
            }
        }
        // A text that ends in ":" and announces nothing wants something written behind it.
        let last = self.draft.boxes.len() == owner + 1;
        if let Some(draft) = self.draft.boxes.get_mut(owner) {
            let bare = last && draft.steps.is_empty() && draft.prose.len() == said;
            draft.hints.value = match draft.hints.value.take() {
                Some(what) if what.is_empty() => {
                    Some(hints::asked(&draft.text).unwrap_or_else(|| prose::label(&draft.text)))
                }
                None if bare => hints::asked(&draft.text),
                what => what,
            };
        }
        Some(inner)
    }

    fn pasted(&self, comment: &Range<usize>) -> Option<String> {
        hints::pasted(self.text.get(comment.clone())?)
    }

    /// A quote; GitHub's alerts say what they are, and a caution is one for the next box.
    fn quote(&mut self, alert: Option<Alert>, blocks: &[Block], scope: &Scope) {
        if let Some(alert) = alert {
            self.say(scope.owner, format!("{alert:?}:"));
        }
        if alert == Some(Alert::Caution) {
            match scope.owner.and_then(|owner| self.draft.boxes.get_mut(owner)) {
                Some(owner) => owner.hints.confirm = true,
                None => self.caution = true,
            }
        }
        self.blocks(blocks, scope);
    }

    /// A bullet that is no box: a label of the boxes in it, else a note.
    fn plain(&mut self, item: &Item, mark: &str, scope: &Scope) -> Scope {
        let head = head(item);
        let text = head.map(|h| h.text.clone()).unwrap_or_default();
        self.stray(head.map(|h| h.comments.as_slice()).unwrap_or_default());
        let named = (!text.is_empty()).then(|| (item.bytes.start, Rc::from(text.as_str())));
        let mut inner = Scope { item: named, ..scope.clone() };
        if !text.is_empty() {
            if phases::has_box(&item.blocks, scope.derive) {
                Rc::make_mut(&mut inner.labels).push(prose::label(&text));
                inner.optional = hints::optional(&text).map(Rc::from).or(inner.optional);
            } else {
                self.say(scope.owner, format!("{mark} {text}"));
            }
        }
        for at in usize::from(head.is_some())..item.blocks.len() {
            self.block(&item.blocks, at, &inner);
        }
        inner
    }

    pub(super) fn say_text(&mut self, scope: &Scope, text: &str) {
        if !text.is_empty() {
            self.say(scope.owner, text.to_owned());
        }
    }

    fn stray(&mut self, comments: &[Range<usize>]) {
        self.draft.stray_comments.extend(comments.iter().cloned());
    }

    /// Returns whether a numbered list only tells what the step above it does: it holds no code, the block above it, a
    /// paragraph between allowed, is a step, and the paragraph says so, or every item tells what happens ("Pulls …").
    fn describes(&self, items: &[Item], before: &[Block]) -> bool {
        let mut above = before.iter().rev();
        let (step, between) = match above.next().map(|b| &b.kind) {
            Some(Kind::Paragraph(inline)) => (above.next().map(|b| &b.kind), Some(inline.text.as_str())),
            other => (other, None),
        };
        let Some(Kind::Code(code)) = step else { return false };
        let info = code.info.clone().and_then(|bytes| self.text.get(bytes)).unwrap_or_default();
        let shell = language(info.split_whitespace().next().unwrap_or_default()) == Language::Shell;
        let holds_code = items.iter().any(|item| item.blocks.iter().any(|b| matches!(b.kind, Kind::Code(_))));
        shell && !holds_code && (between.is_some_and(tells) || items.iter().all(happens))
    }
}

/// Returns whether a paragraph announces what a script does; where it is no English, one that ends in ":" may.
fn tells(paragraph: &str) -> bool {
    let lower = paragraph.to_lowercase();
    let foreign = !lower.contains(|c: char| c.is_ascii_alphabetic()) && lower.ends_with([':', '：']);
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    foreign
        || words.any(|w| {
            matches!(w, "script" | "does" | "performs" | "will" | "runs" | "automatically" | "happens")
        })
}

/// Returns whether an item begins with a word like "Pulls".
fn happens(item: &Item) -> bool {
    let first = head(item).and_then(|head| head.text.split_whitespace().next()).unwrap_or_default();
    let lower = first.to_ascii_lowercase();
    lower.len() > 3 && lower.ends_with('s') && !lower.ends_with("ss") && !lower.ends_with("us")
}

/// Returns the text of a list item: its first block if that is a paragraph.
fn head(item: &Item) -> Option<&Inline> {
    match item.blocks.first().map(|b| &b.kind) {
        Some(Kind::Paragraph(inline)) => Some(inline),
        _ => None,
    }
}

/// Returns whether a list is a table of contents: every item is a link that begins with `to`, and nothing else.
fn is_contents(items: &[Item], to: &str) -> bool {
    items.iter().all(|item| {
        head(item).is_some_and(|head| head.only_link && head.links.iter().all(|link| link.starts_with(to)))
            && item.blocks.iter().skip(1).all(|b| match &b.kind {
                Kind::List { items, .. } => is_contents(items, to),
                _ => false,
            })
    })
}

/// Returns the bytes of the comments in the raw HTML at `bytes`.
fn comments(text: &str, bytes: &Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = bytes.start;
    while let Some(rest) = text.get(at..bytes.end) {
        let Some(start) = rest.find("<!--").map(|s| at + s) else { break };
        let inside = text.get(start..bytes.end).unwrap_or_default();
        let Some(end) = inside.find("-->").map(|e| start + e + "-->".len()) else { break };
        out.push(start..end);
        at = end;
    }
    out
}
