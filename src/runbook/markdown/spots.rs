//! Where links, code, headings and raw HTML stand in a text, flat, for what looks at the text itself; pure.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What stands where.
#[derive(Debug, Clone, Default)]
pub struct Spots {
    /// Destinations of links and the bytes of the whole link, in the order of the text.
    pub links: Vec<(String, Range<usize>)>,
    /// Bytes of code blocks with their fences, in the order of the text.
    pub blocks: Vec<Range<usize>>,
    /// Bytes of inline code.
    pub spans: Vec<Range<usize>>,
    /// The texts of the headings.
    pub headings: Vec<String>,
    /// Bytes of raw HTML, comments included, in the order of the text.
    pub html: Vec<Range<usize>>,
}

/// Returns the spots of `text` from byte `base` on; ranges count from the beginning of `text`.
pub fn spots(text: &str, base: usize) -> Spots {
    let options = Options::ENABLE_TASKLISTS | Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let body = text.get(base..).unwrap_or_default();
    let mut out = Spots::default();
    let mut heading: Option<String> = None;
    for (event, bytes) in Parser::new_ext(body, options).into_offset_iter() {
        let bytes = base + bytes.start..base + bytes.end;
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => out.links.push((dest_url.to_string(), bytes)),
            Event::Start(Tag::CodeBlock(_)) => out.blocks.push(bytes),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => out.headings.extend(heading.take()),
            Event::Html(_) | Event::InlineHtml(_) => out.html.push(bytes),
            Event::Text(words) => heading.iter_mut().for_each(|h| h.push_str(&words)),
            Event::Code(words) => {
                heading.iter_mut().for_each(|h| h.push_str(&words));
                out.spans.push(bytes);
            }
            _ => {}
        }
    }
    out
}
