//! A text field of one line: letters are graphemes, the cursor never stands inside one.

use secrecy::zeroize::Zeroizing;

use crate::text::cut::{grapheme_width, graphemes, width};
use crate::text::sanitize;
use crate::tui::input::{Code, Key, Mods};

/// Bytes that a field takes at most.
pub const LIMIT: usize = 4_000;

/// A text field. Its memory is cleared when it goes.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Field {
    text: Zeroizing<String>,
    cursor: usize,
    hidden: bool,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = if self.hidden { "(hidden)" } else { self.text.as_str() };
        f.debug_struct("Field").field("text", &text).field("cursor", &self.cursor).finish()
    }
}

/// What is seen of a field in a given width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The part of the text, harmless.
    pub text: String,
    /// The column of the cursor in it.
    pub cursor: usize,
}

impl Field {
    /// Returns a field that holds `text`, with the cursor behind it.
    #[must_use]
    pub fn with(text: &str) -> Self {
        let mut field = Self::default();
        field.insert(text);
        field
    }

    /// Returns an empty field that shows nothing of what is typed. It never grows, so that nothing stays behind.
    #[must_use]
    pub fn hidden() -> Self {
        Self { text: Zeroizing::new(String::with_capacity(LIMIT + 4)), cursor: 0, hidden: true }
    }

    /// Returns what stands in it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text without blanks around it, none if nothing is left.
    #[must_use]
    pub fn filled(&self) -> Option<String> {
        let text = self.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Puts `text` in at the cursor: line ends become spaces, other control characters are left out.
    pub fn insert(&mut self, text: &str) {
        for c in text.replace("\r\n", "\n").chars() {
            let c = if matches!(c, '\n' | '\t' | '\r') { ' ' } else { c };
            if c.is_control() || self.text.len() + c.len_utf8() > LIMIT {
                continue;
            }
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Takes a key; returns whether it was one for a field.
    pub fn key(&mut self, key: &Key) -> bool {
        match (key.code, key.mods) {
            (Code::Char(c), Mods::NONE) => self.insert(c.encode_utf8(&mut [0; 4])),
            (Code::Left, Mods::NONE) => self.cursor = self.before(),
            (Code::Right, Mods::NONE) => self.cursor = self.after(),
            (Code::Home, _) => self.cursor = 0,
            (Code::End, _) => self.cursor = self.text.len(),
            (Code::Backspace, _) => {
                let from = self.before();
                self.text.replace_range(from..self.cursor, "");
                self.cursor = from;
            }
            (Code::Delete, _) => {
                let to = self.after();
                self.text.replace_range(self.cursor..to, "");
            }
            (Code::Char(c), mods) if mods.ctrl && !mods.alt => return self.control(c),
            _ => return false,
        }
        true
    }

    fn control(&mut self, c: char) -> bool {
        match c {
            'a' => self.cursor = 0,
            'e' => self.cursor = self.text.len(),
            'u' => {
                self.text.replace_range(..self.cursor, "");
                self.cursor = 0;
            }
            'w' => {
                let head = self.text.get(..self.cursor).unwrap_or("").trim_end();
                let from = head.rfind(' ').map_or(0, |at| at + 1);
                self.text.replace_range(from..self.cursor, "");
                self.cursor = from;
            }
            _ => return false,
        }
        true
    }

    fn before(&self) -> usize {
        let head = self.text.get(..self.cursor).unwrap_or("");
        head.len() - graphemes(head).next_back().map_or(0, str::len)
    }

    fn after(&self) -> usize {
        let tail = self.text.get(self.cursor..).unwrap_or("");
        self.cursor + graphemes(tail).next().map_or(0, str::len)
    }

    /// Returns the part of the text around the cursor that fits into `columns`, one of which is kept for the cursor.
    #[must_use]
    pub fn seen(&self, columns: usize) -> Seen {
        if self.hidden {
            return Seen { text: String::new(), cursor: 0 };
        }
        let room = columns.saturating_sub(1);
        let head = sanitize(self.text.get(..self.cursor).unwrap_or(""));
        let tail = sanitize(self.text.get(self.cursor..).unwrap_or(""));
        let mut kept: Vec<&str> = Vec::new();
        let mut used = 0;
        for letter in graphemes(&head).rev() {
            if used + grapheme_width(letter) > room {
                break;
            }
            used += grapheme_width(letter);
            kept.push(letter);
        }
        kept.reverse();
        let mut text = kept.concat();
        let cursor = width(&text);
        for letter in graphemes(&tail) {
            if width(&text) + grapheme_width(letter) > room {
                break;
            }
            text.push_str(letter);
        }
        Seen { text, cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(field: &mut Field, code: Code) {
        assert!(field.key(&Key::plain(code)));
    }

    #[test]
    fn letters_of_any_script_are_moved_over_whole() {
        let mut field = Field::with("e\u{301}本ا");
        press(&mut field, Code::Left);
        press(&mut field, Code::Backspace);
        assert_eq!(field.text(), "e\u{301}ا");
        press(&mut field, Code::Home);
        press(&mut field, Code::Delete);
        assert_eq!(field.text(), "ا");
    }

    #[test]
    fn what_is_seen_follows_the_cursor() {
        let mut field = Field::with("abcdef");
        assert_eq!(field.seen(4), Seen { text: "def".to_owned(), cursor: 3 });
        press(&mut field, Code::Home);
        assert_eq!(field.seen(4), Seen { text: "abc".to_owned(), cursor: 0 });
        assert_eq!(field.seen(0), Seen { text: String::new(), cursor: 0 });
    }

    #[test]
    fn pasted_lines_become_one_and_hazards_are_seen() {
        let mut field = Field::with("a\r\nb\u{1b}[2J\u{202e}");
        assert_eq!(field.text(), "a b[2J\u{202e}");
        assert!(field.seen(40).text.contains("U+202E"));
        assert!(field.key(&Key::ctrl('u')));
        assert_eq!(field.filled(), None);
    }
}
