//! Breaking text into lines of a given width without losing a letter; pure, imports nothing of the crate.
//!
//! Commands are wrapped, never cut: a tail that is out of sight is where hostile text hides.

use unicode_segmentation::UnicodeSegmentation as _;

use super::cut::{grapheme_width, width};

/// Returns the lines of `text`, none wider than `columns`, broken at spaces where there are any.
///
/// Spaces at a break are dropped; line feeds always break. Words wider than a line are broken between letters. A
/// grapheme wider than `columns` stands alone on its line. With 0 columns there are no lines.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    if columns == 0 {
        return Vec::new();
    }
    text.split('\n').flat_map(|line| wrap_line(line, columns)).collect()
}

/// Returns the pieces of `text`, none wider than `columns`, broken only between letters: for commands, where every
/// space counts. Joined together the pieces of one line are the line.
#[must_use]
pub fn wrap_exact(text: &str, columns: usize) -> Vec<String> {
    if columns == 0 {
        return Vec::new();
    }
    text.split('\n').flat_map(|line| pieces(line, columns)).collect()
}

fn wrap_line(line: &str, columns: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    let mut used = 0;
    for word in at_spaces(line) {
        let wide = width(word);
        let blank = word.starts_with(' ');
        if used + wide <= columns {
            current.push_str(word);
            used += wide;
            continue;
        }
        if !current.trim_end().is_empty() {
            out.push(current.trim_end().to_owned());
        }
        current.clear();
        used = 0;
        if blank {
            continue;
        }
        let mut parts = pieces(word, columns);
        current = parts.pop().unwrap_or_default();
        used = width(&current);
        out.append(&mut parts);
    }
    if !current.trim_end().is_empty() || out.is_empty() {
        out.push(current.trim_end().to_owned());
    }
    out
}

fn pieces(line: &str, columns: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    let mut used = 0;
    for grapheme in line.graphemes(true) {
        let wide = grapheme_width(grapheme);
        if used + wide > columns && !current.is_empty() {
            out.push(std::mem::take(&mut current));
            used = 0;
        }
        current.push_str(grapheme);
        used += wide;
    }
    out.push(current);
    out
}

/// Splits into runs of spaces and runs of everything else.
fn at_spaces(line: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| (c == ' ') != (first == ' ')).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push(word);
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("watch error rate and latency", 12), ["watch error", "rate and", "latency"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap("abcdefgh ij", 5), ["abcde", "fgh", "ij"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("x", 0), Vec::<String>::new());
        assert_eq!(wrap("本番", 1), ["本", "番"]);
    }

    #[test]
    fn commands_keep_every_space() {
        assert_eq!(wrap_exact("rm  -rf  x", 4), ["rm  ", "-rf ", " x"]);
        assert_eq!(wrap_exact("a  \nb", 9), ["a  ", "b"]);
    }
}
