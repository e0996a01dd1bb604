//! Collects the inline content of one heading, paragraph or table cell; pure.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use super::Inline;
use super::html::element;

/// Code spans of one paragraph that are kept apart; its text keeps all.
const MOST_CODES: usize = 64;

/// Inline content while it is read.
#[derive(Debug, Default)]
pub struct Collector {
    inline: Inline,
    links: usize,
    bold: usize,
    outside_link: bool,
    outside_bold: bool,
}

impl Collector {
    /// Takes one event that stands inside the content; block events are ignored.
    pub fn take(&mut self, event: &Event<'_>, bytes: Range<usize>) {
        match event {
            Event::Text(text) => self.text(text),
            Event::Code(text) => {
                if self.inline.codes.len() < MOST_CODES {
                    self.inline.codes.push((text.to_string(), bytes));
                }
                self.text(text);
            }
            Event::SoftBreak | Event::HardBreak => self.inline.text.push(' '),
            Event::InlineHtml(html) => {
                if html.starts_with("<!--") {
                    self.inline.comments.push(bytes);
                } else {
                    match element(html).as_deref() {
                        Some("br") => self.inline.text.push(' '),
                        Some(_) => {}
                        // A placeholder, not a tag: nothing of what it says may be lost.
                        None => self.text(html),
                    }
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                self.links += 1;
                self.inline.links.push(dest_url.to_string());
            }
            Event::End(TagEnd::Link) => self.links = self.links.saturating_sub(1),
            Event::Start(Tag::Strong) => self.bold += 1,
            Event::End(TagEnd::Strong) => self.bold = self.bold.saturating_sub(1),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        self.inline.text.push_str(text);
        if !text.trim().is_empty() {
            self.outside_link |= self.links == 0;
            self.outside_bold |= self.bold == 0;
        }
    }

    /// Returns what was collected.
    pub fn done(mut self) -> Inline {
        let text = self.inline.text.trim();
        let any = !text.is_empty();
        self.inline.text = text.to_owned();
        self.inline.only_link = any && !self.outside_link;
        self.inline.only_bold = any && !self.outside_bold;
        self.inline
    }
}
