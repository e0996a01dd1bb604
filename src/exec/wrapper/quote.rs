//! Quoting for POSIX shells.

/// Returns `text` as one shell word that stands for exactly these characters: `'…'`, with `'\''` for a quote.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote_into(&mut out, text);
    out
}

/// Appends `text`, quoted as by [`quote`].
pub(super) fn quote_into(out: &mut String, text: &str) {
    out.push('\'');
    for (index, part) in text.split('\'').enumerate() {
        if index > 0 {
            out.push_str("'\\''");
        }
        out.push_str(part);
    }
    out.push('\'');
}
