//! JSON as the log writes and reads it: ASCII out, and in no field of an object twice.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Writes `text` as a JSON string.
pub(super) fn string(text: &str, out: &mut impl fmt::Write) -> fmt::Result {
    if is_plain(text) && !text.contains(['"', '\\']) {
        out.write_char('"')?;
        out.write_str(text)?;
        out.write_char('"')
    } else {
        out.write_str(&ascii(Value::from(text).to_string()))
    }
}

/// Returns whether `text` is printable ASCII.
pub(super) fn is_plain(text: &str) -> bool {
    // Without a way out of the loop it takes many bytes at a time.
    !text.bytes().fold(false, |other, byte| other | !matches!(byte, b' '..=b'~'))
}

/// Returns `json` with every character outside printable ASCII as `\uXXXX`, in pairs of surrogates above the basic
/// plane (RFC 8259, section 7). Such characters stand only inside strings.
pub(super) fn ascii(json: String) -> String {
    if is_plain(&json) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            out.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out += &format!("\\u{unit:04x}");
            }
        }
    }
    out
}

/// A value as far as a header needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    /// Anything else; its names stand once all the same.
    Other,
}

/// Reads `text` as one object in which, at every depth, each name stands once, and hands its own members to `take`.
pub(super) fn object<'a>(text: &'a str, take: impl FnMut(&str, Scalar<'a>)) -> Result<(), String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.deserialize_map(Members(take)).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())
}

/// Members up to which each name is compared with all before it; where there are more, they are sorted at the end.
const FEW: usize = 32;

struct Members<F>(F);

impl<'de, F: FnMut(&str, Scalar<'de>)> Visitor<'de> for Members<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        let twice = |name: &str| A::Error::custom(format!("`{name}` stands twice"));
        let mut names: Vec<Cow<'de, str>> = Vec::new();
        while let Some(Scalar::Text(name)) = entries.next_key_seed(Once)? {
            (self.0)(&name, entries.next_value_seed(Once)?);
            if names.len() < FEW && names.contains(&name) {
                return Err(twice(&name));
            }
            names.push(name);
        }
        if names.len() > FEW {
            names.sort_unstable();
            if let Some([name, _]) = names.array_windows().find(|[a, b]| a == b) {
                return Err(twice(name));
            }
        }
        Ok(())
    }
}

/// A value in which each name of an object stands once.
struct Once;

impl<'de> DeserializeSeed<'de> for Once {
    type Value = Scalar<'de>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Scalar<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar<'de>, A::Error> {
        while items.next_element_seed(Once)?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Scalar<'de>, A::Error> {
        Members(|_: &str, _| {}).visit_map(entries).map(|()| Scalar::Other)
    }
}
