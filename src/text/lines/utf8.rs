//! Bytes to text, chunk by chunk: invalid sequences become U+FFFD wherever the chunks are cut; pure.
//!
//! It stands before the escape parser because that one answers an invalid sequence differently when a chunk border
//! runs through it.

/// A decoder that remembers the beginning of a letter whose end has not come yet.
#[derive(Debug, Default)]
pub struct Utf8Stream {
    /// At most three bytes.
    begun: Vec<u8>,
}

impl Utf8Stream {
    /// Returns the text of all letters that are complete with `bytes`.
    pub fn decode(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let mut out = String::with_capacity(all.len());
        let mut rest = all.as_slice();
        for chunk in all.utf8_chunks() {
            out.push_str(chunk.valid());
            let invalid = chunk.invalid();
            rest = rest.get(chunk.valid().len() + invalid.len()..).unwrap_or_default();
            let begun =
                rest.is_empty() && std::str::from_utf8(invalid).is_err_and(|e| e.error_len().is_none());
            if begun {
                self.begun = invalid.to_vec();
            } else if !invalid.is_empty() {
                out.push(char::REPLACEMENT_CHARACTER);
            }
        }
        out
    }

    /// Returns what stands for a letter that never ended.
    pub fn end(&mut self) -> &'static str {
        if std::mem::take(&mut self.begun).is_empty() { "" } else { "\u{fffd}" }
    }
}
