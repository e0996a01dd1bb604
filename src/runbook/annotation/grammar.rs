//! The grammar: bare flags and `key=value` separated by spaces, values in `'…'` or `"…"` if they hold spaces; pure.
//!
//! There are no escapes, so a pattern stands as it is; a value that holds one kind of quote is put in the other.

use std::ops::Range;

/// One word of an annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// The key, or the flag.
    pub key: String,
    /// What stands after `=`, without quotes.
    pub value: Option<String>,
    /// Bytes of the key in the file.
    pub key_bytes: Range<usize>,
    /// Bytes of the whole word in the file.
    pub bytes: Range<usize>,
}

/// A word that is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong.
    pub message: String,
    /// Its bytes in the file.
    pub bytes: Range<usize>,
}

/// Reads the words of `text`, which begins at byte `base` of the file.
///
/// # Errors
/// An open quote, text directly after a closing quote, or a word that begins with `=` or a quote.
pub fn read(text: &str, base: usize) -> Result<Vec<Arg>, Malformed> {
    let mut args = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(|c: char| !c.is_whitespace())) {
        let start = at + start;
        let rest = text.get(start..).unwrap_or_default();
        let bad = |message: &str, length: usize| Malformed {
            message: message.to_owned(),
            bytes: base + start..base + start + length,
        };
        let key_len =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '\'' | '"')).unwrap_or(rest.len());
        let key = rest.get(..key_len).unwrap_or_default();
        let after = rest.get(key_len..).unwrap_or_default();
        if key.is_empty() {
            return Err(bad("a key is missing before this: write `key=value`", 1));
        }
        let (value, length) = match after.strip_prefix('=') {
            None if after.starts_with(['\'', '"']) => {
                return Err(bad("a quote begins in the middle of a word: write `key='value'`", key_len + 1));
            }
            None => (None, key_len),
            Some(value) => match value.chars().next().filter(|c| matches!(c, '\'' | '"')) {
                Some(quote) => {
                    let inner = value.get(1..).unwrap_or_default();
                    let end =
                        inner.find(quote).ok_or_else(|| bad("the quote is never closed", rest.len()))?;
                    let length = key_len + 1 + 1 + end + 1;
                    if rest.get(length..).is_some_and(|r| r.starts_with(|c: char| !c.is_whitespace())) {
                        return Err(bad("a space is missing after the closing quote", length));
                    }
                    (inner.get(..end), length)
                }
                None => {
                    let end = value.find(char::is_whitespace).unwrap_or(value.len());
                    (value.get(..end), key_len + 1 + end)
                }
            },
        };
        args.push(Arg {
            key: key.to_owned(),
            value: value.map(str::to_owned),
            key_bytes: base + start..base + start + key_len,
            bytes: base + start..base + start + length,
        });
        at = start + length;
    }
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Words = Vec<(String, Option<String>)>;

    fn words(text: &str) -> Result<Words, (String, Range<usize>)> {
        let read = read(text, 100).map_err(|e| (e.message, e.bytes))?;
        Ok(read.into_iter().map(|a| (a.key, a.value)).collect())
    }

    #[test]
    fn flags_values_and_quotes() {
        let some = |s: &str| Some(s.to_owned());
        let want = vec![
            ("check".to_owned(), None),
            ("on".to_owned(), some("web")),
            ("match".to_owned(), some("^v\\d+ \"x\"$")),
            ("if".to_owned(), some("A=b c")),
            ("expect".to_owned(), some("")),
        ];
        assert_eq!(words("check on=web  match='^v\\d+ \"x\"$'\tif=\"A=b c\" expect="), Ok(want));
        assert_eq!(words("  "), Ok(vec![]));
    }

    #[test]
    fn malformed_words_say_where() {
        let at = |text| words(text).map_err(|(_, bytes)| bytes);
        assert_eq!(at("a =b"), Err(102..103));
        assert_eq!(at("on='web"), Err(100..107));
        assert_eq!(at("x on='web'y"), Err(102..110));
        assert_eq!(at("o'n"), Err(100..102));
    }
}
