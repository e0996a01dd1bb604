//! Blocks as plain lines, and labels of a bounded length; pure.

use crate::runbook::markdown::Table;

/// Letters a label, a section or a derived title keeps: they are copied to every box below them.
const LABEL: usize = 120;

/// Returns `text` as a label: at most 120 letters, `…` for the rest.
pub fn label(text: &str) -> String {
    match text.char_indices().nth(LABEL) {
        Some(_) => text.chars().take(LABEL - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// Returns the rows of a table as lines.
pub fn table(table: &Table) -> Vec<String> {
    table.rows.iter().filter(|row| !row.is_empty()).map(|row| row.join(" | ")).collect()
}

/// Returns the lines of code or output, set off by four spaces.
pub fn code(text: &str) -> Vec<String> {
    text.trim_end().lines().map(|line| format!("    {line}")).collect()
}

/// Returns the text of raw HTML without tags and comments; HTML is never rendered, but what it says is not lost.
pub fn html(raw: &str) -> Vec<String> {
    let mut out = String::new();
    let mut rest = raw;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        let end = if tag.starts_with("!--") { "-->" } else { ">" };
        rest = tag.split_once(end).map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_says_its_text_only() {
        assert_eq!(html("<p class='x'>Stop <b>here</b></p>\n<!-- no\n\nno -->\n<img"), ["Stop here"]);
    }
}
