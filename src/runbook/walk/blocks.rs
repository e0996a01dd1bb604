//! The walk through blocks that are no phase headings: lists, quotes, prose, folded sections.

use std::ops::Range;
use std::rc::Rc;

use super::phases::Derive;
use super::{Scope, Walker, hints, phases, prose};
use crate::runbook::markdown::{Alert, Block, Inline, Item, Kind};
use crate::runbook::shell::language::{Language, language};

impl Walker<'_, '_, '_> {
    /// Walks the block at `at` among its siblings.
    pub fn block(&mut self, siblings: &[Block], at: usize, scope: &Scope) {
        let Some(block) = siblings.get(at) else { return };
        match &block.kind {
            Kind::Heading(_, inline) | Kind::Paragraph(inline) => {
                self.stray(&inline.comments);
                self.say_text(scope, &inline.text);
            }
            Kind::Code(code) => self.code(code, &block.bytes, siblings.get(at.wrapping_sub(1)), scope),
            Kind::Html(html) => {
                let comments = comments(self.text, &block.bytes);
                self.stray(&comments);
                self.html(html, &block.bytes, scope);
            }
            Kind::Quote(alert, blocks) => self.quote(*alert, blocks, scope),
            Kind::Table(table) => {
                self.stray(&table.comments);
                for line in prose::table(table) {
                    self.say(scope.owner, line);
                }
            }
            Kind::List { ordered, items } => {
                self.list(*ordered, items, siblings.get(..at).unwrap_or_default(), scope)
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
        for (at, item) in items.iter().enumerate() {
            let head = head(item).map(|head| head.text.as_str()).unwrap_or_default();
            if item.task || (boxes && !head.is_empty()) {
                self.boxed(item, scope);
            } else {
                let mark = if ordered { format!("{}.", at + 1) } else { "-".to_owned() };
                // What is in a table of contents or in a description is no more a box than the list itself.
                let derive = if boxes || !ordered { scope.derive } else { Derive::Nothing };
                self.plain(item, &mark, &Scope { derive, ..scope.clone() });
            }
            self.close_sections(open);
        }
    }

    /// A task item, or a numbered item that stands for one.
    fn boxed(&mut self, item: &Item, scope: &Scope) {
        let empty = Inline::default();
        let head = head(item).unwrap_or(&empty);
        let first = item.blocks.first().filter(|b| matches!(b.kind, Kind::Paragraph(_)));
        let end = first.map_or(item.bytes.end, |b| b.bytes.end);
        let line = self.text.get(item.bytes.start..end).unwrap_or_default();
        let line = line.split(['\n', '\r']).next().unwrap_or_default().trim_end();
        let mut draft =
            self.new_box(head.text.clone(), item.bytes.start..item.bytes.start + line.len(), scope);
        draft.derived = !item.task;
        draft.comments.clone_from(&head.comments);
        draft.links.clone_from(&head.links);
        let optional = draft.hints.optional.as_deref().map(Rc::from);
        draft.hints.value = head.comments.iter().find_map(|bytes| self.pasted(bytes));
        let Some(owner) = self.push_box(draft) else { return };
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
    fn plain(&mut self, item: &Item, mark: &str, scope: &Scope) {
        let head = head(item);
        let text = head.map(|h| h.text.clone()).unwrap_or_default();
        self.stray(head.map(|h| h.comments.as_slice()).unwrap_or_default());
        let mut inner = Scope { item: Some(text.clone()).filter(|t| !t.is_empty()), ..scope.clone() };
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
    }

    pub(super) fn say_text(&mut self, scope: &Scope, text: &str) {
        if !text.is_empty() {
            self.say(scope.owner, text.to_owned());
        }
    }

    fn stray(&mut self, comments: &[Range<usize>]) {
        self.draft.stray_comments.extend(comments.iter().cloned());
    }

    /// Returns whether a numbered list only tells what the step above it does: it holds no code, and the block above
    /// it, a paragraph between allowed, is a step.
    fn describes(&self, items: &[Item], before: &[Block]) -> bool {
        let mut above = before.iter().rev();
        let step = match above.next().map(|b| &b.kind) {
            Some(Kind::Paragraph(_)) => above.next().map(|b| &b.kind),
            other => other,
        };
        let Some(Kind::Code(code)) = step else { return false };
        let info = code.info.clone().and_then(|bytes| self.text.get(bytes)).unwrap_or_default();
        let shell = language(info.split_whitespace().next().unwrap_or_default()) == Language::Shell;
        shell && !items.iter().any(|item| item.blocks.iter().any(|b| matches!(b.kind, Kind::Code(_))))
    }
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
