//! YAML as a tree of nodes that know where they stand; the only user of `serde-saphyr` in the house.
//!
//! Scalars keep the text that stands in the file: `1.10` stays `1.10`, `yes` stays `yes`. Imports `diag` only.

mod reader;

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use serde_saphyr::options::NonFiniteFloatPolicy;

pub use reader::Reader;

use crate::diag::LineIndex;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Its bytes in the text; of a map or list the start only.
    pub bytes: Range<usize>,
}

/// What a YAML value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// Any scalar, as text.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(Node, Node)>),
}

/// Why a text is no YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// What the parser said, without a position.
    pub message: String,
    /// Where, as an offset into the text.
    pub at: usize,
}

/// Depth at which maps and lists inside each other are refused.
const MAX_DEPTH: usize = 32;
/// Values that aliases may add; more is an alias bomb.
const MAX_REPLAYED: usize = 10_000;

/// Returns the one document in `text`; an empty text is [`Value::Null`].
///
/// # Errors
/// When it is not YAML, holds a key twice, or nests too deep.
pub fn parse(text: &str) -> Result<Node, YamlError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
        strict_booleans: true,
        // Nobody reads them here, and else more than a few dozen in a row are refused.
        emit_comments: false,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
    };
    let tree: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options).map_err(|e| error(text, e.without_snippet()))?;
    Ok(node(tree, text))
}

fn error(text: &str, error: &serde_saphyr::Error) -> YamlError {
    let at = error.location().map_or(0, |l| {
        let line = usize::try_from(l.line()).unwrap_or(1);
        let column = usize::try_from(l.column()).unwrap_or(1).saturating_sub(1);
        let range = LineIndex::new(text).line_range(line);
        let line = text.get(range.clone()).unwrap_or_default();
        range.start + line.char_indices().nth(column).map_or(line.len(), |(i, _)| i)
    });
    let said = error.to_string();
    let message = if said.starts_with("duplicate mapping key") {
        said.split(", set ").next().unwrap_or_default().replace("mapping key: ", "key ")
    } else if said.starts_with("multiple YAML documents") {
        "a second document begins here; one is allowed".to_owned()
    } else {
        said.rsplit_once(" at line ").map_or(said.clone(), |(message, _)| message.to_owned())
    };
    YamlError { message, at }
}

fn node(raw: Spanned<Raw>, text: &str) -> Node {
    // An alias points to where its value is written: that is what a person must change.
    let span = raw.defined.span();
    let start = span.byte_offset().and_then(|o| usize::try_from(o).ok()).unwrap_or(0).min(text.len());
    let length = span.byte_len().and_then(|l| usize::try_from(l).ok()).unwrap_or(0);
    let bytes = start..start.saturating_add(length).min(text.len());
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Plain(shown) => {
            let written = text.get(bytes.clone()).map(str::trim).filter(|t| !t.is_empty());
            Value::Text(written.map_or(shown, str::to_owned))
        }
        Raw::Text(text) => Value::Text(text),
        Raw::List(items) => Value::List(items.into_iter().map(|n| node(n, text)).collect()),
        Raw::Map(entries) => {
            Value::Map(entries.into_iter().map(|(k, v)| (node(k, text), node(v, text))).collect())
        }
    };
    Node { value, bytes }
}

/// A value as the parser types it; numbers and truth values are [`Raw::Plain`] and read again from the text.
enum Raw {
    Null,
    Plain(String),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

macro_rules! plain {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E>(self, value: $type) -> Result<Raw, E> {
            Ok(Raw::Plain(value.to_string()))
        })*
    };
}

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    plain!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64);

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(node: &Node) -> String {
        match &node.value {
            Value::Null => "-".to_owned(),
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
            Value::Map(entries) => {
                let entries = entries.iter().map(|(k, v)| format!("{}={}", shown(k), shown(v)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
            }
        }
    }

    #[test]
    fn scalars_keep_the_text_of_the_file() {
        let text = "a: 1.10 # c\nb: 04:00\nc: 0x1F\n'd': \"q\\n\"\ne: yes\nf: null\ng:\nh: [a, 'b c', {x: y}]\n\
                    i: |\n  multi\n  line\nj: 123456789012345678901234567890\nk: !!str 12\n1.50: x\nl: .inf\nn: 007\no: 1_000\n\
                    p: &x foo\nq: *x\nr: ~\ns: 2026-11-21\nt: TRUE\n";
        let node = parse(text).expect("it is YAML");
        let want = r#"{"a"="1.10" "b"="04:00" "c"="0x1F" "d"="q\n" "e"="yes" "f"=- "g"=- "h"=["a" "b c" {"x"="y"}] "i"="multi\nline\n" "j"="123456789012345678901234567890" "k"="12" "1.50"="x" "l"=".inf" "n"="007" "o"="1_000" "p"="foo" "q"="foo" "r"=- "s"="2026-11-21" "t"="TRUE"}"#;
        assert_eq!(shown(&node), want);
    }

    #[test]
    fn errors_say_where() {
        let at = |text: &str| parse(text).map(|_| ()).map_err(|e| (e.message, e.at));
        assert_eq!(at("a: 1\na: 2\n"), Err(("duplicate key a".to_owned(), 5)));
        assert_eq!(at("a: b: c\n"), Err(("mapping values are not allowed in this context".to_owned(), 4)));
        assert_eq!(at("é: 1\nb: [\n"), Err(("unclosed bracket '['".to_owned(), 9)));
        assert!(at("--- a\n--- b\n").is_err());
        assert!(at(&"[".repeat(100_000)).is_err());
        assert!(at(&format!("{}1{}", "[".repeat(40), "]".repeat(40))).is_err());
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                    d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
        assert!(at(bomb).is_err());
    }
}
