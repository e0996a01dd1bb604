//! Which tags are HTML's and which are words in angle brackets that people write: `<version>` is text; pure.

/// The elements of HTML that people put into Markdown, in lower case and sorted.
const ELEMENTS: [&str; 98] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "link",
    "main",
    "mark",
    "math",
    "meta",
    "nav",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "p",
    "picture",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "section",
    "select",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
];

/// Returns the lower-case name of the element that `tag` (`<…>`) opens or closes, with a `/` before it if it closes;
/// `None` if it is no tag of HTML: a placeholder, or a tag of something else.
#[must_use]
pub fn element(tag: &str) -> Option<String> {
    let inner = tag.strip_prefix('<')?;
    let (slash, inner) = inner.strip_prefix('/').map_or(("", inner), |inner| ("/", inner));
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
    let name = inner.get(..end)?.to_ascii_lowercase();
    // `<b-side>` and `<p.x>` are no elements; `<var>`, `<title>`, `<time>` and the like are left to the people.
    let ends = inner.get(end..)?.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    (ends && ELEMENTS.binary_search(&name.as_str()).is_ok()).then(|| format!("{slash}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_known_and_placeholders_are_not() {
        assert!(ELEMENTS.is_sorted());
        assert_eq!(element("<BR/>").as_deref(), Some("br"));
        assert_eq!(element("</details >").as_deref(), Some("/details"));
        assert_eq!(element("<a href='x'>").as_deref(), Some("a"));
        for text in
            ["<version>", "<RELEASE>", "<previous-tag>", "<b-side>", "<title>", "</ns:x>", "<", "<%= x %>"]
        {
            assert_eq!(element(text), None, "{text}");
        }
    }
}
