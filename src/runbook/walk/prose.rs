//! Blocks as plain lines, and labels of a bounded length; pure.

use crate::runbook::markdown::Table;
use crate::runbook::markdown::html::element;

/// Letters a label, a section or a derived title keeps: they are copied to every box below them.
const LABEL: usize = 120;

/// Returns `text` as a label: at most 120 letters, `…` for the rest.
pub fn label(text: &str) -> String {
    match text.char_indices().nth(LABEL) {
        Some(_) => text.chars().take(LABEL - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// Bytes that the path of a box may have before its parts are shortened: every box has one of its own.
const PATH: usize = 1024;

/// Returns the labels above a box as its path.
pub fn path<'l>(labels: impl Iterator<Item = &'l String> + Clone) -> Vec<String> {
    let long = labels.clone().map(String::len).sum::<usize>() > PATH;
    let part = |label: &String| if long { label.chars().take(24).collect() } else { label.clone() };
    labels.map(part).collect()
}

/// Returns the rows of a table as lines.
pub fn table(table: &Table) -> Vec<String> {
    table.rows.iter().filter(|row| !row.is_empty()).map(|row| row.join(" | ")).collect()
}

/// Returns the lines of code or output, set off by four spaces.
pub fn code(text: &str) -> Vec<String> {
    text.trim_end().lines().map(|line| format!("    {line}")).collect()
}

/// A piece of raw HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'h> {
    /// Text between tags.
    Text(&'h str),
    /// A tag: its name in lower case as far as gonogo cares for it, with a `/` if it closes; else empty.
    Tag(&'static str),
}

/// Returns the pieces of raw HTML without comments; HTML is never rendered, but what it says is not lost.
pub fn pieces(raw: &str) -> Vec<Piece<'_>> {
    const NAMES: [&str; 4] = ["details", "/details", "summary", "/summary"];
    let mut out = Vec::new();
    let mut rest = raw;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push(Piece::Text(before));
        if !tag.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '!' | '/' | '?')) {
            out.push(Piece::Text("<"));
            rest = tag;
            continue;
        }
        let comment = tag.starts_with("!--");
        let (inner, after) = tag.split_once(if comment { "-->" } else { ">" }).unwrap_or((tag, ""));
        if !comment {
            let whole = rest.get(before.len()..rest.len() - after.len()).unwrap_or_default();
            match element(whole) {
                Some(name) => {
                    out.push(Piece::Tag(
                        NAMES.iter().find(|known| **known == name).copied().unwrap_or_default(),
                    ));
                }
                // A placeholder, not a tag; an open `<` ends what is said.
                None if !inner.is_empty() && !after.is_empty() => out.push(Piece::Text(whole)),
                None => {}
            }
        }
        rest = after;
    }
    out.push(Piece::Text(rest));
    out
}

/// Returns `text` in one line, its white space collapsed.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_text_and_the_tags_that_fold() {
        let raw = "<p class='x'>Stop <b>here</b></p>\n<!-- <details>\n\n no -->\n<DETAILS open><summary\n>s</summary></details ><img";
        let pieces = pieces(raw);
        let text = pieces.iter().filter_map(|p| if let Piece::Text(t) = p { Some(*t) } else { None });
        assert_eq!(one_line(&text.collect::<String>()), "Stop here s");
        let tags = pieces.iter().filter_map(|p| if let Piece::Tag(t) = p { Some(*t) } else { None });
        assert_eq!(
            tags.filter(|t| !t.is_empty()).collect::<Vec<_>>(),
            ["details", "summary", "/summary", "/details"]
        );
    }
}
