//! Display width, and cutting at grapheme borders with `…`; pure, imports nothing of the crate.
//!
//! What is cut keeps the end that identifies: sentences their beginning, titles their beginning and version, paths
//! their file. Widths are columns of a terminal grid; the text must be sanitised already.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// The mark of a cut, one column wide.
pub const MARK: char = '…';

/// Returns the columns that `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    text.graphemes(true).map(grapheme_width).sum()
}

/// Returns the letters of `text` as people count them: grapheme clusters.
pub fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.graphemes(true)
}

/// Returns the columns one grapheme cluster takes: 0, 1 or 2.
#[must_use]
pub fn grapheme_width(grapheme: &str) -> usize {
    grapheme.width().min(2)
}

/// Returns the beginning of `text` in at most `columns` columns, ending in `…` when something is missing.
///
/// When the next letter is two columns wide and only one is left before the mark, a space stands there, so that the
/// mark always stands in the last column.
#[must_use]
pub fn cut_end(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else {
        return String::new();
    };
    let (head, used) = take(text.graphemes(true), room);
    let mut out: String = head.concat();
    out.extend(std::iter::repeat_n(' ', room - used));
    out.push(MARK);
    out
}

/// Returns the end of `text` in at most `columns` columns, beginning with `…` when something is missing: for paths.
#[must_use]
pub fn cut_start(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else {
        return String::new();
    };
    let (mut tail, used) = take(text.graphemes(true).rev(), room);
    tail.reverse();
    let mut out = String::from(MARK);
    out.extend(std::iter::repeat_n(' ', room - used));
    out.push_str(&tail.concat());
    out
}

/// Returns beginning and end of `text` in at most `columns` columns with `…` between: for titles, which end in a
/// version. The end gets up to half of the room, whole words if possible.
#[must_use]
pub fn cut_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else {
        return String::new();
    };
    let (mut tail, _) = take(text.graphemes(true).rev(), room / 2);
    tail.reverse();
    let mut tail = tail.concat();
    if let Some(space) = tail.find(' ').filter(|&at| at + 1 < tail.len()) {
        tail.drain(..=space);
    }
    let left = room - width(&tail);
    let (head, used) = take(text.graphemes(true), left);
    let mut out: String = head.concat();
    out.extend(std::iter::repeat_n(' ', left - used));
    out.push(MARK);
    out.push_str(&tail);
    out
}

/// Returns `text` cut or filled with spaces to exactly `columns` columns.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    let mut out = cut_end(text, columns);
    out.extend(std::iter::repeat_n(' ', columns.saturating_sub(width(&out))));
    out
}

/// Takes graphemes while they fit into `columns`; returns them and the columns they use.
fn take<'a>(graphemes: impl Iterator<Item = &'a str>, columns: usize) -> (Vec<&'a str>, usize) {
    let mut used = 0;
    let taken = graphemes
        .take_while(|g| {
            let fits = used + grapheme_width(g) <= columns;
            used += if fits { grapheme_width(g) } else { 0 };
            fits
        })
        .collect();
    (taken, used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_keeps_the_end_that_identifies() {
        assert_eq!(cut_end("Release tagged", 14), "Release tagged");
        assert_eq!(cut_end("Release tagged", 10), "Release t…");
        assert_eq!(cut_middle("iSpeaker release v1.0.7", 18), "iSpeaker re…v1.0.7");
        assert_eq!(cut_start("/srv/app/current/deploy.md", 12), "…t/deploy.md");
        assert_eq!(cut_end("abc", 0), "");
        assert_eq!(cut_end("abc", 1), "…");
    }

    #[test]
    fn wide_letters_are_never_halved() {
        assert_eq!(cut_end("本番環境", 6), "本番 …");
        assert_eq!(cut_end("本番環境", 5), "本番…");
        assert_eq!(cut_start("本番環境", 6), "… 環境");
        assert_eq!(width("إصدار"), 5);
        assert_eq!(fit("本", 4), "本  ");
    }
}
